"""What a spreadsheet would change in a file, shown before anything is written; then all of it, or nothing.

What was read is kept by the page itself, signed, for a day: nothing waits in the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls import form_rules
from terreau.calls.models import Call, FormVersion
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.dossiers import actions, living, paper, perms, saying, states
from terreau.dossiers.deadline import paris, takes
from terreau.dossiers.models import Answer, Channel, Dossier, Writer
from terreau.dossiers.sheet_answer import Reading, problems_by_sheet
from terreau.dossiers.views_file import Choice, choices_for
from terreau.journal.actions import record

_SALT: Final = "terreau.dossiers.importing"
_A_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Target:
    """A file that an answer may fill: one that is being written, or a new one in somebody's name."""

    code: str
    label: str
    dossier: Dossier | None = None
    choice: Choice | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one answer of the spreadsheet would do: ``new``, ``changed`` or ``same``."""

    label: str
    page: str
    was: str
    now: str
    kind: str
    where: str


def targets(call: Call, user: User) -> list[Target]:
    """Return the files that a person may fill: their drafts, those they enter for others, new ones."""
    found = [
        Target(f"d:{row.pk}", f"{row.name} ({row.reference})", dossier=row) for row in _drafts(call, user)
    ]
    begins = takes(call, timezone.now()).ok and not must_choose(call)
    begun = set(
        Dossier.objects.filter(call=call, state=states.DRAFT).order_by().values_list("applicant", "pole")
    )
    for choice in choices_for(user) if begins else ():
        if (choice.applicant.pk, choice.pole.pk if choice.pole else None) in begun:
            continue
        label = _("nouveau dossier : %(name)s") % {"name": choice.label}
        found.append(Target(f"n:{choice.code}", label, choice=choice))
    return found


def must_choose(call: Call) -> bool:
    """Say whether a file begins by choices that a spreadsheet does not hold: a strand, a stage, a kind."""
    return call.strands.count() > 1 or len(call.categories) > 1 or len(call.applicants) > 1


def _drafts(call: Call, user: User) -> list[Dossier]:
    rows = Dossier.objects.filter(call=call, state__in=states.WRITABLE)
    rows = rows.select_related("call", "form", "applicant", "pole__actor")
    parts = Writer.objects.filter(user=user, ended_at=None).exclude(accepted_at=None)
    writes = parts.filter(role__in=perms.DOORS["write"]).values("dossier")
    mine = list(rows.filter(pk__in=writes).order_by("number"))
    held = paper.may_enter(user, call)
    if held:
        offline = rows.exclude(channel=Channel.ONLINE).filter(state=states.DRAFT).order_by("number")
        mine += [row for row in offline if held.owner or perms.in_zones(row, held)]
    return mine


def about(call: Call, version: FormVersion, address: str) -> list[tuple[str, str]]:
    """Return what the first sheet of a model says of the call, label and value."""
    until = paris(call.closes_at) if call.closes_at else _("pas de date de clôture")
    title = saying.localized(call, "title")
    return [
        (_("Appel"), title),
        (_("À déposer avant"), until),
        (_("Version du formulaire"), str(version.number)),
        (_("Comment faire"), _("Répondez dans la colonne « Réponse » de la feuille « Réponses ».")),
        (
            "",
            _("Les tableaux (membres, budget…) ont chacun leur feuille, une ligne par membre ou par poste."),
        ),
        ("", _("Ne changez ni les codes ni les titres des colonnes. Une cellule vide ne change rien.")),
        ("", _("Les pièces, le périmètre et les grilles se donnent en ligne, après la lecture du fichier.")),
        (_("Où le renvoyer"), address),
    ]


def known(target: Target, content: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return the form of a target and what is known of its answers already: nothing is typed twice."""
    if target.dossier is not None:
        return target.dossier.form.content, actions.values_of(target.dossier)
    choice = target.choice
    if choice is None:
        return content, {}
    held = living.read(choice.pole or choice.applicant, timezone.localdate())
    found = {
        placed.key: given.value
        for placed in form_rules.fields(content)
        if (given := living.for_field(held, placed.field)) is not None and not given.pieces
    }
    return content, found


