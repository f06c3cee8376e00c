"""A label to look at, its requests and its certificate: all invented, and flagged « exemple fictif »."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.common.canonical import digest
from terreau.followup import demo as followup
from terreau.followup.demo import FLAG, someone
from terreau.grids.models import Grid, GridVersion
from terreau.labels import advantages, deciding, requests
from terreau.labels.advantages import Opened
from terreau.labels.deciding import Progress
from terreau.labels.models import Keeper, LabelRequest, Scheme
from terreau.poles.models import Pole
from terreau.subjects.actions import create
from terreau.subjects.models import Subject

SLUG: Final = "label-exemple-fictif"
#: What the invented criteria ask.
_CRITERIA: Final = (
    ("C1", "Une gouvernance ouverte aux habitants", "A governance open to inhabitants"),
    ("C2", "Des moyens partagés entre trois membres au moins", "Means shared by three members at least"),
    ("C3", "Un modèle dont la moitié des recettes vient de l'activité", "Half of the income earned"),
    ("C4", "Des effets constatés sur le territoire", "Effects observed on the territory"),
)


def fill(pole: Pole, by: User) -> LabelRequest | None:
    """Make a label, and give it to a pole whose shared evaluation is made first; return what was given.

    None for a pole whose sheet is not public: a label always is. It then lacks that alone to ask.
    """
    followup.fill(pole, by)
    today = timezone.localdate()
    scheme, keeper, decider = _scheme(by)
    if not pole.actor.subject.public:
        return None
    row = requests.ask(scheme, pole, words=f"Quatre ans de travail commun ({FLAG}).", on=today, by=by)
    row = deciding.take(row, on=today, by=keeper, seen=row.version)
    for code in deciding.codes(row):
        short = code == "C1"
        words = f"Prévu pour l'an prochain ({FLAG})." if short else ""
        deciding.find(row, code, answer="a_verifier" if short else "oui", words=words, seen=0, by=keeper)
    plan = [Progress(f"Un collège d'habitants ({FLAG})", today + timedelta(days=180))]
    row.refresh_from_db()
    reason = f"Les critères sont remplis, un reste à vérifier ({FLAG})."
    made = deciding.grant(row, reason=reason, plan=plan, on=today, by=decider, seen=row.version)
    members = advantages.beneficiaries(made, on=today)
    if members:
        actor = advantages.beneficiary(members[0].pk)
        basis = f"Délibération inventée n° 12 ({FLAG})"
        opened = Opened(actor, "preference", basis, today, cents=1_500_000)
        advantages.open_advantage(made, opened, on=today, by=keeper)
    return made


def _scheme(by: User) -> tuple[Scheme, User, User]:
    keeper, decider = someone("label-instruction", "Instruction"), someone("label-decision", "Décision")
    held = Scheme.objects.filter(slug=SLUG).first()
    if held is not None:
        return held, keeper, decider
    owner = create_actor(f"Une région ({FLAG})", source=None, public=True, kind=Subject.Kind.ACTOR)
    scheme = Scheme.objects.create(
        subject=create(Subject.Kind.LABEL, public=True),
        slug=SLUG,
        name=f"Pôle durable ({FLAG})",
        name_en="Lasting pole (made-up example)",
        summary="Reconnaît un pôle qui dure : gouvernance ouverte, moyens partagés, effets constatés.",
        summary_en="Recognises a pole that lasts: open governance, shared means, observed effects.",
        owner=owner,
        grid_version=_criteria(),
        appeal_to="une commission d'élus",
        state=Scheme.State.PUBLISHED,
        example=True,
    )
    since = timezone.localdate() - timedelta(days=30)
    for user, role in ((keeper, Keeper.Role.INSTRUCTS), (decider, Keeper.Role.DECIDES)):
        Keeper.objects.create(scheme=scheme, user=user, role=role, valid_from=since, named_by=by)
    return scheme, keeper, decider


def _criteria() -> GridVersion:
    source = {"document": f"Critères inventés ({FLAG})", "section": ""}
    content: dict[str, Any] = {
        "code": SLUG,
        "version": "1",
        "title": {"fr": f"Critères du label ({FLAG})", "en": "Criteria of the label (made-up example)"},
        "summary": {"fr": "Inventés.", "en": "Made up."},
        "owner": {"name": f"Une région ({FLAG})"},
        "licence": {"fr": "Libre", "en": "Free"},
        "source": source,
        "prescriptive": False,
        "nature": "criteria",
        "subject": "pole",
        "criteria": [
            {
                "code": code,
                "kind": "a_tester",
                "title": {"fr": french, "en": english},
                "text": {"fr": french, "en": english},
                "source": source,
            }
            for code, french, english in _CRITERIA
        ],
    }
    grid = Grid.objects.create(
        code=SLUG, title=content["title"], nature="criteria", public=True, owner_name=f"Une région ({FLAG})"
    )
    return GridVersion.objects.create(
        grid=grid,
        version="1",
        state=GridVersion.State.PUBLISHED,
        text="",
        content=content,
        digest=digest(content),
        published_at=timezone.now(),
    )
