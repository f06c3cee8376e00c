"""Invented files for a call: every question that its form asks is answered, nothing of it is true.

The words say that they are invented, and each file is marked (``example``). The same seed gives the same
files, whatever the form: what is drawn depends on the rank of the file and the key of the question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

from terreau.calls import form_rules
from terreau.calls.answer_rules import COMPUTED
from terreau.calls.models import Call

Field = Mapping[str, Any]

#: What invented projects are about; places are regions, by the caller.
THEMES: Final = (
    *("Halle partagée", "Recyclerie", "Conserverie", "Tiers-lieu nourricier", "Atelier de réemploi"),
    *("Mobilité partagée", "Énergie citoyenne", "Écoconstruction", "Services à domicile", "Filière bois"),
    *("Textile circulaire", "Numérique solidaire", "Restauration locale", "Maraîchage d'insertion"),
)
_PARTNERS: Final = ("Coopérative", "Association", "Entreprise", "Groupement", "Commune", "Université")
_MOST_ASKED: Final = 30_000_000


def drawn(rank: int, key: str, below: int) -> int:
    """Return a number from 0 to ``below`` (left out) that a rank and a word always give."""
    digest = blake2b(f"{rank}/{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % below


def title(rank: int) -> str:
    """Return the title of the invented project of a rank."""
    return f"{THEMES[drawn(rank, 'theme', len(THEMES))]} n° {rank + 1}"


def asked(call: Call, rank: int, *, least: int = 2_000_000, most: int | None = None) -> int:
    """Return what an invented file asks, in cents: whole hundreds of euros, within what the call allows."""
    low = max(least, call.min_cents or 0)
    high = max(low, min(most or _MOST_ASKED, call.max_cents or _MOST_ASKED))
    return low + drawn(rank, "asked", (high - low) // 10_000 + 1) * 10_000


def answers(
    content: Mapping[str, Any], rank: int, *, cents: int, zone: str = "", given: Mapping[str, Any] = {}
) -> dict[str, Any]:
    """Return what completes a form, beside what is ``given`` already; pieces aside, which are files.

    ``zone``: the territory (« region:27 »). Questions that an answer opens are answered too.
    """
    found = dict(given)
    for _turn in range(6):
        wanted = form_rules.required(content, found) | _titles(content)
        new = {
            placed.key: value
            for placed in form_rules.fields(content)
            if placed.key in wanted
            and not form_rules.filled(found.get(placed.key))
            and (value := _answer(placed.field, rank, cents, zone)) is not None
        }
        if not new:
            break
        found |= new
    return {key: value for key, value in found.items() if key not in given}


def _titles(content: Mapping[str, Any]) -> set[str]:
    """Return the questions that a list shows, answered even where they may be left."""
    return {
        placed.key for placed in form_rules.fields(content) if placed.key in {"title", "asked", "perimeter"}
    }


def _answer(one: Field, rank: int, cents: int, zone: str) -> Any:
    kind = one["kind"]
    if kind in COMPUTED or kind == "file":
        return None
    if kind == "perimeter":
        return {"name": "Territoire inventé", "zones": [zone] if zone else []}
    return _BY_KIND[kind](one, rank, cents)


def _text(one: Field, rank: int, cents: int) -> str:
    if one["key"] == "title":
        return title(rank)
    said = f"Exemple inventé : {THEMES[drawn(rank, str(one['key']), len(THEMES))].lower()}."
    return said[: one.get("max") or 300]


def _long(one: Field, rank: int, cents: int) -> str:
    theme = THEMES[drawn(rank, str(one["key"]), len(THEMES))].lower()
    said = (
        f"Exemple inventé. Le pôle réunit ses membres autour d'un projet de {theme} : chacun y met "
        "des moyens, et tous en partagent les résultats. Rien de ce texte n'est vrai."
    )
    return said[: one.get("max") or 20_000]


def _whole(one: Field, rank: int, cents: int) -> int:
    low = int(one.get("min") or 1)
    high = int(one.get("max") or low + 20)
    return low + drawn(rank, str(one["key"]), max(1, high - low + 1))


def _euro(one: Field, rank: int, cents: int) -> int:
    return min(max(cents, int(one.get("min") or 0)), int(one.get("max") or cents))


def _day(one: Field, rank: int, cents: int) -> str:
    return f"20{10 + drawn(rank, str(one['key']), 15):02d}-{1 + drawn(rank, 'month', 12):02d}-01"


def _choice(one: Field, rank: int, cents: int) -> str:
    codes = [str(option["code"]) for option in one["options"]]
    return codes[drawn(rank, str(one["key"]), len(codes))]


def _choices(one: Field, rank: int, cents: int) -> list[str]:
    return [_choice(one, rank, cents)]


def _members(one: Field, rank: int, cents: int) -> list[dict[str, Any]]:
    least = max(3, int(one.get("min") or 3))
    return [
        {"name": f"{_PARTNERS[n % len(_PARTNERS)]} inventée {rank + 1}.{n + 1}", "ess": n == 0}
        for n in range(least)
    ]


def _budget(one: Field, rank: int, cents: int) -> list[dict[str, Any]]:
    own = cents // 2
    return [
        {"side": "expense", "post": "Animation du pôle", "cents": cents, "kind": "cash"},
        {"side": "expense", "post": "Études et outils communs", "cents": own, "kind": "cash"},
        {"side": "resource", "post": "Aide demandée", "cents": cents, "kind": "cash"},
        {"side": "resource", "post": "Membres du pôle", "cents": own, "kind": "cash"},
    ]


def _financing(one: Field, rank: int, cents: int) -> list[dict[str, Any]]:
    return [{"funder": "Collectivité inventée", "cents": cents // 2, "status": "sollicite"}]


def _table(one: Field, rank: int, cents: int) -> list[dict[str, Any]]:
    return [{column["key"]: _BY_KIND[column["kind"]](column, rank, cents) for column in one["columns"]}]


_BY_KIND: Final[Mapping[str, Callable[[Field, int, int], Any]]] = {
    "text": _text,
    "long_text": _long,
    "integer": _whole,
    "number": lambda one, rank, cents: str(_whole(one, rank, cents)),
    "euro": _euro,
    "date": _day,
    "yes_no": lambda one, rank, cents: True,
    "declaration": lambda one, rank, cents: True,
    "choice": _choice,
    "choices": _choices,
    "actor": lambda one, rank, cents: {"name": f"Structure inventée n° {rank + 1}"},
    "members": _members,
    "budget": _budget,
    "financing": _financing,
    "table": _table,
}


def shared_out(total: int, wanted: Sequence[int], low: int, high: int) -> list[int]:
    """Return what each of those chosen is given, in cents: the envelope whole, within the call's limits.

    Nobody is given more than was asked; hundreds of euros, the rest to the first who can take it.
    """
    step = 10_000
    least = [min(low, most) for most in wanted]
    given, left = list(least), total - sum(least)
    while left >= step and (
        able := [n for n, most in enumerate(wanted) if given[n] + step <= min(most, high)]
    ):
        each = max(step, left // len(able) // step * step)
        for n in able:
            more = min(each, left // step * step, (min(wanted[n], high) - given[n]) // step * step)
            given[n] += more
            left -= more
            if left < step:
                break
    return given