def preview(target: Target, found: Reading, content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a page shows of what was read: changes, problems, what would still be missing."""
    held = known(target, content)[1]
    kinds = {placed.key: placed.field for placed in form_rules.fields(content)}
    changes = [
        Change(
            one.label,
            one.page,
            saying.short(kinds[one.key], held.get(one.key)),
            one.said,
            _kind(held.get(one.key), one.value),
            _("%(sheet)s, ligne %(line)d") % {"sheet": one.sheet, "line": one.line},
        )
        for one in found.found
    ]
    merged = {**held, **found.values}
    return {
        "target": target,
        "changes": changes,
        "moved": sum(one.kind != "same" for one in changes),
        "problems": list(problems_by_sheet(found.problems)),
        "count_problems": len(found.problems),
        "remarks": found.remarks,
        "missing": len(form_rules.missing(content, merged)),
    }


def _kind(was: Any, now: Any) -> str:
    if was == now:
        return "same"
    return "changed" if form_rules.filled(was) else "new"


def keep(call: Call, target: Target, found: Reading, user: User) -> str:
    """Return what was read, signed, for the page to give back: of this person, this call, this target."""
    bases = {}
    if target.dossier is not None:
        bases = {key: row.version for key, row in actions.answers_of(target.dossier).items()}
    told = {
        "call": str(call.pk),
        "target": target.code,
        "user": str(user.pk),
        "values": found.values,
        "bases": {key: bases.get(key, 0) for key in found.values},
    }
    return signing.dumps(told, salt=_SALT, compress=True)


def write(call: Call, kept: str, *, by: User) -> tuple[Dossier, int]:
    """Write what was previewed, all of it or nothing; return the file and how many answers it changed.

    Raises ``signing.BadSignature`` for what was not previewed by this person within a day, ``DomainError``
    when the file moved since.
    """
    told = signing.loads(kept, salt=_SALT, max_age=_A_DAY)
    if told["user"] != str(by.pk) or told["call"] != str(call.pk):
        raise signing.BadSignature
    target = next((one for one in targets(call, by) if one.code == told["target"]), None)
    if target is None:
        raise NotFoundError("not_found", _("Ce dossier n'est plus de ceux que vous écrivez."))
    with transaction.atomic():
        dossier = _opened(call, target, by)
        changed = 0
        for key, value in told["values"].items():
            base = told["bases"][key] if target.dossier is not None else None
            changed += _answer(dossier, key, value, base, by)
        record(dossier.subject, "dossier.imported", by=by, data={"answers": changed})
    return dossier, changed


def _opened(call: Call, target: Target, by: User) -> Dossier:
    if target.dossier is not None:
        return perms.of_person(by, target.dossier.pk, "write").dossier
    choice = target.choice
    assert choice is not None  # noqa: S101 - a target is one or the other
    only = next(iter(call.strands.all()), None)
    begun = actions.Begun(
        choice.applicant,
        choice.pole,
        only,
        str(call.categories[0]) if call.categories else "",
        str(call.applicants[0]) if call.applicants else "",
    )
    return actions.start(call, begun, by=by)


def _answer(dossier: Dossier, key: str, value: Any, base: int | None, by: User) -> int:
    before = Answer.objects.filter(dossier=dossier, key=key).values_list("version", flat=True).first() or 0
    try:
        row = actions.answer(dossier, key, value, base_version=base, by=by, origin=Answer.Origin.IMPORT)
    except StaleWriteError as error:
        words = _("Quelqu'un a changé ce dossier depuis cette lecture : envoyez le fichier de nouveau.")
        raise DomainError("moved_since", words, status=409) from error
    return int(row.version != before)
