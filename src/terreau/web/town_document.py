"""« Ma commune » on one page of paper: whom to call, which poles, what comes next."""

from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.design.numbers import with_unit
from terreau.design.pdf import Block, Bullets, Cell, Heading, Paragraph, Row, Sources, Table
from terreau.sheets.facts import language
from terreau.sheets.town import Town, TownPole
from terreau.web.territory_document import cited

#: Lines of each list: more would be a second page; the page on screen has them all.
_MOST = 8


def blocks(town: Town, sources: Sources) -> list[Block]:
    """Return the sheet; the sources of contacts are gathered in ``sources``."""
    return [*_poles(town, sources), *_seats(town), *_gifts(town, sources), *_coming(town)]


def _poles(town: Town, sources: Sources) -> Iterable[Block]:
    yield Heading(_("Les pôles, et qui appeler"))
    if not town.poles:
        yield Paragraph(_("Aucun pôle connu ne touche cette commune."))
        if town.nearest:
            near = [
                Cell(f"{pole.name}, {with_unit(round(pole.distance), 'km', language())}")
                for pole in town.nearest[:3]
            ]
            yield Paragraph(_("Les plus proches, à vol d'oiseau :"))
            yield Bullets(near)
        return
    rows: list[Row] = [
        [Cell(_name(one), strong=True), ", ".join(one.carriers) or _("inconnue"), _call(one, sources)]
        for one in town.poles[:_MOST]
    ]
    yield Table([_("Pôle"), _("Structure porteuse"), _("Qui appeler")], rows, (4, 4, 5))
    yield from _more(len(town.poles))


def _name(one: TownPole) -> str:
    marks = [
        *([_("exemple fictif")] if one.pole.fictional else []),
        *([] if one.pole.sure else [_("peut-être ici")]),
    ]
    return f"{one.pole.name} ({', '.join(marks)})" if marks else one.pole.name


def _call(one: TownPole, sources: Sources) -> Cell:
    if one.contact is None:
        return Cell(_("inconnu du registre"))
    said = [
        fact.display
        for code in ("role", "phone", "email")
        if (fact := one.contact.lines.get(code)) is not None
    ]
    ranks = sorted({rank for fact in one.contact.lines.values() for rank in cited(fact.source, sources)})
    name = "" if one.contact.name == one.pole.name else f"{one.contact.name} : "
    return Cell(f"{name}{', '.join(said)}", ranks)


def _seats(town: Town) -> Iterable[Block]:
    if not town.seats:
        return
    yield Heading(_("La place de la commune et de son intercommunalité"))
    rows: list[Row] = [
        [seat.authority, Cell(seat.pole, strong=True), seat.role, seat.since or _("date inconnue")]
        for seat in town.seats[:_MOST]
    ]
    yield Table([_("Collectivité"), _("Pôle"), _("Rôle"), _("Depuis")], rows, (4, 4, 3, 2))
    yield from _more(len(town.seats))


def _gifts(town: Town, sources: Sources) -> Iterable[Block]:
    if not town.gifts:
        return
    yield Heading(_("Ce qui leur a été donné"))
    rows: list[Row] = [
        [
            Cell(one.beneficiary, strong=True),
            one.giver,
            Cell(one.amount, cited(one.source, sources)),
            date_format(one.on) if one.on else _("inconnue"),
            date_format(one.until) if one.until else _("inconnue"),
        ]
        for one in town.gifts[:_MOST]
    ]
    headers = [_("À qui"), _("Par"), _("Montant"), _("Décidée le"), _("Jusqu'au")]
    yield Table(headers, rows, (4, 4, 3, 3, 3), numeric=(2,))
    yield from _more(len(town.gifts))


def _coming(town: Town) -> Iterable[Block]:
    if town.coming:
        yield Heading(_("Prochaines dates"))
        yield Bullets([Cell(f"{one.when} : {one.what}") for one in town.coming[:_MOST]])


def _more(count: int) -> Iterable[Block]:
    if count > _MOST:
        yield Paragraph(_("La suite est à la page de la commune."), soft=True)
