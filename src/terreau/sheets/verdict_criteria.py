"""One criterion of a verdict, ready to be shown: facts used, what lacks, reasons, what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from terreau.common.verdicts import Answer, Reason
from terreau.grids.changes import would_change
from terreau.grids.evaluate import CriterionVerdict, Judgement, Lift
from terreau.grids.frame import value_as_json
from terreau.grids.known import JUDGED, Frame, Known
from terreau.grids.language import DECIDING, Criterion
from terreau.grids.lexicon import lexicon
from terreau.grids.parameters import Held
from terreau.grids.readables import readable
from terreau.grids.rules import facts_of
from terreau.grids.shown import KINDS
from terreau.grids.wording import sentence
from terreau.sheets import known_words

GOOD, BAD, NEUTRAL = "good", "bad", "none"
#: In what quality somebody spoke: codes are kept, words are shown.
MODERATION, POLE = "moderation", "pole"


@dataclass(frozen=True)
class Shown:
    """An answer as it is seen: a word, a drawing, a tone (``good``, ``bad``, ``none``, empty: to check)."""

    word: str
    tone: str
    icon: str


@dataclass(frozen=True)
class Paragraph:
    """Where a text stands."""

    document: str
    section: str = ""
    url: str = ""

    @classmethod
    def of(cls, source: Mapping[str, Any]) -> Paragraph:
        """Return the place that a source gives."""
        document, section, url = (str(source.get(key) or "") for key in ("document", "section", "url"))
        # Owners of grids write addresses: only those of the web are followed.
        return cls(document, section, url if url.startswith(("https://", "http://")) else "")

    @property
    def text(self) -> str:
        """The document and its section on one line."""
        return ", ".join(part for part in (self.document, self.section) if part)

    def as_json(self) -> dict[str, str]:
        """Return the place as the API says it."""
        return {"document": self.document, "section": self.section, "url": self.url}


@dataclass(frozen=True)
class FactUsed:
    """A fact that a criterion reads, as it is known."""

    code: str
    label: str
    definition: str
    value: Any
    display: str
    period: str
    on: str
    status: str
    source: Mapping[str, Any]
    note: str
    complete: bool
    lines: tuple[str, ...] = ()

    @property
    def place(self) -> Paragraph:
        """Where it comes from."""
        return Paragraph.of(self.source)


@dataclass(frozen=True)
class Lacking:
    """Something that is not known, and how many criteria wait for it."""

    code: str
    label: str
    definition: str = ""
    criteria: int = 0


@dataclass(frozen=True)
class ReasonShown:
    """Why an answer is what it is."""

    code: str
    text: str
    source: str


@dataclass(frozen=True)
class ChangeShown:
    """A smallest change that would turn the criterion: facts to change together."""

    facts: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Said:
    """What a person said of a criterion. ``name`` is empty for who does not keep the sheet."""

    label: str
    answer: str
    shown: Shown | None
    quality: str
    name: str
    on: date
    reason: str


@dataclass(frozen=True)
class ParameterShown:
    """A number of a text, on the day of the verdict."""

    label: str
    display: str
    to_check: bool
    source: str


@dataclass(frozen=True)
class CriterionSheet:
    """A criterion with what it gives and why."""

    code: str
    axis: str
    kind: str
    kind_label: str
    title: str
    text: str
    question: str
    source: Paragraph
    answer: Answer
    computed: Answer | None
    shown: Shown
    facts: tuple[FactUsed, ...]
    missing: tuple[Lacking, ...]
    reasons: tuple[ReasonShown, ...]
    changes: tuple[ChangeShown, ...]
    judged: Said | None
    lifted: Said | None
    opinions: tuple[Said, ...]
    orient: str
    rule: str
    parameters: tuple[ParameterShown, ...]

    @property
    def why(self) -> list[ReasonShown]:
        """The reasons, without those that the list of what lacks says already."""
        return [one for one in self.reasons if not (self.missing and one.code in _SAID_AGAIN)]

    @property
    def lead(self) -> str:
        """The first change that would turn it, in words."""
        return self.changes[0].text if self.changes else ""


#: Reasons that only say again what is listed as lacking.
_SAID_AGAIN = {"fact_unknown", "not_judged"}


def shown(answer: Answer, kind: str = "", *, lifted: bool = False) -> Shown:
    """Return how an answer to a criterion of this kind is seen; of an exclusion, no is the good answer."""
    if kind in {"echelle", "engagement"}:
        return Shown(_("Sans réponse calculée"), NEUTRAL, "info")
    if kind == "exclusion":
        if lifted:
            return Shown(pgettext("exclusion", "Levée"), GOOD, "success")
        return {
            Answer.YES: Shown(_("S'applique"), BAD, "refusal"),
            Answer.NO: Shown(_("Ne s'applique pas"), GOOD, "success"),
            Answer.TO_CHECK: Shown(_("À vérifier"), "", "old"),
        }[answer]
    return {
        Answer.YES: Shown(_("Oui"), GOOD, "success"),
        Answer.NO: Shown(_("Non"), NEUTRAL if kind == "a_tester" else BAD, "refusal"),
        Answer.TO_CHECK: Shown(_("À vérifier"), "", "old"),
    }[answer]


def text_of(texts: Mapping[str, str] | None, lang: str) -> str:
    """Return a text in a language, in French when it has no other."""
    return str((texts or {}).get(lang) or (texts or {}).get("fr") or "")


def facts_used(found: Iterable[Known], criterion: Criterion, lang: str) -> tuple[FactUsed, ...]:
    """Return the facts of a criterion in words; what a person answered is said apart."""
    fields = known_words.fields_of(criterion.rule)
    ruled = facts_of(criterion.node) if criterion.node is not None else ()
    known_facts = readable()
    used = []
    for known in found:
        if known.code.startswith(JUDGED):
            continue
        read = known_facts.get(known.code)
        used.append(
            FactUsed(
                code=known.code,
                label=read.label(lang) if read else known.code,
                definition=text_of(read.definitions, lang) if read else "",
                value=value_as_json(known.value, complete=known.complete, total=known.total),
                display=known_words.words(known, read, lang),
                period=known_words.period(known.on, lang),
                on=known.on,
                status=known.status,
                source=known.source,
                note=known.note,
                complete=known.complete or known.code not in ruled,
                lines=known_words.lines(known, read, fields, lang),
            )
        )
    return tuple(used)


def lacking(found: CriterionVerdict, lang: str) -> tuple[Lacking, ...]:
    """Return what a criterion to be checked waits for, in words: facts of its rule, the answer of a person.

    A list known in part only is waited for too. Evidence shown beside decides nothing, and is not.
    """
    criterion = found.criterion
    if found.answer != Answer.TO_CHECK or criterion.kind not in DECIDING:
        return ()
    held = {one.code: one for one in found.known}
    read = facts_of(criterion.node) if criterion.node is not None else ()
    waited = [_unknown(code, lang) for code in read if code not in held]
    waited += [_partial(held[code], lang) for code in read if code in held and not held[code].complete]
    answered = f"{JUDGED}{criterion.code}"
    if (question := criterion.question) is not None and answered not in held:
        waited.append(Lacking(answered, text_of(question, lang), _("Une personne doit se prononcer.")))
    return tuple(waited)


def _unknown(code: str, lang: str) -> Lacking:
    one = readable().get(code)
    return Lacking(code, one.label(lang), text_of(one.definitions, lang)) if one else Lacking(code, code)


def _partial(known: Known, lang: str) -> Lacking:
    whole = _unknown(known.code, lang)
    return replace(whole, label=_("%(fact)s : la liste complète") % {"fact": whole.label})


def parameters_shown(held: Iterable[Held], lang: str) -> tuple[ParameterShown, ...]:
    """Return the numbers of texts that a rule compares to, on the day."""
    return tuple(
        ParameterShown(
            label=text_of(one.labels, lang),
            display=_("inconnu") if one.value is None else known_words.scalar(one.value, "", one.unit, lang),
            to_check=not one.verified,
            source=Paragraph.of(one.source).text,
        )
        for one in held
    )


def quality_label(code: str) -> str:
    """Return in what quality somebody spoke; what is not one of ours is said as it was written."""
    return {
        MODERATION: _("une personne qui tient le registre"),
        POLE: _("une personne du pôle"),
        "": _("une personne"),
    }.get(code, code)


def said(word: Judgement | Lift, kind: str, *, inside: bool) -> Said:
    """Return what a person said; only who keeps the sheet reads the name."""
    answer = word.answer if isinstance(word, Judgement) else None
    seen = shown(answer, kind) if answer else None
    return Said(
        label=seen.word if seen else _("Exclusion levée"),
        answer=answer.value if answer else "",
        shown=seen,
        quality=quality_label(word.quality),
        name=word.by_name if inside else "",
        on=word.on or date.min,
        reason=word.reason,
    )


def reason_shown(one: Reason, lang: str) -> ReasonShown:
    """Return a reason in a language."""
    return ReasonShown(one.code, one.label(lang), one.source)


@dataclass(frozen=True)
class Composer:
    """Composes criteria for one frame, on a day. ``inside``: the reader keeps the sheet."""

    frame: Frame
    on: date
    opinions: Mapping[str, Sequence[Judgement]]
    lang: str
    inside: bool = False
    #: Lists of one glance need neither changes nor rules in words.
    brief: bool = False

    def criterion(self, found: CriterionVerdict) -> CriterionSheet:
        """Return a criterion as it is shown."""
        one, lang = found.criterion, self.lang
        return CriterionSheet(
            code=one.code,
            axis=one.axis,
            kind=one.kind,
            kind_label=str(KINDS[one.kind]),
            title=text_of(one.title, lang),
            text=text_of(one.text, lang),
            question=text_of(one.question, lang),
            source=Paragraph.of(one.source),
            answer=found.answer,
            computed=found.computed,
            shown=shown(found.answer, one.kind, lifted=found.lifted is not None),
            facts=() if self.brief else facts_used(found.known, one, lang),
            missing=lacking(found, lang),
            reasons=tuple(reason_shown(each, lang) for each in found.reasons),
            changes=() if self.brief else self._changes(found),
            judged=said(found.judged, one.kind, inside=self.inside) if found.judged else None,
            lifted=said(found.lifted, one.kind, inside=self.inside) if found.lifted else None,
            opinions=tuple(
                said(each, one.kind, inside=self.inside) for each in self.opinions.get(one.code, ())
            ),
            orient=text_of(one.orient, lang) if found.answer == Answer.YES else "",
            rule="" if self.brief or one.rule is None else sentence(one.rule, lang, lexicon(self.on)),
            parameters=() if self.brief else parameters_shown(found.parameters, lang),
        )

    def _changes(self, found: CriterionVerdict) -> tuple[ChangeShown, ...]:
        ways = would_change(found.criterion, self.frame, self.on, found.judged, lifted=found.lifted)
        return tuple(ChangeShown(way.facts, text_of(way.text, self.lang)) for way in ways)
