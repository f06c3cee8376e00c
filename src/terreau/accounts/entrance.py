"""The forms of django-allauth with fewer words around their fields."""

from typing import Any

from allauth.account.forms import LoginForm, SignupForm
from django.utils.translation import gettext_lazy as _


class Entrance(LoginForm):  # type: ignore[misc]
    """Address and password; the way to a forgotten one stands below, in the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class Opening(SignupForm):  # type: ignore[misc]
    """A new account; what a password must be is said in one line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = _("Douze caractères au moins ; une phrase se retient mieux.")
