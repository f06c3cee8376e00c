"""A version of a grid as pages, PDF and files show it, in one language. Reads drafts with mistakes too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from terreau.grids.models import Nature
from terreau.grids.wording import Lexicon, Said, lexicon, reads, say

#: What each kind of criterion asks, shown beside its name.
KINDS: dict[str, Promise] = {
    "incontournable": _("incontournable"),
    "a_tester": _("à tester"),
    "exclusion": _("exclusion"),
    "echelle": _("échelle"),
    "engagement": _("engagement"),
}
KIND_HELP: dict[str, Promise] = {
    "incontournable": _("Il faut y répondre pour entrer dans la définition."),
    "a_tester": _("N'exclut jamais : sert à apprendre ce qui distingue les pôles."),
    "exclusion": _("Écarte un candidat qui n'est que cela ; une personne peut la lever avec un motif."),
    "echelle": _("Se note par degrés, sans total ni rang."),
    "engagement": _("Se signe."),
}
KIND_TONES = {
    "incontournable": "moss",
    "a_tester": "slate",
    "exclusion": "clay",
    "echelle": "ochre",
    "engagement": "earth",
}
SUBJECTS: dict[str, Promise] = {"pole": _("un pôle"), "actor": _("un acteur")}


@dataclass(frozen=True, slots=True)
class FactShown:
    """A readable fact: its code and its name."""

    code: str
    label: str


@dataclass(frozen=True, slots=True)
class CriterionShown:
    """A criterion in one language. ``rule`` None: a person answers, or it is noted or signed."""

    code: str
    kind: str
    title: str
    text: str
    axis: str
    rule: Said | None
    facts: tuple[FactShown, ...]
    orient: str
    weight: str
    document: str
    section: str

    @property
    def kind_label(self) -> Any:
        """The name of the kind."""
        return KINDS.get(self.kind, self.kind)

    @property
    def kind_help(self) -> Any:
        """What the kind asks."""
        return KIND_HELP.get(self.kind, "")

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return KIND_TONES.get(self.kind, "plain")

    @property
    def judged(self) -> bool:
        """Say whether a person answers, without any rule."""
        return self.rule is None and self.kind in {"incontournable", "a_tester", "exclusion"}


@dataclass(frozen=True, slots=True)
class Group:
    """Criteria under an axis, or of a kind."""

    title: Any
    help: Any
    criteria: tuple[CriterionShown, ...]


@dataclass(frozen=True, slots=True)
class VersionShown:
    """A version in one language."""

    code: str
    version: str
    title: str
    summary: str
    owner_name: str
    owner_url: str
    licence: str
    nature: Any
    subject: Any
    valid_from: date | None
    valid_to: date | None
    verified_on: date | None
    prescriptive: bool
    document: str
    section: str
    url: str
    scale: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]
    outcome: tuple[tuple[Any, ...], tuple[Any, ...]] | None

    @property
    def criteria(self) -> tuple[CriterionShown, ...]:
        """Every criterion, in the order of the page."""
        return tuple(one for group in self.groups for one in group.criteria)

    @property
    def facts(self) -> tuple[FactShown, ...]:
        """Every fact read, each once."""
        return tuple({one.code: one for each in self.criteria for one in each.facts}.values())


def shown(content: Mapping[str, Any], lang: str, on: date) -> VersionShown:
    """Return a version in the words of ``lang``; numbers of texts are those of the day ``on``."""
    speaker = _Shown("fr" if lang.startswith("fr") else "en", lexicon(on))
    owner, source = _section(content, "owner"), _section(content, "source")
    return VersionShown(
        code=str(content.get("code", "")),
        version=str(content.get("version", "")),
        title=speaker.text(content.get("title")),
        summary=speaker.text(content.get("summary")),
        owner_name=str(owner.get("name", "")),
        owner_url=_safe(owner.get("url")),
        licence=speaker.text(content.get("licence")),
        nature=dict(Nature.choices).get(str(content.get("nature")), str(content.get("nature", ""))),
        subject=SUBJECTS.get(str(content.get("subject")), ""),
        valid_from=_day(content.get("valid_from")),
        valid_to=_day(content.get("valid_to")),
        verified_on=_day(content.get("verified_on")),
        prescriptive=bool(content.get("prescriptive")),
        document=str(source.get("document") or ""),
        section=str(source.get("section") or ""),
        url=_safe(source.get("url")),
        scale=tuple(
            (str(one.get("value")), speaker.text(one.get("label"))) for one in _entries(content, "scale")
        ),
        groups=tuple(speaker.groups(content)),
        outcome=_outcome(content.get("verdict")),
    )


def _outcome(verdict: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]] | None:
    if not isinstance(verdict, Mapping):
        return None
    sides = [
        [KINDS.get(str(one), str(one)) for one in verdict.get(key) or ()] for key in ("all_of", "none_of")
    ]
    return tuple(sides[0]), tuple(sides[1])


class _Shown:
    def __init__(self, lang: str, names: Lexicon) -> None:
        self.lang = lang
        self.names = names

    def text(self, texts: Any) -> str:
        if isinstance(texts, Mapping):
            return str(texts.get(self.lang) or texts.get("fr") or "")
        return "" if texts is None else str(texts)

    def groups(self, content: Mapping[str, Any]) -> Iterable[Group]:
        """Yield criteria by axis when there are axes, else by kind, in the order of the file."""
        criteria = [self.criterion(one) for one in _entries(content, "criteria")]
        axes = _entries(content, "axes")
        known = {str(axis.get("code")) for axis in axes}
        for axis in axes:
            held = tuple(one for one in criteria if one.axis == str(axis.get("code")))
            yield Group(self.text(axis.get("title")), self.text(axis.get("text")), held)
        left = [one for one in criteria if one.axis not in known]
        for kind in dict.fromkeys(one.kind for one in left):
            held = tuple(one for one in left if one.kind == kind)
            yield Group(KIND_TITLES.get(kind, kind), KIND_HELP.get(kind, ""), held)

    def criterion(self, plain: Mapping[str, Any]) -> CriterionShown:
        rule, source = plain.get("rule"), _section(plain, "source")
        codes = dict.fromkeys((*reads(rule), *(str(one) for one in plain.get("reads") or ())))
        return CriterionShown(
            code=str(plain.get("code", "")),
            kind=str(plain.get("kind", "")),
            title=self.text(plain.get("title")),
            text=self.text(plain.get("text")),
            axis=str(plain.get("axis") or ""),
            rule=say(rule, self.lang, self.names) if rule else None,
            facts=tuple(FactShown(code, self.text(self.names.fact(code).label)) for code in codes),
            orient=self.text(plain.get("orient")),
            weight=str(plain.get("weight") or ""),
            document=str(source.get("document") or ""),
            section=str(source.get("section") or ""),
        )


KIND_TITLES: dict[str, Promise] = {
    "incontournable": _("Incontournables"),
    "a_tester": _("À tester"),
    "exclusion": _("Exclusions"),
    "echelle": _("Questions"),
    "engagement": _("Engagements"),
}


def _section(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    return value if isinstance(value, Mapping) else {}


def _entries(content: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    value = content.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def _day(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _safe(url: Any) -> str:
    """Return a web address, nothing for what is none (a draft may hold anything)."""
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) else ""


__all__ = [
    "KINDS",
    "KIND_TITLES",
    "SUBJECTS",
    "CriterionShown",
    "FactShown",
    "Group",
    "VersionShown",
    "shown",
]
