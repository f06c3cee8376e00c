"""The members of one pole (one a line): its people bring the list, who is new joins, who is known is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors import identifiers, imports_found
from terreau.actors.models import Actor, Belonging, LegalNature
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.common.permissions import Permission
from terreau.common.text import sort_key
from terreau.imports.kinds import (
    ADDED,
    CHANGED,
    REFUSED,
    REMARK,
    SAME,
    Change,
    Column,
    Context,
    Kind,
    Outcome,
    Problem,
    Row,
    Wrote,
)
from terreau.imports.kinds import register as register_kind
from terreau.journal.actions import record
from terreau.poles import perms, sheet_figures
from terreau.poles.actions import add_member, change_member, strike
from terreau.poles.models import Membership, Pole
from terreau.poles.sheet_import import UNDONE, name
from terreau.subjects.actions import lock
from terreau.subjects.models import Subject


def role(typed: str) -> str:
    """Return a role by its code or its label."""
    return sheet_figures.term("member_role", typed)


def circle(typed: str) -> str:
    """Return a circle of belonging by its code or its label."""
    return sheet_figures.term("circle", typed)


def nature(typed: str) -> str:
    """Return a legal nature by its code or its label."""
    return sheet_figures.term("legal_nature", typed)


def since(typed: str) -> PartialDate:
    """Return the day, the month or the year from which an actor is a member."""
    return sheet_figures.date(typed)


COLUMNS = (
    Column(
        "name",
        gettext_lazy("nom du membre"),
        name,
        ("nom", "membre", "structure", "denomination", "raison sociale", "organisation", "name"),
        required=True,
    ),
    Column("siren", "SIREN", identifiers.check_siren, ("numero siren",)),
    Column("siret", "SIRET", identifiers.check_siret, ("numero siret",)),
    Column("role", gettext_lazy("rôle"), role, ("fonction dans le pole", "role", "qualite")),
    Column("circle", gettext_lazy("cercle"), circle, ("cercle d'appartenance", "circle")),
    Column(
        "nature",
        gettext_lazy("nature juridique"),
        nature,
        ("nature", "forme juridique", "statut juridique", "legal nature"),
        hint=gettext_lazy("une personne physique n'est jamais montrée à tous"),
    ),
    Column(
        "since",
        gettext_lazy("membre depuis"),
        since,
        ("depuis", "date d'adhesion", "adhesion", "annee d'adhesion", "since"),
        hint=gettext_lazy("2014, 2014-09 ou 19/09/2014"),
    ),
)


@dataclass(frozen=True, slots=True)
class _Found:
    """The actor of a line when the register has it, and what it is in the pole today."""

    actor: Actor | None
    membership: Membership | None


def pole_of(about: Subject | None) -> Pole | None:
    """Return the pole that a file is about."""
    rows = Pole.objects.select_related("actor__subject")
    return rows.filter(pk=about.pk).first() if about else None


def may(user: User, about: Subject | None) -> Permission:
    """Those who may change the sheet of the pole bring its members."""
    pole = pole_of(about)
    if pole is None:
        return Permission(ok=False, reason=_("Dites de quel pôle sont ces membres."))
    return perms.can_edit(user, pole, on=timezone.localdate())


#: The name by which ``roles_held.holds`` says that a person animates a pole or is a member of one.
OF_A_POLE: Final = "poles.belonging"


def belongings(user: UUID) -> QuerySet[Belonging]:
    """Return what a person is in the poles: animates them, or is a member of them."""
    return Belonging.objects.confirmed().filter(user=user, actor__pole__isnull=False)


def subjects(user: User) -> list[tuple[Subject, str]]:
    """Return the poles that the person animates or is a member of."""
    rows = belongings(user.pk).select_related("actor__subject").order_by("actor__sort_key")
    return [(one.actor.subject, one.actor.name) for one in rows]


def _key(values: Mapping[str, Any]) -> tuple[str, ...]:
    siren = str(values.get("siret", ""))[:9] or str(values.get("siren", ""))
    return (siren or sort_key(values["name"]), str(values.get("role", "")))


def check(row: Row) -> list[Problem]:
    """Refuse a SIRET that is not of the SIREN beside it."""
    siren, siret = row.values.get("siren"), row.values.get("siret")
    if siren and siret and siret[:9] != siren:
        message = _("Ce SIRET n'est pas celui d'un établissement du SIREN de la ligne.")
        return [Problem("siret_of_another", message, "siret", siret)]
    return []


def compare(context: Context, rows: Sequence[Row]) -> list[Outcome]:
    """Say who joins, whose role or circle changes, who is there already."""
    pole = pole_of(context.about)
    if pole is None:
        raise DomainError("no_pole", _("Ce pôle n'est plus au registre."), status=409)
    if context.writing:
        lock(pole.pk)
    sirens = {_siren(row) for row in rows} - {""}
    known = imports_found.by_siren(sirens, lock=context.writing)
    members = list(
        Membership.objects.filter(pole=pole, valid_to=None)
        .select_related("actor__subject", "pole__actor__subject")
        .order_by("pk")
    )
    return [_compare(row, known.get(_siren(row), []), members) for row in rows]


def _siren(row: Row) -> str:
    return str(row.values.get("siret", ""))[:9] or str(row.values.get("siren", ""))


def _compare(row: Row, known: Sequence[Actor], members: Sequence[Membership]) -> Outcome:
    label = row.values["name"]
    if len(known) > 1:
        return imports_found.undecided(_siren(row), known)
    held = _held(row, known, members)
    if len(held) > 1:
        message = _("Cet acteur tient plusieurs rôles dans le pôle : dites lequel.")
        return Outcome(REFUSED, label, problems=(Problem("several_roles", message, "role"),))
    if held:
        return _member(row, held[0])
    actor = known[0] if known else None
    changes = [Change(_("Membre"), "", actor.name if actor else label)]
    if "role" in row.values:
        changes.append(Change(_("Rôle"), "", str(Membership.Role(row.values["role"]).label)))
    return Outcome(ADDED, label, tuple(changes), tuple(_namesakes(row, actor)), found=_Found(actor, None))


def _held(row: Row, known: Sequence[Actor], members: Sequence[Membership]) -> list[Membership]:
    """Return what the actor of a line is in the pole: by its SIREN, else by its very name."""
    siren, key = _siren(row), sort_key(row.values["name"])[:250]
    ids = {actor.pk for actor in known}
    mine = [
        one
        for one in members
        if one.actor_id in ids or (one.actor.sort_key == key and one.actor.siren in {"", siren})
    ]
    wanted = row.values.get("role")
    exact = [one for one in mine if one.role == wanted]
    return exact or mine


def _member(row: Row, held: Membership) -> Outcome:
    changes = []
    if row.values.get("role", held.role) != held.role:
        after = str(Membership.Role(row.values["role"]).label)
        changes.append(Change(_("Rôle"), str(held.get_role_display()), after))
    if row.values.get("circle", held.circle) != held.circle:
        after = str(Membership.Circle(row.values["circle"]).label)
        changes.append(Change(_("Cercle"), str(held.get_circle_display()), after))
    status = CHANGED if changes else SAME
    return Outcome(status, held.actor.name, tuple(changes), found=_Found(held.actor, held))


def _namesakes(row: Row, actor: Actor | None) -> list[Problem]:
    if actor is not None:
        return []
    key = sort_key(row.values["name"])[:250]
    same = Actor.objects.filter(sort_key=key, subject__closed_at=None, subject__merged_into=None)
    if not same.exists():
        return []
    message = _("Une fiche du registre porte ce nom : donnez le SIREN pour dire que c'est elle.")
    return [Problem("namesake", message, "name", row.values["name"], REMARK)]


def write(context: Context, rows: Sequence[tuple[Row, Outcome]]) -> list[list[Wrote]]:
    """Have each new member join, change what is said otherwise; each has its event on the pole."""
    pole = pole_of(context.about)
    if pole is None:
        raise DomainError("no_pole", _("Ce pôle n'est plus au registre."), status=409)
    return [_write(context, pole, row, outcome.found) for row, outcome in rows]


def _write(context: Context, pole: Pole, row: Row, found: _Found) -> list[Wrote]:
    values = row.values
    if found.membership is not None:
        held = found.membership
        today = timezone.localdate()
        new = change_member(
            held,
            on=today,
            by=context.by,
            role=values.get("role"),
            circle=values.get("circle"),
            source=context.source,
        )
        return [{"what": "changed", "pk": new.pk, "before": held.pk}]
    wrote: list[Wrote] = []
    actor = found.actor
    if actor is None:
        identity = {"siren": values.get("siren", ""), "siret": values.get("siret", "")}
        if "nature" in values:
            identity["legal_nature"] = values["nature"]
        public = pole.actor.subject.public and values.get("nature") != LegalNature.NATURAL_PERSON
        actor, born = imports_found.born(context, values["name"], public=public, **identity)
        wrote.append(born)
    more = {"role": values["role"]} if "role" in values else {}
    joined = add_member(
        pole,
        actor,
        by=context.by,
        circle=values.get("circle", ""),
        since=values.get("since"),
        source=context.source,
        **more,
    )
    return [*wrote, {"what": "member", "pk": joined.pk}]


def undo(context: Context, wrote: list[Wrote]) -> None:
    """Strike out who joined, bring back what was changed; refused when somebody changed it since."""
    for one in reversed(wrote):
        if one["what"] == "actor":
            imports_found.take_back(one)
            continue
        row = Membership.objects.select_related("pole__actor__subject", "actor").filter(pk=one["pk"]).first()
        if row is None or row.valid_to is not None:
            raise DomainError("touched_since", _("Cette adhésion a changé depuis : elle reste."), status=409)
        strike(row, reason=str(UNDONE), by=context.by)
        if one["what"] == "changed":
            _reopen(context, row.pole, one["before"])


def _reopen(context: Context, pole: Pole, pk: int) -> None:
    """Take back the end that a change of role or circle gave to the membership before."""
    Membership.objects.filter(pk=pk).update(valid_to=None, end_recorded_at=None)
    record(pole.actor.subject, "pole.member_reopened", by=context.by, data={"row": pk, "reason": str(UNDONE)})


def settle(rows: Sequence[list[Wrote]]) -> None:
    """Bring up to date the actors that lines had born; the verbs of the poles do the rest."""
    imports_found.settle([[one for one in wrote if one["what"] == "actor"] for wrote in rows])


def owner(user: User) -> Subject | None:
    """Return the organisation of a person when there is only one: layouts are remembered for it."""
    held = Belonging.objects.confirmed().filter(user=user).values_list("actor", flat=True).distinct()
    ids: list[UUID] = list(held[:2])
    return Subject.objects.get(pk=ids[0]) if len(ids) == 1 else None


KIND = register_kind(
    Kind(
        code="membres",
        label=gettext_lazy("Membres d'un pôle"),
        lede=gettext_lazy("Un membre par ligne : ceux qui manquent rejoignent le pôle, personne n'en sort."),
        columns=COLUMNS,
        about=True,
        subjects=subjects,
        held=OF_A_POLE,
        owner=owner,
        key=_key,
        check=check,
        compare=compare,
        write=write,
        undo=undo,
        settle=settle,
        may=may,
    )
)
