"""Subsidy files of public bodies: SCDL 2.1.1, and the layouts published before it (COLL_, ATTRIB_, SUB_).

Every line becomes a row with its provenance (``Subsidy``), its parties as they are named; flows come later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors import identifiers, imports_found
from terreau.actors.models import Actor, Subsidy
from terreau.common import canonical, parsing
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.text import search_text
from terreau.imports.kinds import (
    ADDED,
    REFUSED,
    REMARK,
    SAME,
    Change,
    Column,
    Context,
    Kind,
    Outcome,
    Problem,
    Row,
    Wrote,
)
from terreau.imports.kinds import register as register_kind


@dataclass(frozen=True, slots=True)
class Number:
    """A SIREN, and the SIRET when it is whole; ``spoilt`` says why it is not."""

    siren: str
    siret: str = ""
    spoilt: str = ""


def number(typed: str) -> Number:
    """Return a SIRET or a SIREN; one that a spreadsheet rounded keeps its SIREN and says so."""
    digits = "".join(typed.split())
    if len(digits) == 9 and digits.isdecimal():
        return Number(identifiers.check_siren(typed))
    try:
        siret = identifiers.check_siret(typed)
    except DomainError as error:
        if error.code == "siret_rounded" and "siren" in error.facts:
            return Number(error.facts["siren"], spoilt=str(error.message))
        raise
    return Number(siret[:9], siret)


def amount(typed: str) -> Euro:
    """Return an amount above zero, to the cent."""
    found = parsing.euros(typed)
    if found.cents <= 0:
        message = _("« %(text)s » : une subvention a un montant positif.") % {"text": typed}
        raise DomainError("not_positive", message)
    return found


def name(typed: str) -> str:
    """Return a name of at most 250 characters."""
    return parsing.one_line(typed, 250)


def reference(typed: str) -> str:
    """Return a reference of at most 200 characters."""
    return parsing.one_line(typed, 200)


def nature(typed: str) -> str:
    """Return the nature of a subsidy (in cash, in kind), 60 characters at most."""
    return parsing.one_line(typed, 60)


COLUMNS = (
    Column(
        "giver_name",
        gettext_lazy("attribuant"),
        name,
        ("nomAttribuant", "COLL_NOM", "nom de l'attribuant", "attribuant", "collectivite"),
        required=True,
    ),
    Column(
        "giver",
        gettext_lazy("SIRET de l'attribuant"),
        number,
        ("idAttribuant", "COLL_SIRET", "siret attribuant"),
    ),
    Column(
        "beneficiary_name",
        gettext_lazy("bénéficiaire"),
        name,
        ("nomBeneficiaire", "ATTRIB_NOM", "nom du beneficiaire", "beneficiaire"),
        required=True,
    ),
    Column(
        "beneficiary",
        gettext_lazy("SIRET du bénéficiaire"),
        number,
        ("idBeneficiaire", "ATTRIB_SIRET", "siret beneficiaire"),
    ),
    Column(
        "rna",
        gettext_lazy("RNA du bénéficiaire"),
        identifiers.check_rna,
        ("rnaBeneficiaire",),
        lenient=True,
    ),
    Column(
        "amount",
        gettext_lazy("montant"),
        amount,
        ("montant", "SUB_MONTANT", "montant de la subvention", "montant vote"),
        required=True,
    ),
    Column(
        "on",
        gettext_lazy("date de la décision"),
        parsing.day,
        ("dateConvention", "ACTE_DATE", "date", "date de convention"),
    ),
    Column(
        "reference",
        gettext_lazy("référence de la décision"),
        reference,
        ("referenceDecision", "ACTE_REF", "reference"),
    ),
    Column("purpose", gettext_lazy("objet"), str.strip, ("objet", "SUB_OBJET", "SUB_OBJ")),
    Column("nature", gettext_lazy("nature"), nature, ("nature", "SUB_NATURE")),
    Column(
        "period",
        gettext_lazy("dates ou période de versement"),
        parsing.days,
        ("datesPeriodeVersement", "dates de versement"),
        lenient=True,
    ),
)
OPTIONS = (
    Column(
        "spoilt",
        gettext_lazy("reprendre le SIREN des SIRET arrondis par un tableur"),
        parsing.yes_no,
        hint=gettext_lazy("oui ou non ; non par défaut : ces lignes sont refusées"),
    ),
)


def _key(values: Mapping[str, Any]) -> tuple[str, ...]:
    return (digest(values),)


def digest(values: Mapping[str, Any]) -> str:
    """Return the digest of what a line says: the same line brought again is the same subsidy."""
    giver, beneficiary = values.get("giver"), values.get("beneficiary")
    said = [
        giver.siren if giver else search_text(values["giver_name"]),
        beneficiary.siren if beneficiary else search_text(values["beneficiary_name"]),
        values["amount"].cents,
        values["on"].isoformat() if "on" in values else "",
        values.get("reference", ""),
        search_text(values.get("purpose", "")),
        [day.isoformat() for day in values.get("period", ()) if day],
    ]
    return canonical.digest(said)


def compare(context: Context, rows: Sequence[Row]) -> list[Outcome]:
    """Say which lines are new, and link those whose SIREN is of the register."""
    numbers = [row.values[which] for row in rows for which in ("giver", "beneficiary") if which in row.values]
    known = imports_found.by_siren([one.siren for one in numbers], lock=context.writing)
    digests = [digest(row.values) for row in rows]
    held = set(Subsidy.objects.filter(digest__in=digests, withdrawn_at=None).values_list("digest", flat=True))
    return [_compare(context, row, known, held) for row in rows]


def _compare(context: Context, row: Row, known: Mapping[str, list[Actor]], held: set[str]) -> Outcome:
    values = row.values
    label = f"{values['beneficiary_name']} · {values['amount']}"
    spoilt = tuple(_spoilt(context, values))
    if any(problem.level != REMARK for problem in spoilt):
        return Outcome(REFUSED, label, problems=spoilt)
    if digest(values) in held:
        return Outcome(SAME, label, problems=spoilt)
    parties = {which: _party(values.get(which), known) for which in ("giver", "beneficiary")}
    changes = (
        Change(_("Montant"), "", str(values["amount"])),
        Change(_("De"), "", _named(values["giver_name"], parties["giver"])),
        Change(_("À"), "", _named(values["beneficiary_name"], parties["beneficiary"])),
    )
    return Outcome(ADDED, label, changes, spoilt, found=parties)


def _spoilt(context: Context, values: Mapping[str, Any]) -> list[Problem]:
    found = []
    for which in ("giver", "beneficiary"):
        one: Number | None = values.get(which)
        if one is not None and one.spoilt:
            taken = bool(context.options.get("spoilt"))
            more = _("Le SIREN %(siren)s est repris.") % {"siren": one.siren} if taken else ""
            message = f"{one.spoilt} {more}".strip()
            level = REMARK if taken else "error"
            found.append(Problem("siret_rounded", message, which, f"{one.siren}00000", level))
    return found


def _party(one: Number | None, known: Mapping[str, list[Actor]]) -> Actor | None:
    actors = known.get(one.siren, []) if one else []
    return actors[0] if len(actors) == 1 else None


def _named(name_: str, actor: Actor | None) -> str:
    return _("%(name)s (fiche « %(actor)s »)") % {"name": name_, "actor": actor.name} if actor else name_


def write(context: Context, rows: Sequence[tuple[Row, Outcome]]) -> list[list[Wrote]]:
    """Write a row a line."""
    made = Subsidy.objects.bulk_create(_subsidy(context, row, outcome.found) for row, outcome in rows)
    return [[_wrote(one)] for one in made]


def _subsidy(context: Context, row: Row, parties: Mapping[str, Actor | None]) -> Subsidy:
    values = row.values
    giver, beneficiary = values.get("giver", Number("")), values.get("beneficiary", Number(""))
    period: tuple[date | None, date | None] = values.get("period", (None, None))
    return Subsidy(
        giver=parties["giver"],
        giver_name=values["giver_name"],
        giver_siren=giver.siren,
        beneficiary=parties["beneficiary"],
        beneficiary_name=values["beneficiary_name"],
        beneficiary_siren=beneficiary.siren,
        beneficiary_siret=beneficiary.siret,
        beneficiary_rna=values.get("rna", ""),
        cents=values["amount"].cents,
        decided_on=values.get("on"),
        reference=values.get("reference", ""),
        purpose=values.get("purpose", ""),
        nature=values.get("nature", ""),
        paid_from=period[0],
        paid_to=period[1],
        source=context.source,
        row=row.number,
        digest=digest(values),
    )


def _wrote(one: Subsidy) -> Wrote:
    return {"what": "subsidy", "pk": one.pk, "digest": one.digest}


def undo(_context: Context, wrote: list[Wrote]) -> None:
    """Withdraw the row of a line; it stays readable, with its day."""
    for one in wrote:
        rows = Subsidy.objects.filter(pk=one["pk"], withdrawn_at=None)
        if not rows.update(withdrawn_at=timezone.now()):
            raise DomainError("gone", _("Cette subvention est déjà retirée."), status=409)


def received(actor: UUID) -> "models.QuerySet[Subsidy]":
    """Return the subsidies that an actor received, the last first, withdrawn ones left out."""
    return Subsidy.objects.filter(beneficiary=actor, withdrawn_at=None)


KIND = register_kind(
    Kind(
        code="subventions",
        label=gettext_lazy("Subventions d'une collectivité"),
        lede=gettext_lazy("Un fichier au format SCDL, ou aux formats publiés avant lui."),
        columns=COLUMNS,
        options=OPTIONS,
        key=_key,
        compare=compare,
        write=write,
        undo=undo,
        may=imports_found.may,
    )
)
