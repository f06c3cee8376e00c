"""What minutes say, read from their frozen data: the same page and the same tagged PDF, each time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from terreau.design.pdf import Block, Bullets, Cell, Document, Heading, Paragraph, Row, Sources, Table
from terreau.governance.explained import Explained, explained, reason_words, words_of
from terreau.governance.models import Attendance, Ballot, Decision, Item, Majority, MinutesSignature, Seat


@dataclass(frozen=True, slots=True)
class Present:
    """A seat in the list of attendance."""

    name: str
    actor: str
    college: str
    role: str
    how: str
    code: str
    proxy: str
    observes: bool


@dataclass(frozen=True, slots=True)
class Objected:
    """An objection and what was made of it."""

    name: str
    words: str
    answer: str


@dataclass(frozen=True, slots=True)
class BallotSheet:
    """A vote: its question, its result told exactly, the choices when it was open."""

    rank: str
    question: str
    text: str
    secret: bool
    state: str
    stopped: bool
    result: Explained | None
    votes: tuple[tuple[str, str], ...] = ()
    objections: tuple[Objected, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionSheet:
    """A decision in the minutes."""

    number: int
    title: str
    text: str
    outcome: str
    code: str
    why: str
    decided_on: date | None
    ballots: tuple[BallotSheet, ...]
    actions: tuple[tuple[str, str, date | None], ...]


@dataclass(frozen=True, slots=True)
class ItemSheet:
    """A point of the agenda: what was presented, what was said, what was decided."""

    rank: int
    title: str
    kind: str
    text: str
    said: str
    decision: DecisionSheet | None


@dataclass(frozen=True, slots=True)
class MinutesSheet:
    """The minutes of a meeting."""

    title: str
    pole: str
    body: str
    starts_at: datetime
    ends_at: datetime
    place: str
    present: tuple[Present, ...]
    quorum: Mapping[str, Any]
    majority: str
    items: tuple[ItemSheet, ...] = field(default_factory=tuple)

    @property
    def voices(self) -> int:
        """How many seats had a voice that day."""
        return sum(not one.observes for one in self.present)

    @property
    def quorum_words(self) -> str:
        """The quorum in a sentence, with its numbers."""
        counted, needed = self.quorum["counted"], self.quorum["needed"]
        numbers = {"counted": counted, "seats": self.voices, "needed": needed}
        if self.quorum["reached"]:
            return _("Quorum atteint : %(counted)d voix présentes ou représentées sur %(seats)d, "
                     "il en fallait %(needed)d.") % numbers  # fmt: skip
        return _("Quorum non atteint : %(counted)d voix présentes ou représentées sur %(seats)d, "
                 "il en fallait %(needed)d.") % numbers  # fmt: skip


def read(data: Mapping[str, Any]) -> MinutesSheet:
    """Return what the data of ``minutes.build`` say, in the language of the reader; no query."""
    names = {one["seat"]: _name(one) for one in data["attendance"]}
    present = [_present(one, names) for one in data["attendance"]]
    majority = data["rules"].get("majority") if data["rules"] else None
    return MinutesSheet(
        title=data["title"],
        pole=data["pole"],
        body=data["body"],
        starts_at=localtime(datetime.fromisoformat(data["starts_at"])),
        ends_at=localtime(datetime.fromisoformat(data["ends_at"])),
        place=data["place"],
        present=tuple(sorted(present, key=lambda one: (one.observes, one.college, one.actor, one.name))),
        quorum=data["quorum"],
        majority=str(Majority(majority).label) if majority else "",
        items=tuple(_item(one, names) for one in data["items"]),
    )


def _name(one: Mapping[str, Any]) -> str:
    return f"{one['person']} ({one['actor']})" if one["person"] else str(one["actor"])


def _present(one: Mapping[str, Any], names: Mapping[str, str]) -> Present:
    how = str(Attendance.How(one["how"]).label) if one["how"] else _("sans réponse")
    return Present(
        name=one["person"],
        actor=one["actor"],
        college=one["college"],
        role=str(Seat.Role(one["role"]).label),
        how=how,
        code=one["how"],
        proxy=names.get(one["proxy"], ""),
        observes=one["role"] == Seat.Role.OBSERVER,
    )


def _item(one: Mapping[str, Any], names: Mapping[str, str]) -> ItemSheet:
    decision = _decision(one["decision"], names) if one["decision"] else None
    kind = str(Item.Kind(one["kind"]).label)
    return ItemSheet(one["rank"], one["title"], kind, one["text"], one["said"], decision)


def _decision(one: Mapping[str, Any], names: Mapping[str, str]) -> DecisionSheet:
    return DecisionSheet(
        number=one["number"],
        title=one["title"],
        text=one["text"],
        outcome=str(Decision.Outcome(one["outcome"]).label),
        code=one["outcome"],
        why=reason_words(one["why"]),
        decided_on=_day(one["decided_on"]),
        ballots=tuple(
            ballot_sheet(ballot, names, f"{one['number']}.{rank}")
            for rank, ballot in enumerate(one["ballots"], start=1)
        ),
        actions=tuple(
            (action["what"], ", ".join(filter(None, (action["person"], action["who"]))), _day(action["due"]))
            for action in one["actions"]
        ),
    )


def ballot_sheet(one: Mapping[str, Any], names: Mapping[str, str], rank: str) -> BallotSheet:
    """Return a vote of the minutes; ``names`` by identifier of seat, ``rank`` like « 12.1 »."""
    words = words_of(one["rules"])
    result = explained(one["rules"], one["result"], one["roll"]) if one["result"] else None
    votes = sorted((names.get(seat, seat), str(words[choice])) for seat, choice in one["votes"])
    objections = [
        Objected(names.get(row["seat"], ""), row["words"], row["answer"]) for row in one["objections"]
    ]
    return BallotSheet(
        rank=rank,
        question=one["question"],
        text=one["text"],
        secret=one["secret"],
        state=str(Ballot.State(one["state"]).label),
        stopped=one["state"] == Ballot.State.VOID,
        result=result,
        votes=tuple(votes),
        objections=tuple(objections),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


# The document


def document(
    sheet: MinutesSheet,
    *,
    footer: str,
    made: datetime,
    digest: str = "",
    signatures: Sequence[MinutesSignature] = (),
) -> Document:
    """Return the minutes as a tagged PDF; the same data and signatures give the same bytes."""
    blocks: list[Block] = [Paragraph(_when(sheet))]
    blocks += _attendance(sheet)
    for item in sheet.items:
        blocks += _item_blocks(item)
    blocks += _signed(signatures, digest)
    return Document(
        title=sheet.title,
        lang=(get_language() or "fr")[:2],
        blocks=blocks,
        sources=Sources(),
        kind=f"{sheet.pole} · {sheet.body}",
        lede=_("Compte rendu"),
        footer=footer,
        licence=_("Document réservé au pôle et à ceux à qui il le remet."),
        made=int(made.timestamp()),
    )


def _when(sheet: MinutesSheet) -> str:
    start, end = sheet.starts_at, sheet.ends_at
    place = f" · {sheet.place}" if sheet.place else ""
    return f"{date_format(start, 'l j F Y')}, {date_format(start, 'H:i')} – {date_format(end, 'H:i')}{place}"


def _attendance(sheet: MinutesSheet) -> list[Block]:
    headers = [_("Siège"), _("Collège"), _("Rôle"), _("Présence")]
    rows: list[Row] = []
    for one in sheet.present:
        how = f"{one.how} ({one.proxy})" if one.proxy else one.how
        rows.append([f"{one.name}, {one.actor}" if one.name else one.actor, one.college, one.role, how])
    blocks: list[Block] = [Heading(_("Présences")), Paragraph(sheet.quorum_words)]
    if rows:
        blocks.append(Table(headers, rows, [5, 3, 3, 4], caption=_("Qui était là, et qui représentait qui")))
    return blocks


def _item_blocks(item: ItemSheet) -> list[Block]:
    blocks: list[Block] = [Heading(f"{item.rank}. {item.title}")]
    blocks += [Paragraph(line, soft=True) for line in item.text.split("\n") if line.strip()]
    blocks += [Paragraph(line) for line in item.said.split("\n") if line.strip()]
    if item.decision:
        blocks += _decision_blocks(item.decision)
    return blocks


def _decision_blocks(one: DecisionSheet) -> list[Block]:
    title = _("Décision n° %(number)d : %(title)s") % {"number": one.number, "title": one.title}
    blocks: list[Block] = [Heading(title, 2), Paragraph(one.text)]
    for ballot in one.ballots:
        blocks += _ballot_blocks(ballot)
    blocks.append(Paragraph(" ".join(filter(None, (_outcome(one), one.why)))))
    if one.actions:
        lines = [Cell(" · ".join(filter(None, (what, who, _until(due))))) for what, who, due in one.actions]
        blocks += [Paragraph(_("Suites à donner :")), Bullets(lines)]
    return blocks


def _outcome(one: DecisionSheet) -> str:
    if one.decided_on is None:
        return _("Issue : %(outcome)s.") % {"outcome": one.outcome}
    day = date_format(one.decided_on, "j F Y")
    return _("Issue : %(outcome)s, le %(day)s.") % {"outcome": one.outcome, "day": day}


def _until(due: date | None) -> str:
    return _("pour le %(day)s") % {"day": date_format(due, "j F Y")} if due else ""


def _ballot_blocks(ballot: BallotSheet) -> list[Block]:
    if ballot.stopped or ballot.result is None:
        words = _("Le scrutin « %(question)s » a été arrêté : il n'a aucun effet.")
        return [Paragraph(words % {"question": ballot.question}, soft=True)]
    result = ballot.result
    cast = ngettext("%(cast)d voix exprimée", "%(cast)d voix exprimées", result.cast) % {"cast": result.cast}
    of = _("%(cast)s sur %(roll)d au scrutin") % {"cast": cast, "roll": result.roll} if result.roll else cast
    kind = _("Scrutin secret") if ballot.secret else _("Scrutin ouvert")
    headers = [_("Choix"), _("Voix"), _("Part exacte")]
    rows: list[Row] = [[one.label, str(one.voices), one.text] for one in result.shares]
    blocks: list[Block] = [Paragraph(f"{kind} : « {ballot.question} ». {of}.")]
    blocks.append(Table(headers, rows, [4, 2, 4], caption=ballot.question, numeric=[1]))
    if result.colleges:
        blocks.append(_by_college(result))
    needed = _("Il fallait : %(needed)s.") % {"needed": result.needed}
    blocks.append(Paragraph(" ".join(filter(None, (needed, result.expressed, result.reason)))))
    if ballot.votes:
        blocks.append(Bullets([Cell(f"{name} : {choice}") for name, choice in ballot.votes]))
    for one in ballot.objections:
        words = _("Objection de %(name)s : %(words)s") % {"name": one.name, "words": one.words}
        heard = _("Ce qui en est fait : %(answer)s") % {"answer": one.answer} if one.answer else ""
        blocks.append(Paragraph(" ".join(filter(None, (words, heard)))))
    return blocks


def _by_college(result: Explained) -> Table:
    headers = [_("Collège"), _("Voix"), _("Poids"), *(one.label for one in result.shares)]
    rows: list[Row] = [
        [one.name, str(one.cast), f"{one.weight} : {one.part_text}", *(share.text for share in one.shares)]
        for one in result.colleges
    ]
    return Table(headers, rows, [3, 1, 3, 3, 3, 3], caption=_("Ce que chaque collège apporte"), numeric=[1])


def _signed(signatures: Sequence[MinutesSignature], digest: str) -> list[Block]:
    blocks: list[Block] = [Heading(_("Signatures"))]
    lines = [
        Cell(f"{one.name}, {date_format(localtime(one.at), 'j F Y, H:i')}")
        for one in sorted(signatures, key=lambda one: one.pk)
    ]
    blocks.append(Bullets(lines) if lines else Paragraph(_("Personne n'a encore signé."), soft=True))
    if digest:
        words = _("Empreinte SHA-256 de ce qui est signé : %(digest)s.") % {"digest": digest}
        blocks.append(Paragraph(words, soft=True))
    return blocks
