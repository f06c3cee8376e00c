"""One page of the form of a file as it is written: its questions, what was sent, what came of each.

The page saves each question that changed: a question that somebody else answered meanwhile is shown with both
answers, the others are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from terreau.calls import form_rules
from terreau.calls.answer_rules import COMPUTED
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.dossiers import actions, living, saying, typed
from terreau.dossiers.models import Answer, AnswerChange, DossierPiece
from terreau.dossiers.perms import DossierSpace


@dataclass(slots=True)
class Outcome:
    """What came of a question that was sent: written or not, why not, what was typed."""

    written: bool = False
    problem: str = ""
    cells: Mapping[str, str] | None = None
    value: Any = None
    conflict: Mapping[str, Any] | None = None


@dataclass
class Page:
    """A page of the form for somebody who writes it."""

    space: DossierSpace
    code: str
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        codes = [str(page.get("code")) for page in self.content.get("pages", ())]
        if self.code not in codes:
            raise NotFoundError("unknown_page", _("Ce formulaire n'a pas cette page."))
        self.rank = codes.index(self.code)
        self.codes = codes

    @property
    def content(self) -> Mapping[str, Any]:
        """The form of the file."""
        content: Mapping[str, Any] = self.space.dossier.form.content
        return content

    @property
    def page(self) -> Mapping[str, Any]:
        """The page itself."""
        page: Mapping[str, Any] = self.content["pages"][self.rank]
        return page

    def address(self, code: str) -> str:
        """Return the address of a page of the form."""
        return reverse("dossier_write", args=[self.space.dossier.pk, code])

    @property
    def next(self) -> str:
        """The address of the page after this one; that of the deposit after the last."""
        if self.rank + 1 < len(self.codes):
            return self.address(self.codes[self.rank + 1])
        return reverse("dossier_deposit", args=[self.space.dossier.pk])

    @property
    def before(self) -> str:
        """The address of the page before this one, when there is one."""
        return self.address(self.codes[self.rank - 1]) if self.rank else ""

    @property
    def fields(self) -> list[Mapping[str, Any]]:
        """The questions of the page."""
        return [placed.field for placed in form_rules.fields(self.content) if placed.page == self.code]

    # What is held

    @cached_property
    def held(self) -> dict[str, Answer]:
        """The answers of the whole file."""
        return actions.answers_of(self.space.dossier)

    @cached_property
    def values(self) -> dict[str, Any]:
        """The answers as values, those of the grids read now."""
        return {key: row.value for key, row in self.held.items()}

    @cached_property
    def visible(self) -> frozenset[str]:
        """The questions that show."""
        return form_rules.visible(self.content, self.values)

    @cached_property
    def open_keys(self) -> frozenset[str] | None:
        """The only questions that may be answered, when somebody limits them."""
        return actions.open_keys(self.space.dossier)

    @cached_property
    def register(self) -> living.Living:
        """What the register holds of the applicant."""
        return living.of_dossier(self.space.dossier, timezone.localdate(), viewer=self.space.user)

    def forget(self) -> None:
        """Read again what is held."""
        for name in ("held", "values", "visible"):
            self.__dict__.pop(name, None)

    # Saving

    def save(self, post: QueryDict, files: MultiValueDict[str, Any], *, only: str = "") -> None:
        """Write what was sent and changed; ``only`` one question when a key is given."""
        taken = set(post.getlist("prendre"))
        for one in self.fields:
            key = str(one["key"])
            if (only and key != only) or one["kind"] in COMPUTED or key in taken:
                continue
            if one["kind"] == "file":
                self._join(one, files.getlist(key))
            elif typed.was_sent(post, key):
                self._save(one, post)
        self.forget()

    def _save(self, one: Mapping[str, Any], post: QueryDict) -> None:
        key = str(one["key"])
        found, base = typed.read(one, post), typed.base_of(post, key)
        held = self.held.get(key)
        if found.problem:
            self.outcomes[key] = Outcome(problem=found.problem, cells=found.cells)
            return
        if found.value == (held.value if held else _empty(found.value)) or self._untouched(
            key, base, found.value
        ):
            return
        try:
            self._answer(key, found.value, base)
            self.outcomes[key] = Outcome(written=True)
        except StaleWriteError as error:
            conflict = error.facts["conflicts"][key]
            self.outcomes[key] = Outcome(
                problem=str(error.message), cells=found.cells or None, value=found.value, conflict=conflict
            )
        except DomainError as error:
            if error.status not in {409, 422}:
                raise
            self.outcomes[key] = Outcome(
                problem=str(error.message), cells=found.cells or None, value=found.value
            )

    def _answer(self, key: str, value: Any, base: int) -> None:
        """Write an answer; one's own words since the page was read are no other person's.

        What saves as one types may be sent again before the page knows that the last words were written.
        """
        write, user = actions.answer, self.space.user
        try:
            write(self.space.dossier, key, value, base_version=base, by=user)
        except StaleWriteError as error:
            since = AnswerChange.objects.filter(dossier=self.space.dossier, key=key, version__gt=base)
            if since.exclude(by=user).exists():
                raise
            seen = error.facts["conflicts"][key]["version"]
            write(self.space.dossier, key, value, base_version=seen, by=user)

    def _untouched(self, key: str, base: int, value: Any) -> bool:
        """Say whether what is sent is what the person was shown: somebody else's answer then stays."""
        held = self.held.get(key)
        if held is None or held.version == base:
            return False
        seen = AnswerChange.objects.filter(dossier=self.space.dossier, key=key, version=base).first()
        return bool(value == (seen.value if seen else _empty(value)))

    def _join(self, one: Mapping[str, Any], sent: list[Any]) -> None:
        key = str(one["key"])
        for file in sent:
            try:
                actions.join(self.space.dossier, key, file, file.name or "", by=self.space.user)
                self.outcomes[key] = Outcome(written=True)
            except DomainError as error:
                self.outcomes[key] = Outcome(problem=str(error.message))

    def remove(self, pk: str) -> None:
        """Take a piece of this page away; what an officer joined beside the answers is not of any page."""
        here = {str(one["key"]) for one in self.fields}
        found = next((row for key in here for row in self._pieces.get(key, ()) if str(row.pk) == pk), None)
        if found is None:
            raise NotFoundError("unknown_piece", _("Cette pièce n'est pas, ou plus, dans le dossier."))
        actions.take_away(self.space.dossier, found.pk, by=self.space.user)
        self.forget()

    def take_again(self, key: str) -> bool:
        """Take again what the register says of a question now; return whether it changed something.

        For the lead alone: partners who write the file read of the register what the lead let in.
        """
        if self.space.role != "lead":
            raise NotFoundError("unknown_act", _("Cette page ne sait pas faire cela."))
        written = actions.refill(self.space.dossier, [key], by=self.space.user)
        self.forget()
        return bool(written)

    @property
    def conflicts(self) -> bool:
        """Whether somebody else answered one of the questions meanwhile."""
        return any(one.conflict for one in self.outcomes.values())

    @property
    def problems(self) -> list[dict[str, str]]:
        """What was not written, question by question."""
        return [
            {
                "key": str(one["key"]),
                "label": saying.label(one),
                "problem": self.outcomes[str(one["key"])].problem,
            }
            for one in self.fields
            if str(one["key"]) in self.outcomes and self.outcomes[str(one["key"])].problem
        ]

    # Showing

    @cached_property
    def _pieces(self) -> dict[str, list[DossierPiece]]:
        found: dict[str, list[DossierPiece]] = {}
        for row in actions.pieces_of(self.space.dossier):
            found.setdefault(row.key, []).append(row)
        return found

    @cached_property
    def _required(self) -> frozenset[str]:
        return form_rules.required(self.content, self.values)

    @cached_property
    def lacking(self) -> dict[str, form_rules.Missing]:
        """What the whole file still lacks, by key."""
        return {one.key: one for one in form_rules.missing(self.content, self.values)}

    def sections(self) -> list[dict[str, Any]]:
        """Return the parts of the page with their questions, as the template draws them."""
        return [
            {
                "title": saying.localized(section, "title"),
                "help": saying.localized(section, "help"),
                "questions": [self.question(one) for one in section.get("fields", ())],
            }
            for section in self.page.get("sections", ())
        ]

    def question(self, one: Mapping[str, Any]) -> dict[str, Any]:
        """Return what one question shows."""
        key, kind = str(one["key"]), str(one["kind"])
        held, outcome = self.held.get(key), self.outcomes.get(key) or Outcome()
        value = held.value if held else None
        given = self._computed(one) if kind in COMPUTED else None
        if given is not None:
            value = given.value
        drawn = outcome.value if outcome.problem and outcome.value is not None else value
        conflict = outcome.conflict
        lacks = self.lacking.get(key)
        known = held is not None and held.origin in {Answer.Origin.LIVING, Answer.Origin.PREVIOUS}
        return {
            "key": key,
            "kind": kind,
            "label": saying.label(one),
            "help": saying.localized(one, "help"),
            "unit": str(one.get("unit") or ""),
            "most": one.get("max") if kind in {"text", "long_text"} else None,
            "required": key in self._required,
            "shown": key in self.visible,
            "closed": self.open_keys is not None and key not in self.open_keys,
            "options": saying.options(one),
            "short_list": len(saying.options(one)) <= 6,
            "base": conflict["version"] if conflict else held.version if held else 0,
            "held": held,
            "lines": saying.lines(one, value),
            "table": saying.table(one, value),
            "known": known and not outcome.problem and form_rules.filled(value) and (lacks is None),
            "given": (given.as_dict() if given else held.given if held else {}) or {},
            "problem": "" if conflict else outcome.problem,
            "why": saying.why(lacks.why, one) if lacks and lacks.why != "empty" else "",
            "conflict": _both(one, conflict),
            "pieces": self._pieces.get(key, []) if kind == "file" else [],
            "written": outcome.written,
            "newer": self._newer(one, held),
            "criteria": _criteria(value) if kind == "grid" else None,
            "totals": _totals(value) if kind == "budget" else None,
        } | typed.shown(one, drawn, outcome.cells)

    def _computed(self, one: Mapping[str, Any]) -> living.Given | None:
        return living.for_field(self.register, one)

    def _newer(self, one: Mapping[str, Any], held: Answer | None) -> str:
        """Return what the register says now when it is no more what was taken from it: shown to the lead."""
        if held is None or held.origin != Answer.Origin.LIVING or self.space.role != "lead":
            return ""
        given = living.for_field(self.register, one)
        if given is None or given.pieces or given.value == held.value:
            return ""
        return saying.short(one, given.value, 200)

    def tabs(self) -> list[dict[str, Any]]:
        """Return the pages of the form with what each still lacks."""
        lacking: dict[str, int] = {}
        for one in self.lacking.values():
            lacking[one.page] = lacking.get(one.page, 0) + 1
        return [
            {
                "rank": rank + 1,
                "title": saying.localized(page, "title"),
                "url": self.address(str(page.get("code"))),
                "here": rank == self.rank,
                "lacks": lacking.get(str(page.get("code")), 0),
            }
            for rank, page in enumerate(self.content["pages"])
        ]

    def progress(self) -> tuple[int, int]:
        """Return how many of the questions that must be answered are, in the whole file."""
        return form_rules.completeness(self.content, self.values)


def _criteria(value: Any) -> list[dict[str, Any]]:
    """Return the criteria of a verdict in words."""
    lines = value.get("lines") if isinstance(value, Mapping) else None
    return [
        {**line, "answer": str(saying.VERDICTS.get(line["verdict"], line["verdict"]))} for line in lines or ()
    ]


def _totals(value: Any) -> dict[str, Any] | None:
    """Return what a budget adds up to, in words, and what lacks on one side."""
    if not isinstance(value, list) or not value:
        return None
    spent, found = form_rules.balance(value)
    gap = abs(spent - found)
    return {
        "spent": saying.euros(spent),
        "found": saying.euros(found),
        "gap": saying.euros(gap) if gap else "",
        "over": spent > found,
    }


def _empty(value: Any) -> Any:
    """Return what an unanswered question reads as, for a value of the same shape."""
    return None if form_rules.filled(value) else value


def _both(one: Mapping[str, Any], conflict: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not conflict:
        return None
    return {
        "by": conflict["by"],
        "theirs": saying.lines(one, conflict["theirs"]),
        "mine": saying.lines(one, conflict["mine"]),
    }
