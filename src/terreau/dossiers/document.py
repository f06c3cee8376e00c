"""A file as a document to read and print: a draft says so on every page, a deposit its number and digest.

What is printed of a deposit is its frozen copy, under the form that it answered: the same bytes each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.actors.models import Actor
from terreau.calls import form_rules
from terreau.common.text import search_text
from terreau.design.pdf import Block, Cell, Document, Heading, Note, Paragraph, Row, Sources, Table
from terreau.dossiers import freezing, frozen, saying
from terreau.dossiers.deadline import paris
from terreau.dossiers.models import Dossier, FrozenCopy

#: Answers longer than this stand under their question, not beside it.
_LONG = 160


@dataclass(frozen=True, slots=True)
class Edition:
    """What is printed: what the file says, the form it answers, and of which copy (None: the draft)."""

    told: Mapping[str, Any]
    content: Mapping[str, Any]
    at: datetime
    copy: FrozenCopy | None
    fictional: bool
    #: Names of the organisations that signed, and whether each signature stands for this very text.
    signed: Sequence[tuple[str, str, bool]] = ()
    receipt: str = ""
    late: bool = False

    @property
    def title(self) -> str:
        """What the file is called."""
        return str(self.told["title"] or self.told["applicant"]["name"])


def of_draft(dossier: Dossier, *, at: datetime) -> Edition:
    """Return the file as it is written now."""
    told = freezing.document(dossier)
    return Edition(told, dossier.form.content, at, None, dossier.example, _signatures(told))


def of_copy(copy: FrozenCopy) -> Edition:
    """Return a frozen copy. Its form, its files and its bytes are those of its instant."""
    told = frozen.read(copy)
    receipt = getattr(copy, "receipt", None)
    return Edition(
        told,
        copy.form.content,
        copy.at,
        copy,
        copy.dossier.example,
        _signatures(told),
        receipt.number if receipt else "",
        bool(receipt and receipt.late),
    )


def _signatures(told: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """Return who signed, when, and whether it was this very text."""
    rows = told.get("signed", [])
    actors = Actor.objects.filter(pk__in=[UUID(one["actor"]) for one in rows])
    names = {str(pk): name for pk, name in actors.values_list("pk", "name")}
    return [
        (
            names.get(one["actor"], one["actor"]),
            paris(datetime.fromisoformat(one["at"])),
            bool(one.get("stands", True)),
        )
        for one in rows
    ]


def document(edition: Edition) -> Document:
    """Return the document of a file, in the language of the reader; the same edition gives the same one."""
    copy, told = edition.copy, edition.told
    state = _("Brouillon : ce dossier n'est pas déposé") if copy is None else _said_copy(copy)
    flag = _("exemple fictif") if edition.fictional else ""
    return Document(
        title=edition.title,
        lang=(get_language() or "fr")[:2],
        kind=" · ".join(filter(None, (told["call"]["title"], state, flag))),
        lede=_lede(told),
        blocks=[*_identity(edition), *_pages(edition), *_pieces(told), *_signed(edition)],
        sources=Sources(),
        footer=_footer(edition),
        licence=_("Document confidentiel : il est à l'équipe du dossier et à ceux qui l'instruisent."),
        made=int(edition.at.timestamp()) if copy is not None else None,
        keywords=[told["number"]],
    )


def file_name(edition: Edition) -> str:
    """Return the readable name of the file to save, without its extension."""
    words = "-".join(search_text(edition.title).split())[:60].strip("-")
    end = _("brouillon") if edition.copy is None else _("copie-%(number)d") % {"number": edition.copy.number}
    return "-".join(part for part in (edition.told["number"], words, end) if part)


def _said_copy(copy: FrozenCopy) -> str:
    why = {
        FrozenCopy.Why.DEPOSIT: _("dossier déposé"),
        FrozenCopy.Why.COMPLEMENT: _("dossier avec ses compléments"),
        FrozenCopy.Why.AGREEMENT: _("dossier de la convention"),
        FrozenCopy.Why.WITHDRAWAL: _("dossier retiré"),
    }
    return why[FrozenCopy.Why(copy.why)]


def _lede(told: Mapping[str, Any]) -> str:
    applicant, pole = told["applicant"]["name"], told["pole"]
    if pole and pole["id"] != told["applicant"]["id"]:
        return _("Demande de %(name)s pour %(pole)s.") % {"name": applicant, "pole": pole["name"]}
    return _("Demande de %(name)s.") % {"name": applicant}


def _footer(edition: Edition) -> str:
    number = edition.told["number"]
    if edition.copy is None:
        words = _("Brouillon du dossier %(number)s, imprimé le %(when)s : rien n'est déposé.")
        return words % {"number": number, "when": paris(edition.at)}
    words = _("Dossier %(number)s, copie %(copy)d, empreinte SHA-256 %(hash)s")
    return words % {"number": number, "copy": edition.copy.number, "hash": edition.copy.sha256}


def _identity(edition: Edition) -> Iterator[Block]:
    told, copy = edition.told, edition.copy
    who, siren = told["applicant"]["name"], told["applicant"].get("siren")
    rows: list[tuple[str, str]] = [
        (_("Numéro du dossier"), told["number"]),
        (_("Appel"), told["call"]["title"]),
        (_("Volet de l'appel"), told.get("strand") or ""),
        (_("Qui demande"), f"{who} (SIREN {siren})" if siren else who),
        (_("Aide demandée"), saying.euros(told["asked_cents"]) if told["asked_cents"] is not None else ""),
        (_("Version du formulaire"), str(told["form"]["number"])),
    ]
    if copy is not None:
        rows += [
            (_("Reçu le"), paris(copy.at) + (f" – {_('hors délai')}" if edition.late else "")),
            (_("Récépissé"), edition.receipt),
            (_("Empreinte SHA-256"), copy.sha256),
        ]
    yield Table(
        [_("Le dossier"), _("Ce qu'il dit")],
        [[Cell(label, strong=True), value] for label, value in rows if value],
        (2, 5),
        _("Identité du dossier"),
    )


def _pages(edition: Edition) -> Iterator[Block]:
    answers = edition.told["answers"]
    shown = form_rules.visible(edition.content, answers)
    given = edition.told.get("given", {})
    for page in edition.content.get("pages", ()):
        blocks = [
            block
            for section in page.get("sections", ())
            for block in _section(section, answers, shown, given)
        ]
        if blocks:
            yield Heading(saying.localized(page, "title"))
            yield from blocks


def _section(
    section: Mapping[str, Any], answers: Mapping[str, Any], shown: frozenset[str], given: Mapping[str, Any]
) -> Iterator[Block]:
    fields = [one for one in section.get("fields", ()) if one["key"] in shown]
    if not fields:
        return
    title = saying.localized(section, "title")
    if title:
        yield Heading(title, level=2)
    beside: list[Row] = []
    for one in fields:
        value = answers.get(one["key"])
        if _fits_beside(one, value):
            beside.append(_line(one, value, given.get(one["key"])))
            continue
        if beside:
            yield _answers(beside)
            beside = []
        yield from _below(one, value)
    if beside:
        yield _answers(beside)


def _fits_beside(one: Mapping[str, Any], value: Any) -> bool:
    if saying.table(one, value) is not None:
        return False
    return sum(map(len, saying.lines(one, value))) <= _LONG


def _line(one: Mapping[str, Any], value: Any, given: Any) -> Row:
    lines = saying.lines(one, value)
    notes = [Note(text) for text in lines[1:]]
    if isinstance(given, Mapping) and given.get("words"):
        notes.append(Note(_("repris de : %(source)s") % {"source": given["words"]}))
    return [Cell(saying.label(one), strong=True), Cell(lines[0] if lines else _("sans réponse"), notes=notes)]


def _answers(rows: list[Row]) -> Table:
    return Table([_("Question"), _("Réponse")], rows, (2, 3))


def _below(one: Mapping[str, Any], value: Any) -> Iterator[Block]:
    made = saying.table(one, value)
    if made is not None:
        headers, rows, figures = made
        longest = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]
        widths = [max(2, min(6, width // 6)) for width in longest]
        yield Table(headers, [list(row) for row in rows], widths, saying.label(one), figures)
        return
    yield Paragraph(saying.label(one), soft=True)
    for text in saying.lines(one, value):
        yield Paragraph(text)


def _pieces(told: Mapping[str, Any]) -> Iterator[Block]:
    if not told["pieces"]:
        return
    yield Heading(_("Pièces jointes"))
    rows: list[Row] = [
        [Cell(one["name"], strong=True, notes=[Note(f"SHA-256 {one['sha256']}")]), _size(one["size"])]
        for one in told["pieces"]
    ]
    yield Table([_("Pièce"), _("Taille")], rows, (6, 1), _("Pièces jointes et leur empreinte"), (1,))


def _signed(edition: Edition) -> Iterator[Block]:
    if not edition.signed:
        return
    yield Heading(_("Signatures des partenaires"))
    rows: list[Row] = [
        [
            Cell(name, strong=True),
            Cell(when, notes=[] if stands else [Note(_("le dossier a changé depuis : à signer de nouveau"))]),
        ]
        for name, when, stands in edition.signed
    ]
    yield Table([_("Organisation"), _("Signé le")], rows, (3, 3), _("Organisations qui ont signé ce dossier"))


def _size(octets: int) -> str:
    if octets < 1_000_000:
        return _("%(n)d ko") % {"n": max(1, round(octets / 1000))}
    return _("%(n)s Mo") % {"n": f"{octets / 1_000_000:.1f}".replace(".", "," if _french() else ".")}


def _french() -> bool:
    return not (get_language() or "fr").startswith("en")
