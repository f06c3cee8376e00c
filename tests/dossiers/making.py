"""Files made in a few rows, for the tests of every room that stands on them.

``dossier(call)`` needs a call (``call()`` makes the lightest one) and nothing of the register.
"""

from datetime import datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.calls.models import Call, FormVersion, Programme, Role, Sponsor, Strand
from terreau.dossiers.models import Answer, AnswerChange, Dossier, Writer
from terreau.poles.models import Pole
from terreau.subjects.actions import create
from terreau.subjects.models import Subject
from terreau.territories.models import Zone

PARIS = ZoneInfo("Europe/Paris")
_NEXT = count(1)

#: Two pages: text, money, a number, a choice that opens a field, a file.
CONTENT: dict[str, Any] = {
    "pages": [
        {
            "code": "projet",
            "title": "Le projet",
            "sections": [
                {
                    "code": "essentiel",
                    "title": "L'essentiel",
                    "fields": [
                        {"key": "title", "kind": "text", "label": "Intitulé", "required": True},
                        {
                            "key": "summary",
                            "kind": "long_text",
                            "label": "Résumé",
                            "required": True,
                            "max": 2000,
                        },
                        {"key": "asked", "kind": "euro", "label": "Aide demandée", "required": True},
                    ],
                }
            ],
        },
        {
            "code": "equipe",
            "title": "L'équipe",
            "sections": [
                {
                    "code": "emplois",
                    "title": "Les emplois",
                    "fields": [
                        {"key": "jobs", "kind": "integer", "label": "Emplois"},
                        {"key": "employs", "kind": "yes_no", "label": "Employez-vous déjà ?"},
                        {
                            "key": "since",
                            "kind": "date",
                            "label": "Depuis quand ?",
                            "required": True,
                            "show_when": {"field": "employs", "op": "eq", "value": True},
                        },
                    ],
                }
            ],
        },
    ]
}

#: What completes ``CONTENT``.
COMPLETE: dict[str, Any] = {
    "title": "Une conserverie de quartier",
    "summary": "Transformer les invendus du marché.",
    "asked": 4_500_000,
}


def person(name: str = "") -> User:
    """Make an account."""
    called = name or f"personne{next(_NEXT)}"
    return User.objects.create_user(f"{called.lower()}-{next(_NEXT)}@dossiers.example.org", name=called)


def actor(name: str = "", *, kind: str = Subject.Kind.ACTOR, **identity: Any) -> Actor:
    """Make an organisation."""
    return create_actor(
        name or f"Organisation {next(_NEXT)}", source=None, public=False, kind=kind, **identity
    )


def pole(name: str = "") -> Pole:
    """Make a pole without members."""
    rank = next(_NEXT)
    return Pole.objects.create(
        actor=actor(name or f"Pôle {rank}", kind=Subject.Kind.POLE), slug=f"pole-dossiers-{rank}"
    )


def region(code: str) -> Zone:
    """Make a region of this code, alone of its kind."""
    subject = create(Subject.Kind.TERRITORY, public=True)
    return Zone.objects.create(
        subject=subject, level="region", code=code, cog_year=2025, name=f"Région {code}"
    )


def programme(**values: Any) -> Programme:
    """Make a published programme."""
    rank = next(_NEXT)
    row = {"slug": f"programme-{rank}", "name": f"Programme {rank}", "owner_name": "Un ministère"} | values
    return Programme.objects.create(
        subject=create(Subject.Kind.PROGRAMME, public=True), state=Programme.State.PUBLISHED, **row
    )


def call(*, content: dict[str, Any] | None = None, **values: Any) -> Call:
    """Make a published call with its form, open from 2026-01-05 to 2026-12-18 at noon in Paris."""
    rank = next(_NEXT)
    row: dict[str, Any] = {
        "slug": f"appel-{rank}",
        "title": f"Appel {rank}",
        "state": Call.State.OPEN,
        "opens_at": datetime(2026, 1, 5, 9, tzinfo=PARIS),
        "closes_at": datetime(2026, 12, 18, 12, tzinfo=PARIS),
        "stages": [{"code": "region"}, {"code": "national"}, {"code": "committee"}],
    }
    row |= values
    if "programme" not in row:
        row["programme"] = programme()
    made = Call.objects.create(subject=create(Subject.Kind.CALL, public=True), **row)
    FormVersion.objects.create(call=made, number=1, content=content or CONTENT, published_at=timezone.now())
    return made


def role(user: User, of: Call, kind: str = "officer", **values: Any) -> Role:
    """Name somebody in a call, since the beginning of 2026."""
    row = {"valid_from": datetime(2026, 1, 1, tzinfo=PARIS).date()} | values
    return Role.objects.create(user=user, call=of, role=kind, **row)


def sponsor(of: Call, name: str = "Ministère de la ville", **values: Any) -> Sponsor:
    """Add a sponsor to a call."""
    return Sponsor.objects.create(call=of, name=name, **values)


def dossier(
    of: Call,
    *,
    lead: User | None = None,
    applicant: Actor | None = None,
    strand: Strand | None = None,
    answers: dict[str, Any] | None = None,
    state: str = "draft",
    **values: Any,
) -> Dossier:
    """Make a file in any state, by rows alone: no event, no copy, no receipt (``deposit`` makes these).

    ``lead`` leads it. A file that is not a draft was deposited now unless ``deposited_at`` says otherwise.
    """
    form = FormVersion.objects.filter(call=of).exclude(published_at=None).order_by("-number")[0]
    row = {"number": Dossier.objects.filter(call=of).count() + 1, "title": "Une conserverie de quartier"}
    if state not in ("draft", "withdrawn"):
        row["deposited_at"] = timezone.now()
    made = Dossier.objects.create(
        subject=create(Subject.Kind.DOSSIER),
        call=of,
        form=form,
        applicant=applicant or actor(),
        strand=strand,
        state=state,
        created_by=lead,
        **(row | values),
    )
    if lead is not None:
        joins(made, lead, "lead")
    fill(made, answers if answers is not None else {}, by=lead)
    return made


def joins(of: Dossier, user: User, role: str = "writer", **values: Any) -> Writer:
    """Make somebody of the team of a file."""
    return Writer.objects.create(dossier=of, user=user, role=role, accepted_at=timezone.now(), **values)


def fill(of: Dossier, answers: dict[str, Any], *, by: User | None = None) -> None:
    """Write answers by rows, as if typed once."""
    Answer.objects.bulk_create(
        Answer(dossier=of, key=key, value=value, by=by) for key, value in answers.items()
    )
    AnswerChange.objects.bulk_create(
        AnswerChange(dossier=of, key=key, value=value, version=1, by=by) for key, value in answers.items()
    )
