"""A file to look at, followed to the end: an invented call, reports, meetings, a conclusion that both
sides signed.

Everything is invented and flagged: programme, call and file are ``example``, names end with « exemple
fictif ».
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone

from terreau.accounts.models import User
from terreau.calls.models import Call, FormVersion, Programme, Role
from terreau.common.canonical import digest
from terreau.dossiers.models import Dossier, Writer
from terreau.followup import concluding, evaluating, meetings, planning, reporting
from terreau.followup.concluding import Signing
from terreau.followup.models import ConclusionSignature, Evaluation, Report
from terreau.poles.models import Pole
from terreau.subjects.actions import create
from terreau.subjects.models import Subject

FLAG: Final = "exemple fictif"
_FORM: Final = {
    "pages": [
        {
            "code": "projet",
            "title": "Le projet",
            "sections": [
                {
                    "code": "essentiel",
                    "title": "L'essentiel",
                    "fields": [{"key": "summary", "kind": "long_text", "label": "Résumé"}],
                }
            ],
        }
    ]
}


@dataclass(frozen=True, slots=True)
class Followed:
    """What was made: the file, and who instructs it."""

    dossier: Dossier
    officer: User


def fill(pole: Pole, by: User, *, conclude: bool = True) -> Followed:
    """Make a running file of a pole with its reports and meetings; ``conclude``: its evaluation is signed."""
    now = timezone.now()
    officer = someone("instruction", "Instruction")
    call = _call(now, officer)
    dossier = _dossier(call, pole, by, now)
    _reports(dossier, by, officer)
    _meeting(dossier, "steering", now - timedelta(days=120), officer)
    meetings.plan(
        dossier,
        kind="steering",
        at=now + timedelta(days=20),
        place="En visioconférence",
        agenda=f"Budget de la deuxième année ({FLAG})",
        by=officer,
    )
    if conclude:
        conclude_together(dossier, by, officer)
    return Followed(dossier, officer)


def someone(name: str, words: str) -> User:
    """Return an invented account that nobody can sign in to."""
    email = f"{name}@exemple-fictif.invalid"
    held = User.objects.filter(email=email).first()
    return held or User.objects.create_user(email, name=f"{words} ({FLAG})")


def _call(now: datetime, officer: User) -> Call:
    held = Call.objects.filter(slug="appel-exemple-suivi").first()
    if held is not None:
        return held
    programme = Programme.objects.create(
        subject=create(Subject.Kind.PROGRAMME, public=False),
        slug="programme-exemple-suivi",
        name=f"Programme de suivi ({FLAG})",
        owner_name=f"Une région ({FLAG})",
        example=True,
    )
    call = Call.objects.create(
        subject=create(Subject.Kind.CALL, public=False),
        programme=programme,
        slug="appel-exemple-suivi",
        title=f"Appel suivi jusqu'au bout ({FLAG})",
        opens_at=now - timedelta(days=900),
        closes_at=now - timedelta(days=840),
        duration_months=24,
        stages=[{"code": "committee"}],
        example=True,
    )
    FormVersion.objects.create(call=call, number=1, content=_FORM, published_at=now - timedelta(days=900))
    Role.objects.create(
        call=call, user=officer, role=Role.Kind.OFFICER, valid_from=(now - timedelta(days=900)).date()
    )
    return call


def _dossier(call: Call, pole: Pole, by: User, now: datetime) -> Dossier:
    dossier = Dossier.objects.create(
        subject=create(Subject.Kind.DOSSIER),
        call=call,
        number=Dossier.objects.filter(call=call).count() + 1,
        form=call.forms.get(number=1),
        applicant=pole.actor,
        pole=pole,
        title=f"Une légumerie partagée ({FLAG})",
        state="running",
        deposited_at=now - timedelta(days=850),
        example=True,
        created_by=by,
    )
    Writer.objects.create(dossier=dossier, user=by, role="lead", accepted_at=now - timedelta(days=860))
    return dossier


def _reports(dossier: Dossier, by: User, officer: User) -> None:
    today = timezone.localdate()
    first, *_rest = planning.plan(dossier, anchor_on=today - timedelta(days=800), by=officer)
    report = reporting.begin(first)
    blank = dict.fromkeys(reporting.PARTS, "")
    words = {
        **blank,
        "done": f"Local ouvert, deux emplois créés, six producteurs réguliers ({FLAG}).",
        "money": "41 000 € dépensés, dont 30 000 € de l'aide.",
    }
    report = reporting.write(report, base=blank, mine=words, by=by)
    reporting.send(report, seen=report.version, by=by)
    reporting.answer(Report.objects.get(pk=report.pk), accepts=True, words="Rapport clair.", by=officer)


def _meeting(dossier: Dossier, kind: str, at: datetime, by: User) -> None:
    made = meetings.plan(dossier, kind=kind, at=at, place="Au pôle", by=by)
    words = {
        "present": "Le pôle, la région, deux membres",
        "minutes": f"Le bilan est partagé, point par point ({FLAG}).",
        "decisions": "Chercher un second débouché avant l'été.",
    }
    meetings.hold(made, base=dict.fromkeys(words, ""), mine=words, by=by)


def conclude_together(dossier: Dossier, by: User, officer: User) -> None:
    """Lead a file that runs to a conclusion that both sides signed, its meeting ten days ago."""
    evaluating.open_evaluation(dossier, None, by=officer)
    row = _fresh(dossier)
    said = {
        "self_words": f"Deux emplois durables, un modèle encore fragile ({FLAG}).",
        "external_words": f"Une coopération réelle ; la trésorerie reste courte ({FLAG}).",
    }
    evaluating.write(row, base=dict.fromkeys(said, ""), mine=said, by=officer)
    _meeting(dossier, "contradictory", timezone.now() - timedelta(days=10), officer)
    words = {
        "results": f"Deux emplois créés, douze tonnes de légumes transformées ({FLAG}).",
        "impacts": "Six producteurs vendent à moins de trente kilomètres.",
        "disagreements": "Le pôle juge le calendrier trop court ; la région non.",
        "progress": "Ouvrir la gouvernance aux habitants.",
        "advice": "adapt",
    }
    conclusion = _fresh(dossier).conclusion
    conclusion.evaluation = row
    concluding.write(conclusion, base=dict.fromkeys(words, ""), mine=words, by=officer)
    for side, user in (
        (ConclusionSignature.Side.BENEFICIARY, by),
        (ConclusionSignature.Side.FUNDER, officer),
    ):
        now_row = _fresh(dossier)
        seen = digest(concluding.text(evaluating.progress(now_row)))
        given = Signing(side, str(user.name or FLAG), f"mandat ({FLAG})", seen)
        concluding.sign(now_row, given, by=user)


def _fresh(dossier: Dossier) -> Evaluation:
    row = evaluating.of(dossier)
    if row is None:
        raise LookupError("the evaluation was just opened")
    return row
