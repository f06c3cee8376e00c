"""A sheet of poles (one a line), in any spreadsheet: read, held against the register, written, taken back.

A pole that the register does not have is entered as « repéré »; to one that it has, a line adds what is new
(carriers, members, sectors, figures). Stage and perimeter of a known pole change on its sheet, with a reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors import imports_found, perms
from terreau.actors.models import Actor
from terreau.common import parsing
from terreau.common.errors import DomainError
from terreau.common.permissions import Permission
from terreau.common.text import search_text, sort_key
from terreau.facts import actions as facts
from terreau.facts import catalogue
from terreau.facts.models import Fact
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
from terreau.journal.models import Event
from terreau.poles import perms as poles_perms
from terreau.poles import sheet_figures as figures
from terreau.poles.actions import add_carrier, add_member, close_pole, register_pole, strike
from terreau.poles.models import Carrier, Membership, Pole, RegisterStatus, Stage
from terreau.subjects.models import Subject
from terreau.territories import base, naming
from terreau.territories.models import Level, Perimeter, PerimeterCommune, Zone

UNDONE = gettext_lazy("Import annulé.")
_NAME = 250


def name(typed: str) -> str:
    """Return a name of at most 250 characters."""
    return parsing.one_line(typed, _NAME)


def names(typed: str) -> tuple[str, ...]:
    """Return the names of a cell, separated by semicolons or lines, each once."""
    words = (name(word) for word in typed.replace("\n", ";").split(";"))
    return tuple(dict.fromkeys(word for word in words if word))


def stage(typed: str) -> str:
    """Return a stage by its code or its label (R-29)."""
    return figures.term("stage", typed)


def sectors(typed: str) -> tuple[str, ...]:
    """Return sectors by their codes or labels, separated by semicolons or lines."""
    return tuple(dict.fromkeys(figures.term("sector", word) for word in names(typed)))


COLUMNS = (
    Column(
        "name",
        gettext_lazy("nom du pôle"),
        name,
        ("nom", "pole", "ptce", "nom du ptce", "denomination", "name"),
        required=True,
    ),
    Column(
        "slug",
        gettext_lazy("adresse au registre"),
        name,
        ("adresse", "slug", "identifiant"),
        hint=gettext_lazy("la fin de l'adresse de la page, pour un pôle déjà au registre"),
    ),
    Column(
        "carrier",
        gettext_lazy("structure porteuse"),
        name,
        ("porteur", "structure", "nom de la structure porteuse", "carrier"),
    ),
    Column(
        "communes",
        gettext_lazy("communes ou intercommunalités"),
        naming.communes,
        ("communes", "codes insee", "code insee", "epci", "territoire", "perimetre", "intercommunalite"),
        hint=gettext_lazy("codes ou noms, séparés par des points-virgules"),
    ),
    Column("stage", gettext_lazy("stade"), stage, ("stade", "etat d'avancement", "avancement", "stage")),
    Column(
        "sectors",
        gettext_lazy("secteurs"),
        sectors,
        ("secteur", "secteurs d'activite", "activites", "sector"),
        hint=gettext_lazy("séparés par des points-virgules"),
    ),
    Column(
        "members",
        gettext_lazy("membres"),
        names,
        ("membre", "liste des membres", "adherents", "members"),
        hint=gettext_lazy("noms séparés par des points-virgules"),
    ),
    Column("intention", gettext_lazy("intention"), str.strip, ("presentation", "description", "objet")),
)
OPTIONS = (
    Column(
        "year",
        gettext_lazy("année des chiffres"),
        parsing.whole,
        hint=gettext_lazy("par exemple 2025 ; sans elle, les chiffres n'ont pas de date"),
    ),
    Column(
        "public",
        gettext_lazy("montrer à tous les pôles ajoutés"),
        parsing.yes_no,
        hint=gettext_lazy("oui ou non ; non par défaut"),
    ),
)


@dataclass(slots=True)
class _Found:
    """What writing needs: the pole when the register has it, and what is new to it."""

    pole: Pole | None = None
    carrier: bool = False
    members: list[str] = field(default_factory=list)
    sectors: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Held:
    """What the register holds of some poles: names of carriers and members, living values of facts."""

    carriers: dict[UUID, set[str]]
    members: dict[UUID, set[str]]
    facts: dict[UUID, list[Fact]]
    communes: dict[UUID, set[str]]


def may(user: User, _about: Subject | None) -> Permission:
    """Those who moderate a territory, a network or the whole site bring poles."""
    if perms.moderation_scope(user, timezone.localdate()):
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut modérer un territoire ou un réseau."))


def _key(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (values["slug"],) if "slug" in values else ("", sort_key(values["name"]))


def compare(context: Context, rows: Sequence[Row]) -> list[Outcome]:
    """Say what each line adds: a pole, or what is new of one that the register has."""
    by_slug, by_name = _known(rows)
    namesakes = [pole for some in by_name.values() for pole in some]
    held = _hold({pole.pk: pole for pole in (*by_slug.values(), *namesakes)})
    return [_compare(context, row, _candidates(row, by_slug, by_name), held) for row in rows]


def _known(rows: Sequence[Row]) -> tuple[dict[str, Pole], dict[str, list[Pole]]]:
    living = Pole.objects.filter(actor__subject__closed_at=None, actor__subject__merged_into=None)
    living = living.select_related("actor__subject").order_by("pk")
    slugs = [row.values["slug"].rstrip("/").rsplit("/", 1)[-1] for row in rows if "slug" in row.values]
    by_slug = {pole.slug: pole for pole in living.filter(slug__in=slugs)}
    by_name: dict[str, list[Pole]] = defaultdict(list)
    keys = {sort_key(row.values["name"])[:250] for row in rows}
    for pole in living.filter(actor__sort_key__in=keys):
        by_name[pole.actor.sort_key].append(pole)
    return by_slug, by_name


def _candidates(
    row: Row, by_slug: Mapping[str, Pole], by_name: Mapping[str, list[Pole]]
) -> list[Pole] | None:
    """Return the poles a line may speak of, ``None`` when it names an address that no pole has."""
    if "slug" in row.values:
        pole = by_slug.get(row.values["slug"].rstrip("/").rsplit("/", 1)[-1])
        return None if pole is None else [pole]
    return by_name.get(sort_key(row.values["name"])[:250], [])


def _hold(poles: Mapping[UUID, Pole]) -> _Held:
    held = _Held(defaultdict(set), defaultdict(set), defaultdict(list), defaultdict(set))
    covered = PerimeterCommune.objects.filter(
        perimeter__subject__in=poles,
        perimeter__kind=Perimeter.Kind.COOPERATION,
        perimeter__valid_to=None,
    )
    for pole, code in covered.order_by("pk").values_list("perimeter__subject", "commune__code"):
        held.communes[pole].add(code)
    for model, into in ((Carrier, held.carriers), (Membership, held.members)):
        rows = model.objects.filter(pole__in=poles, valid_to=None)
        for pole, key in rows.values_list("pole", "actor__sort_key"):
            into[pole].add(key)
    for fact in Fact.objects.filter(subject__in=poles, superseded_at=None).order_by("pk"):
        held.facts[fact.subject_id].append(fact)
    return held


def _compare(context: Context, row: Row, poles: list[Pole] | None, held: _Held) -> Outcome:
    values, label = row.values, row.values["name"]
    if poles is None:
        message = _("Aucun pôle n'a cette adresse : laissez-la vide pour ajouter un pôle.")
        return Outcome(REFUSED, label, problems=(Problem("unknown_slug", message, "slug", values["slug"]),))
    if len(poles) > 1:
        message = _("Plusieurs pôles s'appellent ainsi : donnez l'adresse de celui-ci (%(slugs)s).")
        slugs = ", ".join(pole.slug for pole in poles)
        problem = Problem("several_poles", message % {"slugs": slugs}, "name", label)
        return Outcome(REFUSED, label, problems=(problem,))
    if refusal := _refusal(context, poles, values):
        return Outcome(REFUSED, label, problems=(Problem("outside_scope", refusal, "name", label),))
    return _newcomer(context, row) if not poles else _addition(context, row, poles[0], held)


def _refusal(context: Context, poles: Sequence[Pole], values: Mapping[str, Any]) -> str:
    """Why the person may not: a moderator brings the poles of the territory they moderate."""
    if context.by is None:
        return ""
    today = timezone.localdate()
    if poles:
        allowed = poles_perms.can_edit(context.by, poles[0], on=today)
        return "" if allowed else allowed.reason
    scope = perms.moderation_scope(context.by, today)
    if scope.everything or scope.network_ids:
        return ""
    zones = Zone.objects.filter(
        level=Level.COMMUNE, cog_year=settings.COG_YEAR, code__in=values.get("communes", ())
    )
    levels = ("pk", "department_id", "region_id", "former_region_id", "epci_id")
    near = {pk for found in zones.values_list(*levels) for pk in found}
    if near & scope.zone_ids:
        return ""
    return _("Ce pôle n'est pas sur le territoire que vous modérez : donnez ses communes.")


def _newcomer(context: Context, row: Row) -> Outcome:
    values = row.values
    found = _Found(
        carrier="carrier" in values,
        members=list(values.get("members", ())),
        sectors=list(values.get("sectors", ())),
        figures=figures.of(values),
    )
    changes = [Change(_("Pôle"), "", values["name"])]
    if "stage" in values:
        changes.append(Change(_("Stade"), "", str(Stage(values["stage"]).label)))
    if "communes" in values:
        changes.append(Change(_("Communes"), "", _places(values["communes"])))
    return Outcome(ADDED, values["name"], (*changes, *_changes(row, found)), found=found)


def _addition(context: Context, row: Row, pole: Pole, held: _Held) -> Outcome:
    values, living = row.values, held.facts[pole.pk]
    terms = {fact.term for fact in living if fact.code == "pole.sector"}
    carrier = values.get("carrier")
    found = _Found(
        pole=pole,
        carrier=bool(carrier) and sort_key(carrier or "") not in held.carriers[pole.pk],
        members=[one for one in values.get("members", ()) if sort_key(one) not in held.members[pole.pk]],
        sectors=[one for one in values.get("sectors", ()) if one not in terms],
        figures=figures.new(figures.of(values), living, context.options.get("year")),
    )
    changes = tuple(_changes(row, found, living))
    problems = tuple(_left_out(pole, values, held))
    return Outcome(CHANGED if changes else SAME, pole.actor.name, changes, problems, found=found)


def _left_out(pole: Pole, values: Mapping[str, Any], held: _Held) -> Iterable[Problem]:
    """Tell what the line says of a known pole that only its sheet may change."""
    message = _("Cette fiche existe : changez ceci sur sa page, avec un motif. La case n'est pas reprise.")
    summaries = {fact.text for fact in held.facts[pole.pk] if fact.code == "pole.summary"}
    if "stage" in values and values["stage"] != pole.stage:
        yield Problem("on_the_sheet", message, "stage", values["stage"], REMARK)
    if values.get("communes") and set(values["communes"]) != held.communes[pole.pk]:
        yield Problem("on_the_sheet", message, "communes", "; ".join(values["communes"])[:200], REMARK)
    if values.get("intention") and values["intention"] not in summaries:
        yield Problem("on_the_sheet", message, "intention", values["intention"][:200], REMARK)


def _changes(row: Row, found: _Found, living: Sequence[Fact] = ()) -> Iterable[Change]:
    if found.carrier:
        yield Change(_("Structure porteuse"), "", row.values["carrier"])
    if found.sectors:
        lang = (get_language() or "fr")[:2]
        words = catalogue.vocabulary("sector")
        yield Change(_("Secteurs"), "", ", ".join(words.label(one, lang) for one in found.sectors))
    if found.members:
        yield Change(_("Membres"), "", ", ".join(found.members))
    yield from figures.changes(found.figures, living)


def _places(codes: Sequence[str]) -> str:
    known = base.load(settings.COG_YEAR)
    shown = ", ".join(f"{known.names[known.index[code]]} ({code})" for code in codes[:6])
    more = _(" et %(n)d autres") % {"n": len(codes) - 6} if len(codes) > 6 else ""
    return shown + more


# ------------------------------------------------------------------------------------------- writing


def write(context: Context, rows: Sequence[tuple[Row, Outcome]]) -> list[list[Wrote]]:
    """Write what each line adds, through the verbs of the poles: each has its event on the pole."""
    return [_write(context, row, outcome.found) for row, outcome in rows]


def _write(context: Context, row: Row, found: _Found) -> list[Wrote]:
    wrote: list[Wrote] = []
    pole = found.pole or _register(context, row, wrote)
    if found.carrier and found.pole is not None:
        actor = actor_named(context, row.values["carrier"], wrote, public=pole.actor.subject.public)
        carrier = add_carrier(pole, actor, by=context.by, source=context.source)
        wrote.append({"what": "carrier", "pk": carrier.pk})
    for member in found.members:
        actor = actor_named(context, member, wrote, public=pole.actor.subject.public)
        row_ = add_member(pole, actor, by=context.by, source=context.source)
        wrote.append({"what": "member", "pk": row_.pk})
    for code, value in [*(("pole.sector", one) for one in found.sectors), *found.figures.items()]:
        fact = figures.record(context, pole, code, value)
        wrote.append({"what": "fact", "pk": fact.pk.hex})
    return [*wrote, {"what": "pole", "pk": pole.pk.hex, "born": found.pole is None, "seq": _last(pole)}]


def _register(context: Context, row: Row, wrote: list[Wrote]) -> Pole:
    values, public = row.values, bool(context.options.get("public"))
    carrier = None
    if "carrier" in values:
        carrier = actor_named(context, values["carrier"], wrote, public=public)
    pole = register_pole(
        values["name"],
        carrier=carrier,
        codes=values.get("communes", ()),
        cog_year=settings.COG_YEAR,
        intention=values.get("intention", ""),
        stage=values.get("stage", ""),
        by=context.by,
        source=context.source,
        status=RegisterStatus.SPOTTED,
        public=public,
    )
    for held in Carrier.objects.filter(pole=pole):
        wrote.append({"what": "carrier", "pk": held.pk})
    for fact in Fact.objects.filter(subject=pole.pk):
        wrote.append({"what": "fact", "pk": fact.pk.hex})
    return pole


def actor_named(context: Context, called: str, wrote: list[Wrote], *, public: bool) -> Actor:
    """Return the one living organisation of this very name, or describe it."""
    key = sort_key(called)[:250]
    rows = Actor.objects.filter(sort_key=key, pole=None, subject__closed_at=None, subject__merged_into=None)
    same = [actor for actor in rows.order_by("pk")[:5] if search_text(actor.name) == search_text(called)]
    if len(same) == 1:
        return same[0]
    actor, born = imports_found.born(context, called, public=public)
    wrote.append(born)
    return actor


def _last(pole: Pole) -> int:
    return Event.objects.filter(subject=pole.pk).aggregate(last=Max("seq"))["last"] or 0


def undo(context: Context, wrote: list[Wrote]) -> None:
    """Take back what a line wrote; refused when anybody wrote on the pole since."""
    told = next(one for one in wrote if one["what"] == "pole")
    pole = Pole.objects.select_related("actor__subject").get(pk=UUID(told["pk"]))
    if _last(pole) != told["seq"]:
        message = _("La fiche « %(name)s » a été modifiée depuis : reprenez-la à la main.")
        raise DomainError("touched_since", message % {"name": pole.actor.name}, status=409)
    for one in reversed(wrote):
        take_back(context, one)
    if told["born"]:
        Subject.objects.filter(pk=pole.pk).update(public=False)
        close_pole(pole, by=context.by, reason=str(UNDONE))


def take_back(context: Context, one: Wrote) -> None:
    """Take back one thing that a line wrote: struck out, withdrawn, or closed."""
    if one["what"] == "carrier":
        strike(Carrier.objects.select_related("pole__actor__subject").get(pk=one["pk"]), reason=str(UNDONE),
               by=context.by)  # fmt: skip
    elif one["what"] == "member":
        strike(Membership.objects.select_related("pole__actor__subject").get(pk=one["pk"]),
               reason=str(UNDONE), by=context.by)  # fmt: skip
    elif one["what"] == "fact":
        fact = Fact.objects.select_related("subject").get(pk=UUID(one["pk"]))
        facts.withdraw(fact, by=context.by, reason=str(UNDONE))
    elif one["what"] == "actor":
        imports_found.take_back(one)


def settle(rows: Sequence[list[Wrote]]) -> None:
    """Bring up to date the actors that lines had born; the verbs of the poles do the rest."""
    imports_found.settle([[one for one in wrote if one["what"] in {"actor", "pole"}] for wrote in rows])


KIND = register_kind(
    Kind(
        code="poles",
        label=gettext_lazy("Feuille de pôles"),
        lede=gettext_lazy("Un pôle par ligne : ceux qui manquent sont ajoutés, les autres complétés."),
        columns=COLUMNS,
        options=OPTIONS,
        more=figures.column,
        key=_key,
        compare=compare,
        write=write,
        undo=undo,
        settle=settle,
        may=may,
    )
)
