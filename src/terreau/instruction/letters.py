"""Letters to applicants: from the templates of the call, read before they leave, kept as sent (R-89).

A refusal without a reason is no letter. Those who are not retained read why, and that they keep their place
in the register: being laureate or not says nothing of being a pole.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from terreau.accounts.models import User
from terreau.calls.letters import EVENTS, template
from terreau.calls.models import Call
from terreau.common.errors import DomainError
from terreau.common.inserting import insert
from terreau.common.money import Euro
from terreau.dossiers import announcing, states
from terreau.dossiers.models import Dossier, Transition
from terreau.dossiers.moving import lock
from terreau.dossiers.perms import people_of
from terreau.envelopes import read as envelopes
from terreau.instruction.merging import Merged, merge
from terreau.instruction.models import Complement, Letter
from terreau.journal.actions import record
from terreau.notices.actions import tell

#: State of a file → the letter that is owed to its applicant.
OWED: Final = {
    "admissible": "admissible",
    "inadmissible": "inadmissible",
    "laureate": "laureate",
    "reserve": "reserve",
    "refused": "refused",
}
#: Letters that say no, or not yet: never without a reason.
REASONED: Final = frozenset({"inadmissible", "reserve", "refused"})
_OPTIONAL: Final = ("motif", "montant", "delai", "demande")
LONGEST: Final = 20_000
#: Within this, the same letter to the same file is a button pressed twice.
AGAIN: Final = timedelta(minutes=1)


def draft(dossier: Dossier, event: str, *, reason: str = "", cents: int | None = None) -> Merged:
    """Return the letter of an event as it would leave: in French, the language of the call.

    ``reason``: empty, it is that of the last move of the file. ``cents``: None, what is engaged for it. Three
    queries at most, four for a laureate.
    """
    if event not in EVENTS:
        raise DomainError("unknown_event", _("Cette lettre n'existe pas."), status=404)
    with override("fr"):
        found = template(dossier.call.letters, event)
        values = _values(dossier, event, reason=reason, cents=cents)
        optional = [one for one in _OPTIONAL if one != "motif" or event not in REASONED]
        return merge(found["subject"], found["body"], values, optional=optional)


def _values(dossier: Dossier, event: str, *, reason: str, cents: int | None) -> dict[str, str]:
    call = dossier.call
    last = _last_move(dossier) if event in OWED.values() and not (reason and cents is not None) else None
    awaited = Complement.objects.filter(dossier=dossier, closed_at=None).order_by("-asked_at").first()
    if cents is None and dossier.state in states.CHOSEN:
        cents = envelopes.held(dossier).committed
    return {
        "dossier": dossier.reference,
        "titre": dossier.name,
        "candidat": dossier.applicant.name,
        "appel": call.title,
        "porteur": call.programme.owner_name,
        "motif": reason or (last.reason if last else ""),
        "delai": date_format(awaited.due, "j F Y") if awaited else "",
        "demande": awaited.text if awaited else "",
        "montant": str(Euro(cents)) if cents else "",
        "adresse": f"{settings.SITE_URL}/dossiers/{dossier.pk}/",
    }


def _last_move(dossier: Dossier) -> Transition | None:
    rows = Transition.objects.filter(dossier=dossier, to_state=dossier.state)
    return rows.order_by("-id").first()


def send(dossier: Dossier, event: str, *, title: str, text: str, by: User | None) -> Letter:
    """Send a letter as it was read and mended by who sends it; the people of the file are told."""
    subject, words = " ".join(title.split())[:200], text.strip()
    if not subject:
        raise DomainError("title_needed", _("Donnez un objet à la lettre."), facts={"field": "title"})
    if not words:
        raise DomainError("text_needed", _("La lettre est vide."), facts={"field": "text"})
    if len(words) > LONGEST:
        raise DomainError("too_long", _("La lettre est trop longue."), facts={"field": "text"})
    if left := merge(subject, words, {}).unknown:
        message = _("Remplacez ce qui est entre accolades : {%(name)s}.") % {"name": left[0]}
        raise DomainError("place_left", message, facts={"field": "text"})
    return _sent(dossier, event, subject, words, by=by)


def _sent(dossier: Dossier, event: str, subject: str, words: str, *, by: User | None) -> Letter:
    """Write the letter and tell; the same words again within a minute are a button that was pressed twice.

    Braces that an applicant typed in a title are words like others.
    """
    if event in announcing.DECISIONS and announcing.withheld(dossier):
        message = _("Les résultats de l'appel ne sont pas publiés : cette lettre part ensuite.")
        raise DomainError("results_withheld", message, status=409)
    with transaction.atomic():
        lock(dossier)
        since = timezone.now() - AGAIN
        twice = Letter.objects.filter(dossier=dossier, by=by, event=event, title=subject, text=words)
        if again := twice.filter(sent_at__gt=since).first():
            return again
        made = insert(Letter(dossier=dossier, event=event, title=subject, text=words, by=by))
        record(dossier.subject, "letter.sent", by=by, data={"letter": made.pk.hex, "event": event})
        _tell(dossier, made)
    return made


def leave(
    dossier: Dossier, event: str, *, by: User | None, reason: str = "", cents: int | None = None
) -> Letter:
    """Send the letter of an event as its template makes it; refused (422) when something is missing in it."""
    found = draft(dossier, event, reason=reason, cents=cents)
    check(found, event)
    return _sent(dossier, event, " ".join(found.title.split())[:200], found.text.strip(), by=by)


def check(found: Merged, event: str) -> None:
    """Refuse a letter that may not leave: a place that means nothing, a refusal without its reason."""
    if "motif" in found.empty or (event in REASONED and not found.text.strip()):
        message = _("Un refus sans motif ne part pas : écrivez les motifs.")
        raise DomainError("reason_needed", message, facts={"field": "reason"})
    if not found.ready:
        names = ", ".join(f"{{{one}}}" for one in (*found.unknown, *found.empty))
        message = _("Le modèle de lettre de l'appel a des champs sans valeur : %(names)s.") % {"names": names}
        raise DomainError("template", message, facts={"field": "text"})


def owed(call: Call) -> QuerySet[Dossier]:
    """Return the decided files of a call whose applicant was not written to since the decision.

    What the committee decided is owed to nobody before the results are published.
    """
    told = Letter.objects.filter(dossier=OuterRef("pk"), sent_at__gte=OuterRef("stage_since"))
    due = set(OWED) - (announcing.DECISIONS if announcing.hides(call) else frozenset())
    rows = Dossier.objects.filter(call=call, state__in=due).exclude(deposited_at=None)
    return rows.exclude(Exists(told)).order_by("number")


def sent_to(dossier: Dossier) -> list[Letter]:
    """Return the letters of a file, the last first: one query."""
    return list(Letter.objects.filter(dossier=dossier).select_related("by"))


def events_of(ids: Iterable[UUID]) -> dict[UUID, set[str]]:
    """Return file → events of the letters it had: one query."""
    found: dict[UUID, set[str]] = {}
    for one, event in Letter.objects.filter(dossier__in=list(ids)).order_by().values_list("dossier", "event"):
        found.setdefault(one, set()).add(event)
    return found


def _tell(dossier: Dossier, letter: Letter) -> None:
    words = format_lazy(
        gettext_lazy("Une lettre pour le dossier « {name} » : {title}"), name=dossier.name, title=letter.title
    )
    for user in people_of(dossier):
        tell(
            user,
            "dossier",
            words,
            subject=dossier.subject,
            path=f"/dossiers/{dossier.pk}/echanges/",
            dedupe=f"letter-{letter.pk.hex}",
        )
