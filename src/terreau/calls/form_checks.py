"""Whether a form can be published, pure: each problem says where, what, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from terreau.calls.answer_rules import COLUMN_KINDS, KINDS
from terreau.calls.form_rules import OPS, read_by
from terreau.calls.models import Dimension

_KEY: Final = re.compile(r"^[a-z][a-z0-9_]{0,59}$")
_PAGE_KEYS: Final = frozenset({"code", "title", "title_en", "help", "help_en", "sections"})
_SECTION_KEYS: Final = frozenset({"code", "title", "title_en", "help", "help_en", "fields"})
_FIELD_KEYS: Final = frozenset(
    {
        *("key", "kind", "label", "label_en", "help", "help_en", "required", "show_when", "options"),
        *("max", "min", "unit", "columns", "grid", "source", "dimension", "origin"),
    }
)
_COLUMN_KEYS: Final = frozenset({"key", "label", "label_en", "kind", "required", "options", "min", "max"})
#: Where the living file may have an answer; what follows a colon is free.
SOURCES: Final = (
    *("members", "perimeter", "projects", "previous"),
    *("pole", "actor", "fact", "accounts", "piece", "grid"),
)
_DEEP: Final = 8
MOST_FIELDS: Final = 400


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a form: ``where`` is a path (``pages/identite/sections/pole/fields/nom``)."""

    where: str
    what: str
    do: str


@dataclass(slots=True)
class _Seen:
    """What was met before: a condition reads nothing else."""

    keys: dict[str, str] = field(default_factory=dict)
    pages: set[str] = field(default_factory=set)


def check(content: Any) -> list[Problem]:
    """Return the problems of a form, none when it can be published. Any JSON value is read."""
    if not isinstance(content, Mapping) or not isinstance(content.get("pages"), list):
        return [Problem("pages", _("Le formulaire n'a pas de pages."), _("Ajoutez une page."))]
    seen = _Seen()
    found = [problem for page in content["pages"] for problem in _page(page, seen)]
    if not content["pages"]:
        found.append(Problem("pages", _("Le formulaire n'a pas de pages."), _("Ajoutez une page.")))
    if len(seen.keys) > MOST_FIELDS:
        words = _("Ce formulaire a plus de %(most)d questions.") % {"most": MOST_FIELDS}
        found.append(Problem("pages", words, _("Retirez des questions : personne n'irait au bout.")))
    return found


def _page(page: Any, seen: _Seen) -> Iterator[Problem]:
    if not isinstance(page, Mapping):
        yield _not_mapping("pages")
        return
    where = f"pages/{page.get('code', '?')}"
    yield from _unknown(page, _PAGE_KEYS, where)
    yield from _named(page, "code", where)
    if not str(page.get("title") or "").strip():
        yield Problem(where, _("Cette page n'a pas de titre."), _("Donnez-lui un titre."))
    if str(page.get("code")) in seen.pages:
        yield Problem(where, _("Deux pages portent ce repère."), _("Changez le repère de l'une d'elles."))
    seen.pages.add(str(page.get("code")))
    sections = page.get("sections")
    if not isinstance(sections, list) or not sections:
        yield Problem(where, _("Cette page n'a pas de partie."), _("Ajoutez une partie, ou retirez la page."))
        return
    codes: set[str] = set()
    for one in sections:
        yield from _section(one, where, codes, seen)


def _section(section: Any, where: str, codes: set[str], seen: _Seen) -> Iterator[Problem]:
    if not isinstance(section, Mapping):
        yield _not_mapping(where)
        return
    here = f"{where}/sections/{section.get('code', '?')}"
    yield from _unknown(section, _SECTION_KEYS, here)
    yield from _named(section, "code", here)
    if str(section.get("code")) in codes:
        yield Problem(here, _("Deux parties portent ce repère."), _("Changez le repère de l'une d'elles."))
    codes.add(str(section.get("code")))
    held = section.get("fields")
    if not isinstance(held, list) or not held:
        yield Problem(here, _("Cette partie ne pose aucune question."), _("Ajoutez une question."))
        return
    for one in held:
        yield from _field(one, here, seen)


