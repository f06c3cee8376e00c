"""What keeps machines out of the forms open to strangers, without an outside service and without a puzzle.

Four things that a person never notices: a field that must stay empty, a signed moment that says when the
form was opened, a limit of links, and a limit a day by address. The address is never kept: what stands in
the table is a digest keyed by the day, that nobody can compute again the day after from another secret.
"""

import ipaddress
import re
from collections.abc import Iterable
from datetime import date
from hashlib import blake2b
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from terreau.census.models import Attempt
from terreau.common.errors import DomainError
from terreau.design.forms import BaseForm

#: Seconds between the opening of a form and its sending: less is a machine, more is another day.
LEAST, MOST = 3, 12 * 3600
#: Addresses of the web that a person writes in all the texts of one form.
LINKS = 3
#: What one address may send in a day, by kind of form.
A_DAY = 20
#: The same from an address where people signed in.
A_DAY_SIGNED = 100
TRAP, OPENED = "adresse_bis", "ouvert"
_SIGNER = signing.TimestampSigner(salt="terreau.census.guard")
_LINK = re.compile(r"https?://|www\.|\[url", re.IGNORECASE)


class GuardedForm(BaseForm):
    """A form that a stranger may send; write ``{{ form.guard }}`` inside the ``<form>``.

    ``guarded_texts`` names the fields where links are counted. A person who signed in passes: give
    ``trusted=True``.
    """

    guarded_texts: tuple[str, ...] = ()

    def __init__(self, *args: Any, trusted: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.trusted = trusted

    @property
    def guard(self) -> SafeString:
        """Return the hidden inputs; the moment of the first opening is kept when the form comes back."""
        opened = str(self.data.get(OPENED) or "") if self.is_bound else ""
        return format_html(
            '<div hidden><label for="id_{0}">{1}</label>'
            '<input type="text" name="{0}" id="id_{0}" tabindex="-1" autocomplete="off"></div>'
            '<input type="hidden" name="{2}" value="{3}">',
            TRAP,
            _("Laissez ce champ vide"),
            OPENED,
            opened if opened and _age(opened) is not None else _SIGNER.sign("f"),
        )

    def clean(self) -> dict[str, Any]:
        """Refuse what a machine sends, with a sentence that a person can act upon."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.trusted:
            texts = [str(cleaned.get(name) or "") for name in self.guarded_texts]
            if problem := refusal(self.data.get(TRAP, ""), self.data.get(OPENED, ""), texts):
                raise forms.ValidationError(problem, code="guard")
        return cleaned


def refusal(trap: str, opened: str, texts: Iterable[str]) -> str:
    """Return why a form is refused, ``""`` when it is not."""
    if trap:
        return _("Un champ que les personnes ne voient pas a été rempli : rechargez la page et recommencez.")
    age = _age(opened)
    if age is None:
        return _("Cette page était ouverte depuis trop longtemps : vérifiez et envoyez de nouveau.")
    if age < LEAST:
        return _("L'envoi a été trop rapide : relisez, puis envoyez de nouveau.")
    if sum(len(_LINK.findall(text)) for text in texts) > LINKS:
        return _("Trop d'adresses de sites dans les textes : gardez-en %(most)d au plus.") % {"most": LINKS}
    return ""


def _age(opened: str) -> float | None:
    """Seconds since the form was opened; None when it was not opened here, or too long ago."""
    try:
        _SIGNER.unsign(opened, max_age=MOST)
        moment = signing.b62_decode(opened.rsplit(":", 2)[1])
    except (signing.BadSignature, IndexError, ValueError):
        return None
    return timezone.now().timestamp() - moment


def count(request: HttpRequest, kind: str, *, most: int = A_DAY) -> None:
    """Count a sending of this kind from who asks; ``DomainError`` 429 beyond ``most`` a day.

    Call it once the form is good, before anything is written.
    """
    today = timezone.localdate()
    digest = _digest(f"{kind}\n{network(request)}", today)
    rows = Attempt.objects.filter(pk=digest)
    if not rows.filter(count__lt=most).update(count=F("count") + 1):
        if rows.exists():
            message = _("Beaucoup d'envois sont déjà venus de votre connexion aujourd'hui : revenez demain.")
            raise DomainError("too_many_sendings", message, facts={"most": most}, status=429)
        _first(digest, today)


def _first(digest: str, today: date) -> None:
    Attempt.objects.filter(day__lt=today).delete()
    try:
        with transaction.atomic():
            Attempt.objects.create(digest=digest, day=today)
    except IntegrityError:
        Attempt.objects.filter(pk=digest).update(count=F("count") + 1)


def _digest(text: str, day: date) -> str:
    key = blake2b(
        f"{settings.SECRET_KEY}\n{day.isoformat()}".encode(), digest_size=32, person=b"terreau-census"
    ).digest()
    return blake2b(text.encode(), digest_size=32, key=key).hexdigest()


def network(request: HttpRequest) -> str:
    """Return who asks: an IPv4 address, or the /64 of an IPv6 one, of which anybody has thousands."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUST_PROXY:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).rpartition(",")[2].strip()
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(known, ipaddress.IPv6Address) and not known.ipv4_mapped:
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(getattr(known, "ipv4_mapped", None) or known)
