"""The statement of voluntary contributions of a year, for its page, its files and its PDF alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.bookkeeping import chart, gifts, said
from terreau.bookkeeping.rules import Sum
from terreau.design.pdf import Block, Bullets, Cell, Document, Heading, Paragraph, Row, Sources, Table
from terreau.poles.models import Pole, Stage


@dataclass(frozen=True, slots=True)
class Line:
    """What an organisation gave of one kind."""

    name: str
    what: str
    use: str
    resource: str
    sum: Sum


@dataclass(frozen=True, slots=True)
class Side:
    """A use and a resource facing one another, and the total at the foot."""

    what: str
    use: str
    resource: str
    sum: Sum


def rows(found: gifts.Year, names: Mapping[UUID, str]) -> list[Line]:
    """Return what each organisation gave, by name then kind."""
    plan = chart.plan().gifts
    made = [
        Line(names.get(giver, ""), what, *plan.get(what, ("86", "87")), one)
        for giver, whats in found.statement.by_giver.items()
        for what, one in whats.items()
    ]
    return sorted(made, key=lambda one: (one.name.casefold(), one.what))


def sides(found: gifts.Year) -> list[Side]:
    """Return the statement itself: for each kind its use and its resource."""
    plan = chart.plan().gifts
    return [Side(what, *plan.get(what, ("86", "87")), one) for what, one in found.statement.by_what.items()]


def document(pole: Pole, year: int, found: gifts.Year, names: Mapping[UUID, str]) -> Document:
    """Return the statement as a document in the language of the reader."""
    blocks: list[Block] = []
    if found.statement.total.lines or found.statement.apart.lines:
        blocks += [*_both(found), *_by_giver(found, names), *_by_phase(found), *_apart(found)]
    else:
        blocks.append(Paragraph(_("Rien n'a été donné au pôle cette année-là, ou rien n'est au livre.")))
    blocks += _methods(pole, found)
    return Document(
        title=_("Contributions volontaires %(year)d") % {"year": year},
        lang=get_language() or "fr",
        kind=" · ".join(
            one for one in (pole.actor.name, _("exemple fictif") if pole.fictional else "") if one
        ),
        lede=_(
            "Ce qui a été donné au pôle sans paiement : temps, locaux, matériel, services. "
            "À côté de l'argent, jamais dedans."
        ),
        blocks=blocks,
        sources=Sources(),
        footer=_("Établi le %(day)s d'après le livre du pôle") % {"day": date_format(_today())},
    )


def _today() -> date:
    return timezone.localdate()


def _both(found: gifts.Year) -> list[Block]:
    made = found.statement
    lines: list[Row] = [
        [
            Cell(str(said.WHATS[one.what]), strong=True),
            said.gift_account(one.use),
            said.gift_account(one.resource),
            said.quantities(one.sum.quantities),
            _money(one.sum),
        ]
        for one in sides(found)
    ]
    uses = sum(one.cents for one in made.uses.values())
    resources = sum(one.cents for one in made.resources.values())
    lines.append([Cell(_("Total des emplois (86)"), strong=True), "", "", "", said.euros(uses)])
    lines.append([Cell(_("Total des ressources (87)"), strong=True), "", "", "", said.euros(resources)])
    headers = [
        _("Nature du don"),
        _("Compte d'emploi"),
        _("Compte de ressource"),
        _("Quantités"),
        _("Valeur"),
    ]
    return [
        Heading(_("Emplois et ressources")),
        Table(headers, lines, (4, 4, 4, 3, 2), _("Comptes 86 et 87"), (4,)),
        Paragraph(_("Les deux totaux sont égaux, comme ils doivent l'être."), soft=True),
    ]


def _money(one: Sum) -> str:
    if not one.valued:
        return _("sans valeur")
    return said.euros(one.cents) + (
        " " + _("(%(count)d ligne(s) sans valeur)") % {"count": one.unvalued} if one.unvalued else ""
    )


def _by_giver(found: gifts.Year, names: Mapping[UUID, str]) -> list[Block]:
    lines: list[Row] = [
        [
            Cell(one.name, strong=True),
            str(said.WHATS[one.what]),
            said.quantities(one.sum.quantities),
            _money(one.sum),
        ]
        for one in rows(found, names)
    ]
    headers = [_("Organisation"), _("Nature du don"), _("Quantités"), _("Valeur")]
    return [
        Heading(_("Qui a donné")),
        Table(headers, lines, (4, 4, 3, 2), _("Dons de chaque organisation"), (3,)),
    ]


def _by_phase(found: gifts.Year) -> list[Block]:
    stages = dict(Stage.choices)
    lines: list[Row] = [
        [
            Cell(str(stages.get(stage, _("stade inconnu"))), strong=True),
            str(said.WHATS[what]),
            said.quantities(one.quantities),
            _money(one),
        ]
        for stage, whats in found.statement.by_phase.items()
        for what, one in whats.items()
    ]
    headers = [_("Stade du pôle"), _("Nature du don"), _("Quantités"), _("Valeur")]
    return [Heading(_("À quel stade")), Table(headers, lines, (4, 4, 3, 2), _("Dons par stade"), (3,))]


def _apart(found: gifts.Year) -> list[Block]:
    apart = found.statement.apart
    if not apart.lines:
        return []
    words = _(
        "À part, hors de tout total : %(lines)d ligne(s) déjà payée(s) ailleurs ou à trancher, "
        "%(quantities)s."
    )
    values = {"lines": apart.lines, "quantities": said.quantities(apart.quantities) or "–"}
    return [Paragraph(words % values)]


def _methods(pole: Pole, found: gifts.Year) -> list[Block]:
    used = gifts.rates_on(pole, found.last)
    lines = [
        Cell(
            _("%(what)s : %(amount)s %(each)s, depuis le %(day)s (%(method)s ; %(source)s)")
            % {
                "what": one.what,
                "amount": said.euros(one.cents),
                "each": said.EACH[one.unit],
                "day": date_format(one.since),
                "method": one.get_method_display(),
                "source": one.source,
            }
        )
        for one in used
    ]
    note = _(
        "Comptes d'après le règlement ANC 2018-06, à vérifier par qui tient les comptes. "
        "Une ligne sans valeur reste comptée dans son unité."
    )
    blocks: list[Block] = [Heading(_("Comment c'est compté")), Paragraph(note, soft=True)]
    return [*blocks, Bullets(lines)] if lines else blocks
