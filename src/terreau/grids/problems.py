"""What is wrong with a deposited grid: every problem with its line, none raised."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem: the line of the file (from 1), where in the grid, a stable code, a sentence."""

    line: int
    where: str
    code: str
    message: str | Promise

    def as_dict(self) -> dict[str, str | int]:
        """Return the JSON of a problem."""
        return {"line": self.line, "where": self.where, "code": self.code, "message": str(self.message)}


class Problems(list[Problem]):
    """The problems met so far."""

    def add(self, line: int, where: str, code: str, message: str | Promise) -> None:
        """Add a problem."""
        self.append(Problem(line, where, code, message))

    def sorted(self) -> tuple[Problem, ...]:
        """Return the problems in the order of the file, each once."""
        return tuple(dict.fromkeys(sorted(self, key=lambda one: (one.line, one.where))))
