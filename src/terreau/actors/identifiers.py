"""Numbers and codes that name an actor: read as typed, checked, refused with an explanation."""

import re

from django.utils.translation import gettext as _

from terreau.actors.tables import activities, legal_categories, legal_divisions, size_classes
from terreau.common.errors import DomainError
from terreau.common.official_numbers import (
    check_rna,
    check_siren,
    check_siret,
    luhn,
    siren_holds,
    siret_holds,
)

__all__ = [
    "NAF_VERSIONS",
    "check_legal_category",
    "check_naf",
    "check_rna",
    "check_siren",
    "check_siret",
    "check_size_class",
    "legal_category_label",
    "luhn",
    "naf_label",
    "siren_holds",
    "siret_holds",
]

#: Versions of the NAF a code may be said in. Only rev. 2 is embedded; the others are checked by form alone.
NAF_VERSIONS = ("rev2", "2025", "rev1")

_NAF = re.compile(r"^([0-9]{2})\.?([0-9]{2}[A-Z])$")
_NAF_REV1 = re.compile(r"^([0-9]{2})\.?([0-9][0-9A-Z]{1,2})$")
_CATEGORY = re.compile(r"^[0-9]{4}$")


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
