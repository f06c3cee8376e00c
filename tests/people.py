"""The same few people in every room: what each may do is said by ``actors.perms``.

A test asks for the fixture ``people``: ``people.sign_in(client, people.animator)``.
"""

import time
from dataclasses import dataclass
from datetime import date

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from terreau.accounts.models import GlobalRole, User
from terreau.actors import belonging
from terreau.actors.models import Actor, Moderation
from terreau.territories.models import Zone

#: Pole A: its perimeter is one commune, in this region; the other moderator has another.
POLE_A, REGION, ELSEWHERE = "la-coursive-boutaric", "27", "53"
SINCE = date(2026, 1, 1)


@dataclass(frozen=True)
class People:
    """Somebody for each role; ``pole_actor`` is pole A, whose animator and member these are."""

    pole_actor: Actor
    animator: User
    member: User
    stranger: User
    moderator: User
    moderator_elsewhere: User
    officer: User
    administrator: User

    def sign_in(self, client: Client, user: User, *, proved: bool = False) -> User:
        """Sign a person in, with a second factor when their role needs one.

        ``proved``: they have just given a proof again, as sensitive acts ask.
        """
        if user.pk in {one.pk for one in (self.moderator, self.moderator_elsewhere, self.officer)} | {
            self.administrator.pk
        }:
            enrol(user)
        client.force_login(user)
        if proved:
            enrol(user)
            session = client.session
            record = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
            session[AUTHENTICATION_METHODS_SESSION_KEY] = [record]
            session[f"{AUTHENTICATION_METHODS_SESSION_KEY}_user"] = str(user.pk)
            session.save()
        return user


def enrol(user: User) -> str:
    """Give the person a second factor (TOTP) unless there is one; return its secret, or an empty text."""
    if Authenticator.objects.filter(user=user).exists():
        return ""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return str(secret)


def make() -> People:
    """Make the people of pole A and those who decide around it; the register must be loaded."""
    actor = Actor.objects.get(pole__slug=POLE_A)
    names = ("animation", "membre", "inconnue", "moderation", "ailleurs", "instruction", "administration")
    made = [User.objects.create_user(f"{name}@people.example.org", name=name.capitalize()) for name in names]
    animator, member, stranger, moderator, elsewhere, officer, administrator = made
    belonging.found(animator, actor, by=animator)
    belonging.confirm(belonging.ask(member, actor, by=member), by=animator)
    moderates(moderator, REGION, by=administrator)
    moderates(elsewhere, ELSEWHERE, by=administrator)
    GlobalRole.objects.create(user=officer, role=GlobalRole.Role.OFFICER, valid_from=SINCE)
    GlobalRole.objects.create(user=administrator, role=GlobalRole.Role.ADMINISTRATOR, valid_from=SINCE)
    return People(actor, animator, member, stranger, moderator, elsewhere, officer, administrator)


def moderates(user: User, region: str, *, by: User) -> Moderation:
    """Name a moderator of a region."""
    zone = Zone.objects.filter(level="region", code=region).order_by("-cog_year")[0]
    return Moderation.objects.create(user=user, zone=zone, valid_from=SINCE, named_by=by)


__all__ = ["People", "enrol", "make", "moderates"]
