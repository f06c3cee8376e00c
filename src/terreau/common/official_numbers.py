"""SIREN, SIRET and RNA numbers: read as typed, checked, refused with an explanation."""

import re

from django.utils.translation import gettext as _

from terreau.common.errors import DomainError

LA_POSTE = "356000000"
LA_POSTE_HEAD_OFFICE = "35600000000048"

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009.\-]+")
_SCIENTIFIC = re.compile(r"^\d+([.,]\d+)?[eE]\+?\d+$")
_FLOAT = re.compile(r"^(\d+)[.,]0+$")
_DIGITS = re.compile(r"^[0-9]+$")
_RNA = re.compile(r"^W[0-9][0-9A-Z][0-9]{7}$")


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
