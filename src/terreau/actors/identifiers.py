"""Numbers and codes that name an actor: read as typed, checked, refused with an explanation."""

import re

from django.utils.translation import gettext as _

from terreau.actors.tables import activities, legal_categories, legal_divisions, size_classes
from terreau.common.errors import DomainError

LA_POSTE = "356000000"
LA_POSTE_HEAD_OFFICE = "35600000000048"
#: Versions of the NAF a code may be said in. Only rev. 2 is embedded; the others are checked by form alone.
NAF_VERSIONS = ("rev2", "2025", "rev1")

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009.\-]+")
_SCIENTIFIC = re.compile(r"^\d+([.,]\d+)?[eE]\+?\d+$")
_FLOAT = re.compile(r"^(\d+)[.,]0+$")
_DIGITS = re.compile(r"^[0-9]+$")
_RNA = re.compile(r"^W[0-9][0-9A-Z][0-9]{7}$")
_NAF = re.compile(r"^([0-9]{2})\.?([0-9]{2}[A-Z])$")
_NAF_REV1 = re.compile(r"^([0-9]{2})\.?([0-9][0-9A-Z]{1,2})$")
_CATEGORY = re.compile(r"^[0-9]{4}$")


def luhn(digits: str) -> bool:
    """Say whether the key of Luhn holds: from the right, every second digit doubled, sum a multiple of 10."""
    doubled = (int(d) * 2 for d in digits[-2::-2])
    return (sum(int(d) for d in digits[-1::-2]) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0


def siren_holds(siren: str) -> bool:
    """Say whether nine digits are a SIREN: Luhn, and not nine zeros (INSEE)."""
    return len(siren) == 9 and siren.isascii() and siren.isdigit() and siren.strip("0") != "" and luhn(siren)


def siret_holds(siret: str) -> bool:
    """Say whether fourteen digits are a SIRET: Luhn on its SIREN and on the whole (INSEE).

    La Poste (356 000 000) has more establishments than Luhn leaves room for: for it the sum of the
    digits is a multiple of 5, except its head office, which follows Luhn.
    """
    if not (len(siret) == 14 and siret.isascii() and siret.isdigit()) or siret.endswith("00000"):
        return False
    if siret[:9] == LA_POSTE and siret != LA_POSTE_HEAD_OFFICE:
        return sum(map(int, siret)) % 5 == 0
    return siren_holds(siret[:9]) and luhn(siret)


def check_siren(typed: str) -> str:
    """Return the nine digits of a SIREN typed with spaces, or raise ``DomainError`` saying what is wrong."""
    digits = _digits(typed, 9, "SIREN")
    if not siren_holds(digits):
        message = _("Le SIREN %(number)s n'existe pas : sa clé est fausse. Vérifiez chaque chiffre.")
        raise DomainError("siren_key", message % {"number": digits}, facts={"siren": digits})
    return digits


def check_siret(typed: str) -> str:
    """Return the fourteen digits of a SIRET typed with spaces, or raise a ``DomainError`` that explains."""
    digits = _digits(typed, 14, "SIRET")
    if digits.endswith("00000"):
        raise _rounded(digits)
    if not siret_holds(digits):
        message = _("Le SIRET %(number)s n'existe pas : sa clé est fausse. Vérifiez chaque chiffre.")
        raise DomainError("siret_key", message % {"number": digits}, facts={"siret": digits})
    return digits


def check_rna(typed: str) -> str:
    """Return an RNA number: W, then nine characters of which the second may be a letter (W2A…, W9R…).

    Associations of Bas-Rhin, Haut-Rhin and Moselle have none: they are in the register of the court
    (associations.gouv.fr, « Immatriculation »).
    """
    number = _SPACES.sub("", typed).upper()
    if not _RNA.match(number):
        message = _(
            "Un numéro RNA est la lettre W suivie de neuf caractères, par exemple W751234567. Les "
            "associations d'Alsace et de Moselle n'en ont pas : laissez vide et donnez leur SIREN."
        )
        raise DomainError("rna_format", message, facts={"rna": typed})
    return number


def check_legal_category(typed: str) -> str:
    """Return the four digits of a legal category (INSEE, level III); it may be one that no table lists."""
    code = typed.strip()
    if not _CATEGORY.match(code):
        message = _("Une catégorie juridique a quatre chiffres, par exemple 9220 (association déclarée).")
        raise DomainError("legal_category_format", message, facts={"legal_category": typed})
    return code


def legal_category_label(code: str, lang: str) -> str:
    """Return the label of a legal category, that of its division when it is not listed, or ``""``."""
    row = legal_categories().get(code)
    if row is not None:
        return row.label
    division = legal_divisions().get(code[:2])
    return division.name(lang) if division else ""


def check_naf(typed: str, version: str = "rev2") -> str:
    """Return a NAF sub-class with its dot (``88.99B``); rev. 2 codes must be in its table."""
    if version not in NAF_VERSIONS:
        message = _("Version de la NAF inconnue : %(version)s. Écrire %(known)s.")
        values = {"version": version, "known": ", ".join(NAF_VERSIONS)}
        raise DomainError("naf_version", message % values, facts={"known": list(NAF_VERSIONS)})
    text = re.sub(r"\s", "", typed).upper()
    found = (_NAF_REV1 if version == "rev1" else _NAF).match(text)
    code = ".".join(found.groups()) if found else ""
    if not code or (version == "rev2" and code not in activities()):
        message = _("Code NAF inconnu : %(code)s. Il a quatre chiffres et une lettre, par exemple 88.99B.")
        raise DomainError("naf_unknown", message % {"code": typed}, facts={"naf": typed, "version": version})
    return code


def naf_label(code: str, version: str) -> str:
    """Return the label of an activity, or ``""`` for a version that is not embedded."""
    row = activities().get(code) if version == "rev2" else None
    return row.label if row else ""


def check_size_class(typed: str) -> str:
    """Return the code of a size class of the Sirene directory (``NN``, ``00`` to ``53``)."""
    code = typed.strip().upper()
    if code not in size_classes():
        message = _("Tranche d'effectifs inconnue : %(code)s. Écrire un code de l'INSEE : %(known)s.")
        values = {"code": typed, "known": ", ".join(size_classes())}
        raise DomainError("size_class_unknown", message % values, facts={"known": list(size_classes())})
    return code


def _digits(typed: str, length: int, name: str) -> str:
    """Return the digits of a typed number, or say what a spreadsheet or a hand did to it."""
    text = str(typed).strip()
    if _SCIENTIFIC.match(text.replace(" ", "")):
        message = _(
            "%(text)s : un tableur a transformé ce %(name)s en nombre et ses derniers chiffres sont perdus. "
            "Reprenez-le dans le fichier d'origine, colonne au format texte."
        )
        raise DomainError("number_as_float", message % {"text": text, "name": name}, facts={"typed": text})
    whole = _FLOAT.match(text)
    digits = whole.group(1) if whole else _SPACES.sub("", text)
    if not _DIGITS.match(digits) or len(digits) != length:
        raise _wrong_length(text, digits, length, name)
    return digits


def _wrong_length(text: str, digits: str, length: int, name: str) -> DomainError:
    facts: dict[str, str | int] = {"typed": text, "expected": length}
    holds = siren_holds if length == 9 else siret_holds
    padded = digits.zfill(length)
    if _DIGITS.match(digits) and length - 3 <= len(digits) < length and holds(padded):
        facts["suggestion"] = padded
        message = _("%(text)s : il manque des zéros au début. S'agit-il du %(name)s %(suggestion)s ?")
        values = {"text": text, "name": name, "suggestion": padded}
        return DomainError("number_lost_zeros", message % values, facts=facts)
    message = _("Un %(name)s a %(length)s chiffres ; « %(text)s » en a %(count)s.")
    count = sum(c.isdigit() for c in digits)
    return DomainError(
        "number_length", message % {"name": name, "length": length, "text": text, "count": count}, facts=facts
    )


def _rounded(digits: str) -> DomainError:
    """Return the refusal of a SIRET that ends in zeros: a float kept nine figures, the SIREN may be left."""
    facts = {"siret": digits}
    if siren_holds(digits[:9]):
        facts["siren"] = digits[:9]
    message = _(
        "%(number)s : ce SIRET a été arrondi par un tableur, le numéro de l'établissement est perdu. "
        "Reprenez-le dans le fichier d'origine, ou donnez seulement le SIREN %(siren)s."
    )
    return DomainError("siret_rounded", message % {"number": digits, "siren": digits[:9]}, facts=facts)
