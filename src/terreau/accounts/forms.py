"""Forms of the account."""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from terreau.design.forms import BaseForm


class SignupForm(forms.Form):
    """What is asked beside the address and the password: a name to show, which may wait."""

    name = forms.CharField(
        label=_("Nom affiché"),
        max_length=120,
        required=False,
        help_text=_(
            "Les personnes de vos organisations le verront, ou à défaut votre adresse ; jamais public."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("name", "email", "password1")

    def signup(self, request: HttpRequest, user: Any) -> None:
        """Do nothing more: the adapter keeps the name."""


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A key that is enough by itself, unless one says otherwise (a key without a code or a fingerprint)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].max_length = 100
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].help_text = _(
            "À décocher pour une clé USB ancienne, qui ne sait pas vérifier que c'est vous."
        )


class ProfileForm(BaseForm):
    """The name shown and the language of messages."""

    name = forms.CharField(
        label=_("Nom affiché"),
        max_length=120,
        required=False,
        help_text=_(
            "Les personnes de vos organisations le verront, ou à défaut votre adresse ; jamais public."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=_("Langue des messages"), choices=[("fr", "Français"), ("en", "English")]
    )


class ErasureForm(BaseForm):
    """The word that says that one means it."""

    address = forms.CharField(
        label=_("Votre adresse électronique"),
        max_length=254,
        help_text=_("Écrivez-la pour confirmer : l'effacement ne se défait pas."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )

    def __init__(self, *args: Any, email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._email = email

    def clean_address(self) -> str:
        """Refuse another address."""
        typed = str(self.cleaned_data["address"]).strip().lower()
        if typed != self._email.lower():
            raise forms.ValidationError(_("Ce n'est pas l'adresse de ce compte."))
        return typed
