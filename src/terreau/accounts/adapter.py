"""What Terreau asks of django-allauth."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """E-mail accounts; signing up is opened with the census (declarations), not before."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say whether a stranger may open an account."""
        return False
