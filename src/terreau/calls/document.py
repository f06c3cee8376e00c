"""A call as a file says it (YAML), read whole: every problem with its line, never the first one alone.

Amounts are in euros, rates in percent, instants in Europe/Paris; a null is « laissé au porteur du
programme ». A file that is an example names the source of each value that it gives (``sources``). Who carries
the programme is a name, or ``{name, siret}``: open data on subsidies asks for that number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from terreau.calls import form_checks, letters, own_rules
from terreau.calls.models import (
    OPINIONS,
    STAGES,
    Applicant,
    Call,
    Category,
    Dimension,
    Programme,
    Sponsor,
    Strand,
    Support,
)
from terreau.common.content import ContentError, Section, read_content
from terreau.common.errors import DomainError
from terreau.common.official_numbers import check_siret

PARIS: Final = ZoneInfo("Europe/Paris")
_PROGRAMME: Final = frozenset(
    {
        *("slug", "name", "summary", "level", "owner", "valid_from", "valid_to", "envelope"),
        *("legal_basis", "source", "strands"),
    }
)
_STRAND: Final = frozenset(
    {
        *("code", "name", "kind", "support", "dimensions", "grids", "envelope"),
        *("deliverables", "calendar", "source"),
    }
)
_CALL: Final = frozenset(
    {
        *("slug", "example", "programme", "title", "summary", "state", "source", "opens", "closes"),
        *("tolerance", "late", "decision_on", "envelope", "minimum", "maximum", "duration_months"),
        *("rate_max", "places", "de_minimis", "applicants", "categories", "strands", "sponsors", "grids"),
        *("criteria", "review", "stages", "letters", "ranking", "portfolio", "deposit", "figures"),
        *("sources", "form"),
    }
)
#: Values of an example that must say where they were read.
_SOURCED: Final = (
    *("opens", "closes", "tolerance", "decision_on", "envelope", "minimum", "maximum", "duration_months"),
    *("rate_max", "places", "de_minimis", "applicants", "categories", "sponsors", "grids", "review"),
    *("stages", "ranking", "deposit"),
)
RANKINGS: Final = ("score", "opinion", "instructed")
TIES: Final = ("asked", "deposit", "draw")
TOLD: Final = ("together", "each")
#: How files may be given.
CHANNELS: Final = ("online", "paper", "email")


@dataclass(frozen=True, slots=True)
class Said:
    """What a file says: the columns of each row, ready to be written.

    ``owner_siret``: that of who carries the programme, empty when the file does not give it.
    """

    programme: dict[str, Any]
    owner_siret: str
    strands: list[dict[str, Any]]
    call: dict[str, Any]
    strand_codes: list[str]
    sponsors: list[dict[str, Any]]
    form: dict[str, Any]


@dataclass(slots=True)
class _Reading:
    """Problems met, each with its line."""

    path: Path
    problems: list[tuple[int, str]] = field(default_factory=list)

    def say(self, line: int, words: str) -> None:
        self.problems.append((line, words))


def read(path: Path) -> Said:
    """Read the file of a call; raise ``DomainError`` ``bad_call_file`` with every problem and its line.

    ``facts["problems"]`` are ``"file:line: …"``, in the order of the file.
    """
    try:
        found = read_content(path)
    except (ContentError, OSError) as error:
        raise _refusal([str(error)]) from error
    reading = _Reading(path)
    if not isinstance(found, Section):
        reading.say(1, _("Le fichier doit décrire un appel : des clés et leurs valeurs."))
    said = _Document(reading, found).said() if isinstance(found, Section) else None
    if reading.problems or said is None:
        ordered = sorted(reading.problems, key=lambda one: one[0])
        raise _refusal([f"{path.name}:{line}: {words}" for line, words in ordered])
    return said


def _refusal(problems: list[str]) -> DomainError:
    words = _("Ce fichier d'appel ne peut pas être chargé : voyez la liste des problèmes.")
    return DomainError("bad_call_file", words, facts={"problems": problems})


class _Document:
    """Reads the parts of a file."""

    def __init__(self, reading: _Reading, root: Section) -> None:
        self.reading = reading
        self.root = root

    def said(self) -> Said:
        root = self.root
        self._keys(root, _CALL, {"slug", "programme", "title", "form"})
        programme, siret, strands = self._programme(root.get("programme"))
        call = self._call()
        sponsors = [self._sponsor(one, rank) for rank, one in enumerate(self._sections(root, "sponsors"))]
        form = self._form()
        self._once(root.get("programme"), "strands", "code")
        for key, name in (("sponsors", "name"), ("criteria", "code"), ("stages", "code")):
            self._once(root, key, name)
        named = [str(code) for code in self._list(root, "strands")]
        codes = [one["code"] for one in strands]
        for code in named:
            if code not in codes:
                self._say(root, "strands", _("Le volet « %(code)s » n'est pas décrit.") % {"code": code})
        if root.get("example") is True:
            self._sourced()
        return Said(programme, siret, strands, call, named, sponsors, form)

    # What every part uses.

    def _say(self, section: Section, key: str, words: str) -> None:
        self.reading.say(section.lines.get(key, section.line), words)

    def _keys(self, section: Section, known: Iterable[str], needed: Iterable[str] = ()) -> None:
        for key in section:
            if key not in set(known):
                self._say(section, key, _("La clé « %(key)s » n'est pas connue ici.") % {"key": key})
        for key in sorted(needed):
            if section.get(key) in {None, ""} if not isinstance(section.get(key), dict | list) else False:
                self._say(section, "", _("Il manque la clé « %(key)s ».") % {"key": key})

    def _list(self, section: Section, key: str) -> list[Any]:
        value = section.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self._say(section, key, _("« %(key)s » doit être une liste.") % {"key": key})
            return []
        return value

    def _sections(self, section: Section, key: str) -> list[Section]:
        found = []
        for one in self._list(section, key):
            if isinstance(one, Section):
                found.append(one)
            else:
                self._say(section, key, _("Chaque ligne de « %(key)s » a ses propres clés.") % {"key": key})
        return found

    def _once(self, section: Any, key: str, name: str) -> None:
        """Say which rows of a list bear the same code, or the same name, as another."""
        rows = section.get(key) if isinstance(section, Section) else None
        seen: set[str] = set()
        for one in rows if isinstance(rows, list) else ():
            said = str(one.get(name) or "") if isinstance(one, Section) else ""
            if said and said in seen:
                words = _("« %(value)s » est deux fois dans « %(key)s ».") % {"value": said, "key": key}
                self._say(one, name, words)
            seen.add(said)

    def _text(self, section: Section, key: str, longest: int = 300) -> str:
        value = section.get(key)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > longest:
            words = _("« %(key)s » doit être un texte de %(most)d caractères au plus.")
            self._say(section, key, words % {"key": key, "most": longest})
            return ""
        return value.strip()

    def _both(self, section: Section, key: str, longest: int = 200) -> tuple[str, str]:
        """Return a text in French and in English: a text alone is French."""
        value = section.get(key)
        if not isinstance(value, Section):
            return self._text(section, key, longest), ""
        self._keys(value, {"fr", "en"}, {"fr"})
        return self._text(value, "fr", longest), self._text(value, "en", longest)

    def _slug(self, section: Section, key: str) -> str:
        value = str(section.get(key) or "")
        plain = value.replace("-", "").replace("_", "")
        if not plain.isalnum() or not plain.isascii() or value != value.lower() or len(value) > 60:
            words = _("« %(value)s » n'est pas une adresse : minuscules, chiffres et tirets.")
            self._say(section, key, words % {"value": value})
        return value

    def _word(self, section: Section, key: str, allowed: Iterable[str], default: str = "") -> str:
        value = section.get(key, default)
        if value not in list(allowed):
            words = _("« %(key)s » vaut « %(value)s » ; choisissez parmi : %(allowed)s.")
            told = {"key": key, "value": value, "allowed": ", ".join(allowed)}
            self._say(section, key, words % told)
        return str(value)

    def _words(self, section: Section, key: str, allowed: Iterable[str]) -> list[str]:
        found = []
        for one in self._list(section, key):
            if one in list(allowed):
                found.append(str(one))
                continue
            words = _("« %(value)s » n'est pas connu dans « %(key)s » ; choisissez parmi : %(allowed)s.")
            told = {"key": key, "value": one, "allowed": ", ".join(allowed)}
            self._say(section, key, words % told)
        return found

    def _cents(self, section: Section, key: str) -> int | None:
        value = section.get(key)
        if value is None:
            return None
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and value >= 0:
            cents = Decimal(value) * 100
            if cents == cents.to_integral_value():
                return int(cents)
        self._say(section, key, _("« %(key)s » doit être un montant en euros.") % {"key": key})
        return None

    def _rate(self, section: Section, key: str) -> int | None:
        value = section.get(key)
        if value is None:
            return None
        if isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 <= value <= 100:
            hundredths = Decimal(value) * 100
            if hundredths == hundredths.to_integral_value():
                return int(hundredths)
        self._say(section, key, _("« %(key)s » doit être un taux entre 0 et 100.") % {"key": key})
        return None

    def _whole(self, section: Section, key: str) -> int | None:
        value = section.get(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self._say(section, key, _("« %(key)s » doit être un nombre entier.") % {"key": key})
        return None

    def _day(self, section: Section, key: str) -> date | None:
        value = section.get(key)
        if value is None or isinstance(value, date):
            return value
        self._say(section, key, _("« %(key)s » doit être une date : 2025-10-02.") % {"key": key})
        return None

    def _instant(self, section: Section, key: str, at: time) -> datetime | None:
        """Return an instant of Paris: a day alone begins at 0:00 and ends at 23:59:59."""
        value = section.get(key)
        if value is None:
            return None
        if isinstance(value, date):
            return datetime.combine(value, at, PARIS)
        try:
            read = datetime.fromisoformat(str(value))
        except ValueError:
            read = None
        if read is None or read.tzinfo is not None:
            words = _('« %(key)s » doit être un jour, ou un jour et une heure de Paris : "2015-06-30 23:59".')
            self._say(section, key, words % {"key": key})
            return None
        return read.replace(tzinfo=PARIS)

    # The parts of the file.

    def _programme(self, section: Any) -> tuple[dict[str, Any], str, list[dict[str, Any]]]:
        if not isinstance(section, Section):
            self._say(self.root, "programme", _("« programme » a ses propres clés : slug, name, owner."))
            return {}, "", []
        self._keys(section, _PROGRAMME, {"slug", "name", "owner"})
        owner, siret = self._owner(section)
        name, name_en = self._both(section, "name")
        summary, summary_en = self._both(section, "summary", 4_000)
        held = {
            "slug": self._slug(section, "slug"),
            "name": name,
            "name_en": name_en,
            "summary": summary,
            "summary_en": summary_en,
            "level": self._word(section, "level", Programme.Level.values, "state"),
            "owner_name": owner,
            "valid_from": self._day(section, "valid_from"),
            "valid_to": self._day(section, "valid_to"),
            "envelope_cents": self._cents(section, "envelope"),
            "legal_basis": self._text(section, "legal_basis"),
            "source": self._text(section, "source"),
        }
        strands = [self._strand(one, rank) for rank, one in enumerate(self._sections(section, "strands"))]
        return held, siret, strands

    def _owner(self, section: Section) -> tuple[str, str]:
        """Return the name and the SIRET of who carries a programme: a text alone is a name."""
        value = section.get("owner")
        if not isinstance(value, Section):
            return self._text(section, "owner", 200), ""
        self._keys(value, {"name", "siret"}, {"name"})
        typed = str(value.get("siret") or "")
        try:
            return self._text(value, "name", 200), check_siret(typed) if typed else ""
        except DomainError as error:
            self._say(value, "siret", str(error.message))
            return "", ""

    def _strand(self, section: Section, rank: int) -> dict[str, Any]:
        self._keys(section, _STRAND, {"code", "name", "kind"})
        name, name_en = self._both(section, "name")
        return {
            "code": self._slug(section, "code"),
            "name": name,
            "name_en": name_en,
            "kind": self._word(section, "kind", Strand.Kind.values),
            "support": self._words(section, "support", Support.values),
            "dimensions": self._words(section, "dimensions", Dimension.values),
            "grids": [str(one) for one in self._list(section, "grids")],
            "envelope_cents": self._cents(section, "envelope"),
            "deliverables": self._text(section, "deliverables", 2_000),
            "calendar": self._text(section, "calendar", 2_000),
            "source": self._text(section, "source"),
            "rank": rank,
        }

    def _call(self) -> dict[str, Any]:
        root = self.root
        title, title_en = self._both(root, "title")
        summary, summary_en = self._both(root, "summary", 4_000)
        opens = self._instant(root, "opens", time(0, 0))
        closes = self._instant(root, "closes", time(23, 59, 59))
        if opens and closes and closes <= opens:
            self._say(root, "closes", _("La fermeture suit l'ouverture."))
        least, most = self._cents(root, "minimum"), self._cents(root, "maximum")
        if least is not None and most is not None and most < least:
            self._say(root, "maximum", _("L'aide maximale n'est pas inférieure à la minimale."))
        return {
            "slug": self._slug(root, "slug"),
            "example": root.get("example") is True,
            "title": title,
            "title_en": title_en,
            "summary": summary,
            "summary_en": summary_en,
            "state": self._word(root, "state", Call.State.values, "draft"),
            "source": self._text(root, "source"),
            "opens_at": opens,
            "closes_at": closes,
            "tolerance": self._whole(root, "tolerance") or 0,
            "late": self._word(root, "late", Call.Late.values, "refuse"),
            "decision_on": self._day(root, "decision_on"),
            "envelope_cents": self._cents(root, "envelope"),
            "min_cents": least,
            "max_cents": most,
            "duration_months": self._whole(root, "duration_months"),
            "rate_max": self._rate(root, "rate_max"),
            "places": self._whole(root, "places"),
            "de_minimis": root.get("de_minimis") is True,
            "applicants": self._words(root, "applicants", Applicant.values),
            "categories": self._words(root, "categories", Category.values),
            "grids": [str(one) for one in self._list(root, "grids")],
            "criteria": [self._criterion(one) for one in self._sections(root, "criteria")],
            "review": self._review(root.get("review")),
            "stages": [self._stage(one) for one in self._sections(root, "stages")],
            "letters": self._letters(root.get("letters")),
            "ranking": self._ranking(root.get("ranking")),
            "portfolio": _plain(root.get("portfolio") or {}),
            "deposit": self._deposit(root.get("deposit")),
            "figures": [self._figure(one) for one in self._sections(root, "figures")],
            "sources": self._sources(root.get("sources")),
        }

    def _criterion(self, section: Section) -> dict[str, Any]:
        rule = self._word(section, "rule", own_rules.RULES)
        own = own_rules.OWN.get(rule, "")
        self._keys(section, {"code", "label", "rule", "source", "expected", own}, {"code", "label", "rule"})
        label, label_en = self._both(section, "label", 500)
        found = {
            "code": self._slug(section, "code"),
            "label": label,
            "label_en": label_en,
            "rule": rule,
            "expected": section.get("expected") is not False,
            "source": self._text(section, "source"),
        }
        if own:
            found[own] = [str(one) for one in self._list(section, own)]
            if not found[own]:
                self._say(section, own, _("« %(key)s » ne nomme rien.") % {"key": own})
        return found

    def _review(self, section: Any) -> dict[str, Any]:
        if section is None:
            return {}
        if not isinstance(section, Section):
            self._say(self.root, "review", _("« review » a ses propres clés : reviewers, criteria."))
            return {}
        self._keys(section, {"reviewers", "criteria"})
        rows = [self._scored(one) for one in self._sections(section, "criteria")]
        codes = [one["code"] for one in rows]
        if len(set(codes)) < len(codes):
            self._say(section, "criteria", _("Deux critères portent le même repère."))
        return {"reviewers": self._whole(section, "reviewers"), "criteria": rows}

    def _scored(self, section: Section) -> dict[str, Any]:
        self._keys(section, {"code", "label", "weight", "max", "text", "source"}, {"code", "label"})
        label, label_en = self._both(section, "label", 500)
        return {
            "code": self._slug(section, "code"),
            "label": label,
            "label_en": label_en,
            "weight": self._whole(section, "weight"),
            "max": self._whole(section, "max"),
            "text": section.get("text") is not False,
            "source": self._text(section, "source"),
        }

    def _stage(self, section: Section) -> dict[str, Any]:
        self._keys(section, {"code", "label", "opinion"}, {"code"})
        label, label_en = self._both(section, "label")
        return {
            "code": self._word(section, "code", STAGES),
            "label": label,
            "label_en": label_en,
            "opinion": self._word(section, "opinion", OPINIONS, "none"),
        }

    def _sponsor(self, section: Section, rank: int) -> dict[str, Any]:
        self._keys(section, {"name", "share", "rate", "opinion"}, {"name"})
        return {
            "name": self._text(section, "name", 200),
            "share_cents": self._cents(section, "share"),
            "share_rate": self._rate(section, "rate"),
            "opinion": self._word(section, "opinion", Sponsor.Opinion.values, "none"),
            "rank": rank,
        }

    def _letters(self, section: Any) -> dict[str, Any]:
        if section is None:
            return {}
        if not isinstance(section, Section):
            self._say(self.root, "letters", _("« letters » a une clé par événement."))
            return {}
        self._keys(section, letters.EVENTS)
        found = {}
        for event, one in section.items():
            if not isinstance(one, Section):
                self._say(section, event, _("Une lettre a un objet (subject) et un texte (body)."))
                continue
            self._keys(one, {"subject", "body"}, {"subject", "body"})
            found[event] = {
                "subject": self._text(one, "subject", letters.LONGEST_SUBJECT),
                "body": self._text(one, "body", letters.LONGEST_BODY),
            }
            for key, text in found[event].items():
                for name in letters.unknown_places(text):
                    words = _("« {%(name)s} » ne veut rien dire dans une lettre.") % {"name": name}
                    self._say(one, key, words)
        return found

    def _ranking(self, section: Any) -> dict[str, Any]:
        if section is None:
            return {}
        if not isinstance(section, Section):
            self._say(self.root, "ranking", _("« ranking » a trois clés : by, tie et told."))
            return {}
        self._keys(section, {"by", "tie", "told"}, {"by"})
        found = {"by": self._word(section, "by", RANKINGS), "tie": self._word(section, "tie", TIES, "asked")}
        return {**found, "told": self._word(section, "told", TOLD)} if "told" in section else found

    def _deposit(self, section: Any) -> dict[str, Any]:
        if section is None:
            return {}
        if not isinstance(section, Section):
            self._say(self.root, "deposit", _("« deposit » a trois clés : channels, both et signed."))
            return {}
        self._keys(section, {"channels", "both", "signed"})
        return {
            "channels": self._words(section, "channels", CHANNELS),
            "both": section.get("both") is True,
            "signed": section.get("signed") is True,
        }

    def _figure(self, section: Section) -> dict[str, Any]:
        self._keys(section, {"code", "label", "value", "source"}, {"code", "value", "source"})
        label, label_en = self._both(section, "label", 300)
        return {
            "code": self._slug(section, "code"),
            "label": label,
            "label_en": label_en,
            "value": self._whole(section, "value"),
            "source": self._text(section, "source"),
        }

    def _sources(self, section: Any) -> dict[str, str]:
        if section is None:
            return {}
        if not isinstance(section, Section):
            self._say(self.root, "sources", _("« sources » a une clé par valeur."))
            return {}
        self._keys(section, _CALL)
        return {key: self._text(section, key) for key in section}

    def _sourced(self) -> None:
        """Say which values of an example do not say where they were read."""
        given = self.root.get("sources")
        told = given if isinstance(given, Section) else {}
        for key in _SOURCED:
            value = self.root.get(key)
            if value is None or value in ([], {}):
                continue
            if not told.get(key):
                words = _("« %(key)s » est donné sans sa source : ajoutez-la dans « sources ».")
                self._say(self.root, key, words % {"key": key})

    def _form(self) -> dict[str, Any]:
        section = self.root.get("form")
        if not isinstance(section, Section):
            self._say(self.root, "form", _("« form » décrit les pages du formulaire."))
            return {}
        content: dict[str, Any] = _plain(section)
        lines = _lines(section)
        for problem in form_checks.check(content):
            line = _line_of(lines, problem.where) or section.line
            self.reading.say(line, f"{problem.where} : {problem.what} {problem.do}")
        return content


def _plain(value: Any) -> Any:
    """Return plain JSON: texts in two languages become ``label`` and ``label_en``; decimals become texts."""
    if isinstance(value, Mapping):
        found: dict[str, Any] = {}
        for key, one in value.items():
            if isinstance(one, Mapping) and one and set(one) <= {"fr", "en"}:
                found[key] = str(one.get("fr") or "")
                if one.get("en"):
                    found[f"{key}_en"] = str(one["en"])
            else:
                found[key] = _plain(one)
        return found
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Decimal | date) else value


def _lines(form: Section) -> dict[str, int]:
    """Return the line of each page, section, field and condition of a form, by its path."""
    found = {"pages": form.lines.get("pages", form.line)}
    for page in _under(form, "pages"):
        where = f"pages/{page.get('code', '?')}"
        found[where] = page.line
        for section in _under(page, "sections"):
            here = f"{where}/sections/{section.get('code', '?')}"
            found[here] = section.line
            for one in _under(section, "fields"):
                place = f"{here}/fields/{one.get('key', '?')}"
                found[place] = one.line
                found |= {f"{place}/{key}": line for key, line in one.lines.items()}
                found |= {
                    f"{place}/columns/{col.get('key', '?')}": col.line for col in _under(one, "columns")
                }
    return found


def _under(section: Section, key: str) -> list[Section]:
    value = section.get(key)
    return [one for one in value if isinstance(one, Section)] if isinstance(value, list) else []


def _line_of(lines: Mapping[str, int], where: str) -> int:
    """Return the line of a path, or that of what holds it."""
    while where:
        if where in lines:
            return lines[where]
        where = where.rpartition("/")[0]
    return 0