def _field(one: Any, where: str, seen: _Seen) -> Iterator[Problem]:
    if not isinstance(one, Mapping):
        yield _not_mapping(where)
        return
    here = f"{where}/fields/{one.get('key', '?')}"
    yield from _unknown(one, _FIELD_KEYS, here)
    yield from _named(one, "key", here)
    key, kind = str(one.get("key")), one.get("kind")
    if key in seen.keys:
        yield Problem(here, _("Deux questions portent ce repère."), _("Changez le repère de l'une d'elles."))
    if kind not in KINDS:
        words = _("« %(kind)s » n'est pas une nature de question.") % {"kind": kind}
        yield Problem(here, words, _("Choisissez une nature : %(kinds)s.") % {"kinds": ", ".join(KINDS)})
    if not str(one.get("label") or "").strip():
        yield Problem(here, _("Cette question n'est pas posée."), _("Écrivez la question."))
    yield from _parts(one, here)
    for name in ("required", "show_when"):
        yield from _condition(one.get(name), f"{here}/{name}", seen, 0)
    seen.keys[key] = str(kind)


def _parts(one: Mapping[str, Any], here: str) -> Iterator[Problem]:
    """Check what goes with some kinds alone: options, columns, a grid, bounds, a source, a dimension."""
    kind = str(one.get("kind"))
    if kind in {"choice", "choices"}:
        yield from _options(one.get("options"), here)
    if kind == "table":
        yield from _columns(one.get("columns"), here)
    if kind == "grid" and not (isinstance(one.get("grid"), str) and one["grid"].strip()):
        yield Problem(here, _("Aucune grille n'est nommée."), _("Choisissez une grille."))
    for name in ("min", "max"):
        if one.get(name) is not None and not _is_number(one[name]):
            yield Problem(here, _("Une limite n'est pas un nombre."), _("Écrivez un nombre entier."))
    low, high = one.get("min"), one.get("max")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        yield Problem(here, _("La limite basse dépasse la haute."), _("Échangez les deux limites."))
    source = one.get("source")
    if source is not None and str(source).partition(":")[0].partition(".")[0] not in SOURCES:
        words = _("« %(source)s » ne mène à rien dans la fiche.") % {"source": source}
        yield Problem(here, words, _("Choisissez une source, ou aucune."))
    if one.get("dimension") not in (None, "", *Dimension.values):
        words = _("« %(code)s » n'est pas une dimension d'étude.") % {"code": one["dimension"]}
        yield Problem(here, words, _("Choisissez une des sept dimensions, ou aucune."))


def _options(options: Any, here: str) -> Iterator[Problem]:
    if not isinstance(options, list) or not options:
        yield Problem(here, _("Cette question n'a rien à choisir."), _("Ajoutez des réponses possibles."))
        return
    codes = [one.get("code") if isinstance(one, Mapping) else None for one in options]
    if any(not isinstance(code, str) or not code for code in codes):
        yield Problem(here, _("Une réponse possible n'a pas de repère."), _("Donnez un repère à chacune."))
    elif len(set(codes)) < len(codes):
        words = _("Deux réponses possibles portent le même repère.")
        yield Problem(here, words, _("Changez le repère de l'une d'elles."))
    if any(not isinstance(one, Mapping) or not str(one.get("label") or "").strip() for one in options):
        yield Problem(here, _("Une réponse possible n'a pas de texte."), _("Écrivez-la."))


