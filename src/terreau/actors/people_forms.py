"""Forms about people and organisations."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from terreau.accounts.models import GlobalRole
from terreau.actors.models import Belonging
from terreau.design.forms import BaseForm

#: On a territory or a network, beside the roles on the whole site.
LOCAL = "local"


class JoinForm(BaseForm):
    """What one asks to be in an organisation, and a word to those who answer."""

    role = forms.ChoiceField(
        label=_("Vous y êtes"),
        choices=[
            (Belonging.Role.MEMBER, _("membre de l'équipe : vous tenez la fiche à jour")),
            (
                Belonging.Role.ANIMATOR,
                _("chargé de l'animation : vous tenez la fiche, et répondez à ceux qui la rejoignent"),
            ),
        ],
        widget=forms.RadioSelect,
        initial=Belonging.Role.MEMBER,
    )
    message = forms.CharField(
        label=_("Un mot pour ceux qui répondront"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Qui vous êtes, par exemple. Facultatif ; effacé au bout d'un an."),
    )


class NamingForm(BaseForm):
    """A person, a role, and where it holds."""

    email = forms.EmailField(label=_("Adresse du compte"), max_length=254)
    role = forms.ChoiceField(
        label=_("Rôle"),
        choices=[
            (LOCAL, _("modération d'un territoire ou d'un réseau")),
            (GlobalRole.Role.MODERATOR, _("modération de tout le site")),
            (GlobalRole.Role.OFFICER, _("instruction")),
            (GlobalRole.Role.ADMINISTRATOR, _("administration")),
        ],
        widget=forms.RadioSelect,
        initial=LOCAL,
    )
    zone = forms.CharField(
        label=_("Département ou région"),
        required=False,
        max_length=20,
        help_text=_("Son code : departement:35, region:53."),
    )
    network = forms.CharField(
        label=_("Ou réseau"), required=False, max_length=80, help_text=_("Son repère dans le registre.")
    )

    def clean(self) -> dict[str, Any]:
        """Refuse a local moderation without its place, or with two."""
        data: dict[str, Any] = super().clean() or {}
        places = [name for name in ("zone", "network") if data.get(name)]
        if data.get("role") == LOCAL and len(places) != 1:
            self.add_error("zone", _("Donner un territoire ou un réseau, l'un des deux."))
        if data.get("role") != LOCAL and places:
            self.add_error("zone", _("Ce rôle vaut pour tout le site : laisser vide."))
        return data
