"""The answer to « may this person do this? », with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Permission:
    """Truthy when allowed; ``reason`` is a French sentence, shown when it is not."""

    ok: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.ok