def _columns(columns: Any, here: str) -> Iterator[Problem]:
    if not isinstance(columns, list) or not columns:
        yield Problem(here, _("Ce tableau n'a pas de colonne."), _("Ajoutez une colonne."))
        return
    keys: set[str] = set()
    for one in columns:
        if not isinstance(one, Mapping):
            yield _not_mapping(here)
            continue
        place = f"{here}/columns/{one.get('key', '?')}"
        yield from _unknown(one, _COLUMN_KEYS, place)
        yield from _named(one, "key", place)
        if one.get("kind") not in COLUMN_KINDS:
            words = _("« %(kind)s » n'est pas une nature de colonne.") % {"kind": one.get("kind")}
            yield Problem(place, words, _("Choisissez : %(kinds)s.") % {"kinds": ", ".join(COLUMN_KINDS)})
        if not str(one.get("label") or "").strip():
            yield Problem(place, _("Cette colonne n'a pas de titre."), _("Donnez-lui un titre."))
        if str(one.get("key")) in keys:
            yield Problem(place, _("Deux colonnes portent ce repère."), _("Changez l'un des deux."))
        if one.get("kind") == "choice":
            yield from _options(one.get("options"), place)
        keys.add(str(one.get("key")))


def _condition(condition: Any, where: str, seen: _Seen, depth: int) -> Iterator[Problem]:
    if condition is None or isinstance(condition, bool):
        return
    if not isinstance(condition, Mapping) or depth > _DEEP:
        yield Problem(where, _("Cette condition n'est pas lisible."), _("Récrivez-la plus simplement."))
        return
    for name in ("all", "any"):
        if name in condition:
            parts = condition[name]
            if set(condition) != {name} or not isinstance(parts, list) or not parts:
                yield Problem(where, _("Cette condition n'est pas lisible."), _("Donnez-lui des parties."))
                return
            for one in parts:
                yield from _condition(one, where, seen, depth + 1)
            return
    if "not" in condition:
        if set(condition) != {"not"}:
            yield Problem(where, _("Cette condition n'est pas lisible."), _("Récrivez-la plus simplement."))
        yield from _condition(condition["not"], where, seen, depth + 1)
        return
    yield from _comparison(condition, where, seen)


def _comparison(condition: Mapping[str, Any], where: str, seen: _Seen) -> Iterator[Problem]:
    if set(condition) - {"field", "op", "value"} or "field" not in condition:
        yield Problem(where, _("Cette condition n'est pas lisible."), _("Dites quelle question elle lit."))
        return
    op = condition.get("op")
    if op not in OPS:
        words = _("« %(op)s » n'est pas une comparaison.") % {"op": op}
        yield Problem(where, words, _("Choisissez : %(ops)s.") % {"ops": ", ".join(OPS)})
    elif op != "filled" and condition.get("value") is None:
        yield Problem(where, _("Cette condition ne compare à rien."), _("Donnez la valeur attendue."))
    elif op == "in" and not isinstance(condition["value"], list):
        yield Problem(where, _("« in » attend une liste de valeurs."), _("Donnez une liste de valeurs."))
    for key in read_by(condition):
        if key not in seen.keys:
            words = _("Cette condition lit « %(key)s », qui n'est pas posée avant.") % {"key": key}
            yield Problem(where, words, _("Posez cette question avant, ou changez la condition."))


def _named(one: Mapping[str, Any], name: str, where: str) -> Iterator[Problem]:
    value = one.get(name)
    if not isinstance(value, str) or not _KEY.match(value):
        words = _("Le repère « %(value)s » ne va pas.") % {"value": value}
        yield Problem(where, words, _("Écrivez des minuscules sans accent, des chiffres et des « _ »."))


def _unknown(one: Mapping[str, Any], known: frozenset[str], where: str) -> Iterator[Problem]:
    for key in sorted(set(map(str, one)) - known):
        words = _("« %(key)s » n'a pas de sens ici.") % {"key": key}
        yield Problem(where, words, _("Retirez-le, ou corrigez son nom."))


def _not_mapping(where: str) -> Problem:
    return Problem(where, _("Cette partie du formulaire n'est pas lisible."), _("Récrivez-la."))


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
