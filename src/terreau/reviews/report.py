"""What a campaign gave, item by item, and its report as a tagged PDF with both signatures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from terreau.design import pdf
from terreau.design.pdf import Block, Bullets, Cell, Document, Heading, Paragraph, Row, Sources, Table
from terreau.reviews import campaigns, drawing, external
from terreau.reviews.drawing import Bar, Sector
from terreau.reviews.models import Dissent, Mode, Outcome, Reply, Review, Seat, Signature, State
from terreau.reviews.rules import Said, differences
from terreau.reviews.statements import Axis, Item, Questionnaire, language, questionnaire


@dataclass(frozen=True, slots=True)
class Line:
    """An item of a campaign: what the pole said before, what is answered now, and what followed.

    ``ours`` is the frozen copy for a reviewer; ``theirs`` is the workshop's or the reviewer's answer.
    """

    item: Item
    ours: Said
    theirs: Said
    differs: bool
    our_level: str
    our_target: str
    level: str
    target: str
    dissents: tuple[Dissent, ...] = ()
    reply: Reply | None = None
    outcome: Outcome | None = None
    kept: str = ""

    @property
    def changed(self) -> bool:
        """Say whether the level differs (a target alone may)."""
        return (self.ours.level, self.ours.not_concerned) != (self.theirs.level, self.theirs.not_concerned)


@dataclass
class _Told:
    """What is held of a campaign, by item."""

    ours: dict[str, Said] = field(default_factory=dict)
    dissents: dict[str, list[Dissent]] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)


def lines_of(review: Review) -> list[Line]:
    """Return a workshop or a co-evaluation item by item; a handful of queries whatever their number."""
    asked, told = questionnaire(review.grid_version), _told(review)
    kind = Seat.Kind.WORKSHOP if review.mode == Mode.INTERNAL else Seat.Kind.REVIEWER
    theirs = campaigns.answers_of(review.seats.get(kind=kind))
    differ = differences(asked.codes, told.ours, theirs) if review.mode == Mode.EXTERNAL else {}
    return [_line(asked, item, told, theirs, item.code in differ) for item in asked]


def _told(review: Review) -> _Told:
    told = _Told(
        replies={row.criterion: row for row in review.replies.select_related("by") if row.words},
        outcomes={row.criterion: row for row in review.outcomes.select_related("by")},
    )
    if review.mode == Mode.EXTERNAL:
        told.ours = external.frozen_answers(review)
    for row in review.dissents.filter(withdrawn_at=None):
        told.dissents.setdefault(row.criterion, []).append(row)
    return told


def _line(asked: Questionnaire, item: Item, told: _Told, theirs: dict[str, Said], differs: bool) -> Line:
    ours, now = told.ours.get(item.code, Said()), theirs.get(item.code, Said())
    outcome = told.outcomes.get(item.code)
    return Line(
        item,
        ours,
        now,
        differs,
        level_words(asked, ours),
        asked.label(ours.target),
        level_words(asked, now),
        asked.label(now.target),
        tuple(told.dissents.get(item.code, ())),
        told.replies.get(item.code),
        outcome,
        level_words(asked, Said.of(outcome)) if outcome else "",
    )


def level_words(asked: Questionnaire, said: Said) -> str:
    """Return a level with its number, « non concerné », or nothing."""
    if said.not_concerned:
        return _("non concerné")
    return "" if said.level is None else f"{said.level} · {asked.label(said.level)}"


def sectors(
    axes: Iterable[Axis], said: dict[str, Said], before: dict[str, Said] | None = None
) -> list[Sector]:
    """Return what ``drawing.rose`` draws of answers by item."""
    old = before or {}
    return [
        Sector(
            axis.code,
            [_bar(said.get(item.code, Said()), old.get(item.code)) for item in axis.items],
        )
        for axis in axes
    ]


def _bar(said: Said, before: Said | None) -> Bar:
    return Bar(said.level, said.target, before.level if before else None, said.not_concerned)


# The document


def document(review: Review, *, footer: str) -> Document:
    """Return the report of a workshop or of a co-evaluation, whatever its state: the state is said."""
    asked, lines = questionnaire(review.grid_version), lines_of(review)
    blocks: list[Block] = [Paragraph(_state(review), soft=True), _drawn(review, asked, lines)]
    legend = (
        _("En plein, l'évaluateur ; en tirets, le pôle sur la copie figée ; en ocre, où aller.")
        if review.mode == Mode.EXTERNAL
        else _("En plein, où nous en sommes ; en ocre, où nous voulons aller.")
    )
    blocks.append(Paragraph(legend, soft=True))
    if review.words:
        blocks.append(Paragraph(review.words))
    if review.mode == Mode.EXTERNAL:
        blocks += _external(review, lines)
    else:
        blocks += _by_axis(asked, lines)
    return Document(
        title=review.title,
        lang=language(),
        blocks=blocks,
        sources=Sources(),
        kind=f"{review.pole.actor.name} · {review.get_mode_display()}",
        lede=f"{asked.title}, {_('version')} {asked.version}",
        footer=footer,
        licence=_("Document réservé au pôle et à ceux à qui il le remet."),
    )


def _state(review: Review) -> str:
    opened = _("Ouverte le %(day)s.") % {"day": _day(review.opened_at)}
    if review.mode != Mode.EXTERNAL:
        closed = review.closed_at
        words = _("Close le %(day)s.") % {"day": _day(closed)} if closed else _("Encore ouverte.")
        return f"{opened} {words}"
    held = _("Copie figée du pôle, empreinte SHA-256 : %(digest)s.") % {"digest": review.frozen_copy.digest}
    return f"{opened} {held}"


def _day(at: object) -> str:
    return date_format(localtime(at), "j F Y")  # type: ignore[arg-type]


def _drawn(review: Review, asked: Questionnaire, lines: list[Line]) -> pdf.Drawing:
    said = {line.item.code: line.theirs for line in lines}
    ours = {line.item.code: line.ours for line in lines} if review.mode == Mode.EXTERNAL else None
    alt = _("Une barre par item, du centre vers le bord : %(scale)s. Le tableau qui suit dit la même chose.")
    words = alt % {"scale": ", ".join(f"{step.value} {step.label}" for step in asked.scale)}
    return pdf.Drawing(str(drawing.rose(sectors(asked.axes, said, ours), asked.levels, words)), words, 11)


def _by_axis(asked: Questionnaire, lines: list[Line]) -> list[Block]:
    found: list[Block] = []
    for axis in asked.axes:
        rows = [_agreed(line) for line in lines if line.item.axis == axis.code]
        found.append(Heading(f"{axis.code} · {axis.title}"))
        headers = [_("Item"), _("Où en sommes-nous"), _("Où voulons-nous aller"), _("Premier pas, remarque")]
        found.append(Table(headers, rows, [4, 3, 3, 5], caption=axis.title))
        said = [
            _dissent(asked, line, row)
            for line in lines
            if line.item.axis == axis.code
            for row in line.dissents
        ]
        if said:
            found += [Heading(_("Désaccords gardés"), 2), Bullets(said)]
    return found


def _agreed(line: Line) -> Row:
    words = " — ".join(filter(None, (line.theirs.first_step, line.theirs.words)))
    return [f"{line.item.code} {line.item.title}", line.level or _("sans réponse"), line.target, words]


def _dissent(asked: Questionnaire, line: Line, row: Dissent) -> Cell:
    level = f" ({row.level} · {asked.label(row.level)})" if row.level is not None else ""
    return Cell(f"{line.item.code}, {row.name}{level} : {row.words}")


def _external(review: Review, lines: list[Line]) -> list[Block]:
    seat = external.seat_of(review)
    who = f"{seat.actor}, {seat.get_quality_display()}" if seat.actor else ""
    found: list[Block] = [Paragraph(_("Évaluateur : %(who)s.") % {"who": who})]
    found.append(Heading(_("Où les regards diffèrent")))
    differ = [line for line in lines if line.differs]
    if not differ:
        found.append(Paragraph(_("Nulle part : l'évaluateur répond comme le pôle.")))
    for line in differ:
        found += _difference(line)
    found += [*_signatures(review), Heading(_("Toutes les réponses"))]
    headers = [_("Item"), _("Le pôle"), _("L'évaluateur"), _("Motif")]
    rows: list[Row] = [
        [f"{line.item.code} {line.item.title}", line.our_level or "–", line.level or "–", line.theirs.words]
        for line in lines
    ]
    found.append(Table(headers, rows, [5, 3, 3, 5], caption=_("Les deux réponses à chaque item")))
    return found


def _difference(line: Line) -> list[Block]:
    said = [
        Cell(_("Le pôle : %(level)s.") % {"level": line.our_level or _("sans réponse")}),
        Cell(_("L'évaluateur : %(level)s. %(words)s") % {"level": line.level, "words": line.theirs.words}),
    ]
    if line.reply:
        said.append(Cell(_("Le pôle répond : %(words)s") % {"words": line.reply.words}))
    if line.outcome:
        kept = _("Suite : %(choice)s (%(level)s). %(reason)s")
        choice = line.outcome.get_choice_display()
        said.append(Cell(kept % {"choice": choice, "level": line.kept, "reason": line.outcome.reason}))
    return [Heading(f"{line.item.code} {line.item.title}", 2), Bullets(said)]


def _signatures(review: Review) -> list[Block]:
    held = campaigns.signed(review)
    found: list[Block] = [Heading(_("Signatures"))]
    for side in Signature.Side.values:
        row = held.get(side)
        found.append(Paragraph(_signature(row) if row else _unsigned(side)))
    if review.state in {State.SIGNED, State.CLOSED} and held:
        digest = next(iter(held.values())).digest
        words = _("Empreinte SHA-256 du rapport signé : %(digest)s.") % {"digest": digest}
        found.append(Paragraph(words, soft=True))
    return found


def _unsigned(side: str) -> str:
    pole = side == Signature.Side.POLE
    return _("Le pôle n'a pas signé.") if pole else _("L'évaluateur n'a pas signé.")


def _signature(row: Signature) -> str:
    side = _("Pour le pôle") if row.side == Signature.Side.POLE else _("Pour l'évaluateur")
    mandate = _(" Mandat : %(mandate)s.") % {"mandate": row.mandate} if row.mandate else ""
    said = _("%(side)s : %(name)s, %(quality)s, le %(day)s, après s'être identifié de nouveau.")
    return said % {"side": side, "name": row.name, "quality": row.quality, "day": _day(row.at)} + mandate
