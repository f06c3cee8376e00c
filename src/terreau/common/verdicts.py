"""The three-valued answer of a grid or of a rule, with its reasons. A right to act is a ``Permission``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Answer(StrEnum):
    """Yes, no, or not decided by what is known. The words are those of the JSON answers."""

    YES = "oui"
    NO = "non"
    TO_CHECK = "a_verifier"


def any_of(answers: Iterable[Answer]) -> Answer:
    """Return yes when one is yes, no when all are no, else to check (strong three-valued logic)."""
    found = set(answers)
    if Answer.YES in found:
        return Answer.YES
    return Answer.TO_CHECK if Answer.TO_CHECK in found else Answer.NO


def all_of(answers: Iterable[Answer]) -> Answer:
    """Return no when one is no, yes when all are yes, else to check (strong three-valued logic)."""
    found = set(answers)
    if Answer.NO in found:
        return Answer.NO
    return Answer.TO_CHECK if Answer.TO_CHECK in found else Answer.YES


def opposite(answer: Answer) -> Answer:
    """Return the negation; what is to check stays to check."""
    return {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(answer, answer)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an answer is what it is: a stable code, a sentence by language (``fr``, ``en``), the source."""

    code: str
    text: Mapping[str, str]
    source: str

    def label(self, lang: str) -> str:
        """Return the sentence in ``lang``, in French when it is not written in that language."""
        return self.text.get(lang) or self.text["fr"]

    def as_dict(self, lang: str) -> dict[str, str]:
        """Return ``{"code", "texte", "source"}``."""
        return {"code": self.code, "texte": self.label(lang), "source": self.source}


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer that never stands without a reason."""

    value: Answer
    reasons: tuple[Reason, ...]

    def __post_init__(self) -> None:
        if not self.reasons:
            raise ValueError("a verdict has at least one reason")

    @property
    def source(self) -> str:
        """Sources of the reasons, each once, in their order."""
        return " ; ".join(dict.fromkeys(reason.source for reason in self.reasons if reason.source))

    def as_dict(self, lang: str) -> dict[str, Any]:
        """Return ``{"verdict", "raisons", "source"}`` for the JSON answers."""
        return {
            "verdict": self.value.value,
            "raisons": [reason.as_dict(lang) for reason in self.reasons],
            "source": self.source,
        }
