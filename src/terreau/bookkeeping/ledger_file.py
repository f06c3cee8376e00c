"""The kind of file « lines of the book »: read, held against the book, written whole, taken back whole.

One layout says who gives and who receives; another, that of small associations and of accounting files, the
party and what came in or went out. A line is recognised by its reference, else by all that it says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors.models import Belonging
from terreau.bookkeeping import accounts, chart
from terreau.bookkeeping.parties import Answer, Parties, said_unknown
from terreau.common import official_numbers, parsing
from terreau.common.errors import DomainError
from terreau.common.money import Euro
from terreau.common.permissions import Permission
from terreau.common.text import fold, search_text
from terreau.cooperations.models import Cooperation
from terreau.flows import actions as ledger
from terreau.flows import rules
from terreau.flows.models import Flow, Method, Nature
from terreau.imports.kinds import (
    ADDED,
    ERROR,
    LEFT,
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
from terreau.poles import hours, standing
from terreau.poles.models import Pole
from terreau.poles.sheet_members import belongings
from terreau.projects.models import JointProject
from terreau.subjects.models import Subject

CODE = "livre"
_ORIGIN = "file:"
#: Most times a line is written again after its correction.
_AGAIN = 20
_FIELD = {"cents": "amount", "thousandths": "quantity", "origin": "reference"}
_NATURES = {
    "argent": rules.CASH,
    "euros": rules.CASH,
    "especes": rules.CASH,
    "banque": rules.CASH,
    "nature": rules.IN_KIND,
    "en nature": rules.IN_KIND,
    "don en nature": rules.IN_KIND,
    "pret": rules.IN_KIND,
    "temps": rules.TIME,
    "heures": rules.TIME,
    "benevolat": rules.TIME,
    "competence": rules.SKILL,
    "affaire": rules.OPPORTUNITY,
}
_UNITS = {
    "h": "hours",
    "heure": "hours",
    "heures": "hours",
    "j": "days",
    "jour": "days",
    "jours": "days",
    "m2": "m2",
    "metre carre": "m2",
    "metres carres": "m2",
    "unite": "units",
    "unites": "units",
    "kg": "kg",
    "kwh": "kwh",
    "km": "km",
}


def nature(typed: str) -> str:
    """Return a nature by its code or its words."""
    word = search_text(typed)
    labels = {search_text(str(label)): code for code, label in Nature.choices}
    found = labels.get(word) or _NATURES.get(word) or (typed if typed in rules.NATURES else "")
    if not found:
        known = ", ".join(str(label) for label in Nature.labels)
        message = _("« %(text)s » n'est pas une nature connue : écrire %(known)s.")
        raise DomainError("unknown_nature", message % {"text": typed[:40], "known": known})
    return found


def unit(typed: str) -> str:
    """Return a unit by its code or its words."""
    word = fold(typed).replace("²", "2").strip(" .")
    found = _UNITS.get(word) or (word if word in {u for held in rules.UNITS.values() for u in held} else "")
    if not found:
        message = _("« %(text)s » n'est pas une unité connue : heures, jours, m2, kg, km, kWh, unités.")
        raise DomainError("unknown_unit", message % {"text": typed[:40]})
    return found


def method(typed: str) -> str:
    """Return a method of valuation by its code or its words."""
    labels = {search_text(str(label)): code for code, label in Method.choices}
    found = labels.get(search_text(typed)) or (typed if typed in rules.METHODS else "")
    if not found:
        known = ", ".join(str(label) for label in Method.labels)
        message = _("« %(text)s » n'est pas une méthode connue : écrire %(known)s.")
        raise DomainError("unknown_method", message % {"text": typed[:40], "known": known})
    return found


def currency(typed: str) -> str:
    """Return the euro; another currency is refused: nothing is converted."""
    if fold(typed).strip() in {"eur", "euro", "euros", "€"}:
        return "EUR"
    message = _(
        "« %(text)s » : le livre est en euros, et rien n'est converti. Écrivez le montant payé en euros."
    )
    raise DomainError("other_currency", message % {"text": typed[:20]})


def cents(typed: str) -> int:
    """Return an amount in cents, its sign kept."""
    return parsing.euros(typed).cents


def thousandths(typed: str) -> int:
    """Return a quantity in thousandths; « 1 h 30 » is one and a half. Three decimals at most."""
    if "h" in fold(typed):
        return hours.thousandths(hours.parse(typed))
    found = parsing.number(typed) * 1000
    if found != found.to_integral_value():
        message = _("« %(text)s » : trois décimales au plus.")
        raise DomainError("too_fine", message % {"text": typed[:20]})
    return int(found.to_integral_value(ROUND_HALF_UP))


def _words(typed: str) -> str:
    return parsing.one_line(typed, 300)


def _reference(typed: str) -> str:
    return parsing.one_line(typed, 60)


def _on_the_same_line(typed: str) -> str:
    return parsing.one_line(typed, 200)


COLUMNS = (
    Column(
        "on",
        gettext_lazy("jour"),
        parsing.day,
        ("date", "date operation", "date d'operation", "date ecriture", "ecrituredate", "jour", "le"),
        required=True,
    ),
    Column(
        "label",
        gettext_lazy("libellé"),
        _words,
        ("libelle", "intitule", "description", "objet", "ecriturelib", "designation", "label"),
        required=True,
    ),
    Column(
        "giver",
        gettext_lazy("qui donne"),
        _on_the_same_line,
        ("donneur", "payeur", "de", "from", "debiteur", "qui paie"),
        hint=gettext_lazy("ou bien une colonne « tiers », avec les recettes et les dépenses"),
    ),
    Column(
        "receiver",
        gettext_lazy("qui reçoit"),
        _on_the_same_line,
        ("receveur", "vers", "to", "creancier", "beneficiaire"),
    ),
    Column(
        "party",
        gettext_lazy("autre organisation"),
        _on_the_same_line,
        (
            "tiers",
            "fournisseur",
            "client",
            "adherent",
            "membre",
            "organisation",
            "nom",
            "compauxlib",
            "party",
        ),
        hint=gettext_lazy("l'autre organisation, quand le fichier est tenu du côté du pôle"),
    ),
    Column("siren", gettext_lazy("SIREN du tiers"), official_numbers.check_siren, ("siren", "numero siren")),
    Column("nature", gettext_lazy("nature"), nature, ("type", "nature du flux")),
    Column(
        "amount",
        gettext_lazy("montant en euros"),
        cents,
        ("montant", "valeur", "somme", "euros", "montant ttc", "total", "amount"),
        hint=gettext_lazy("avec un tiers seul : reçu au-dessus de zéro, payé en dessous"),
    ),
    Column(
        "income",
        gettext_lazy("recette"),
        cents,
        ("recettes", "entree", "entrees", "encaissement", "recu", "credit", "income"),
        hint=gettext_lazy("ce qui entre dans les comptes du pôle"),
    ),
    Column(
        "expense",
        gettext_lazy("dépense"),
        cents,
        ("depenses", "sortie", "sorties", "decaissement", "paye", "debit", "expense"),
        hint=gettext_lazy("ce qui en sort"),
    ),
    Column("quantity", gettext_lazy("quantité"), thousandths, ("heures", "nombre", "duree", "quantite")),
    Column("unit", gettext_lazy("unité"), unit, ("unite",)),
    Column("method", gettext_lazy("méthode de valorisation"), method, ("methode", "valorisation")),
    Column(
        "account",
        gettext_lazy("numéro de compte"),
        accounts.checked_account,
        ("compte", "comptenum", "numero de compte"),
    ),
    Column(
        "purpose", gettext_lazy("projet ou coopération"), _on_the_same_line, ("projet", "action", "pour quoi")
    ),
    Column(
        "section",
        gettext_lazy("section analytique"),
        _on_the_same_line,
        ("analytique", "axe", "code analytique", "section"),
    ),
    Column("currency", gettext_lazy("monnaie du montant"), currency, ("devise", "monnaie", "idevise")),
    Column(
        "reference",
        gettext_lazy("référence"),
        _reference,
        ("piece", "numero", "n° de piece", "pieceref", "ref"),
        hint=gettext_lazy(
            "ce qui distingue deux lignes semblables ; une même référence n'est écrite qu'une fois"
        ),
    ),
)
OPTIONS = (
    Column(
        "section",
        gettext_lazy("ne prendre que cette section analytique"),
        _on_the_same_line,
        hint=gettext_lazy("quand le pôle n'est qu'une partie des comptes d'une structure porteuse"),
    ),
    Column(
        "holder",
        gettext_lazy("qui tient ces comptes"),
        _on_the_same_line,
        hint=gettext_lazy("le pôle, si rien n'est écrit ; sinon le nom de sa structure porteuse"),
    ),
)


@dataclass(frozen=True, slots=True)
class _Ready:
    """A line as the ledger takes it, and the account that the file gives it."""

    entry: rules.Entry
    account: str = ""


def pole_of(about: Subject | None) -> Pole:
    """Return the pole whose book it is; raise ``DomainError`` when there is none."""
    rows = Pole.objects.select_related("actor__subject")
    found = rows.filter(pk=about.pk).first() if about else None
    if found is None:
        raise DomainError("no_pole", _("Dites de quel pôle est ce livre."))
    return found


def may(user: User, about: Subject | None) -> Permission:
    """Who animates the pole brings the lines of its book."""
    pole = Pole.objects.filter(pk=about.pk).first() if about else None
    if pole is not None and standing.standing(user, pole, on=timezone.localdate()).animates:
        return Permission(ok=True)
    return Permission(ok=False, reason=_("Il faut animer ce pôle pour importer dans son livre."))


#: The name by which ``roles_held.holds`` says that a person animates a pole.
ANIMATES: Final = "bookkeeping.animates"


def animated(user: UUID) -> QuerySet[Belonging]:
    """Return the poles that a person animates, as what they are there."""
    return belongings(user).filter(role=Belonging.Role.ANIMATOR)


def subjects(user: User) -> list[tuple[Subject, str]]:
    """Return the poles that the person animates."""
    rows = animated(user.pk).select_related("actor__subject").order_by("actor__sort_key")
    return [(one.actor.subject, one.actor.name) for one in rows]


def _key(values: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Name a line: by its reference, else by all that it says. Two that say the same are one too many."""
    if values.get("reference"):
        return ("reference", str(values["reference"]))
    return tuple(f"{name}={values[name]}" for name in sorted(values))


def check(row: Row) -> list[Problem]:
    """Refuse a line that does not say who, how much or which way."""
    values, found = row.values, []
    two = "giver" in values or "receiver" in values
    if two and not ("giver" in values and "receiver" in values):
        found.append(Problem("half_party", _("Dites qui donne et qui reçoit, tous les deux."), "receiver"))
    if not two and "party" not in values and "siren" not in values:
        found.append(Problem("no_party", _("Dites qui donne et qui reçoit, ou le tiers."), "party"))
    both = values.get("income") and values.get("expense")
    if both:
        found.append(Problem("both_sides", _("Une ligne est une recette ou une dépense."), "expense"))
    if two and ("income" in values or "expense" in values):
        message = _("Recette et dépense vont avec un tiers, pas avec qui donne et qui reçoit.")
        found.append(Problem("two_layouts", message, "income"))
    for name in ("income", "expense"):
        if values.get(name, 0) < 0:
            found.append(Problem("negative", _("Écrivez ce montant dans l'autre colonne."), name))
    if values.get("quantity", 1) < 0:
        found.append(
            Problem("negative", _("Une quantité n'est pas négative : corrigez la ligne."), "quantity")
        )
    return found


def compare(context: Context, rows: Sequence[Row]) -> list[Outcome]:
    """Say which lines are new, which are in the book already, which are refused and why."""
    pole, today = pole_of(context.about), timezone.localdate()
    parties = Parties.of(pole, today)
    parties.learn({row.values.get("siren", "") for row in rows})
    named = _purposes(pole)
    section = search_text(context.options.get("section", ""))
    holder = parties.find(context.options["holder"]).actor if "holder" in context.options else None
    wrong_holder = "holder" in context.options and holder is None
    drafts: list[_Ready | Outcome] = []
    for row in rows:
        if section and search_text(row.values.get("section", "")) != section:
            drafts.append(Outcome(LEFT, row.values["label"]))
        elif wrong_holder:
            message = _("Qui tient ces comptes n'est pas reconnu : écrivez son nom comme au registre.")
            drafts.append(Outcome(REFUSED, row.values["label"], problems=(Problem("no_holder", message),)))
        else:
            drafts.append(_draft(row, parties, named, holder.pk if holder else pole.pk))
    return _held(pole, parties, rows, drafts)


def _purposes(pole: Pole) -> dict[str, UUID]:
    """Return the projects and cooperations of a pole by their folded titles; two queries."""
    rows = [
        *JointProject.objects.filter(pole=pole).values_list("title", "subject"),
        *Cooperation.objects.filter(pole=pole).values_list("title", "subject"),
    ]
    found: dict[str, UUID] = {}
    for title, subject in rows:
        found.setdefault(search_text(title), subject)
    return found


def _draft(row: Row, parties: Parties, named: Mapping[str, UUID], holder: UUID) -> _Ready | Outcome:
    values, problems = row.values, []

    def who(name: str, siren: str = "") -> UUID | None:
        text = values.get(name, "") or siren
        answer: Answer = parties.find(text, siren)
        if answer.actor is None:
            problems.append(Problem("unknown_party", said_unknown(text, answer), name, text))
            return None
        return answer.actor.pk

    amount, came = _amount(values)
    if "giver" in values:
        giver, receiver = who("giver"), who("receiver")
    else:
        other = who("party", values.get("siren", ""))
        giver, receiver = (other, holder) if came else (holder, other)
    purpose = named.get(search_text(values.get("purpose", "")))
    if values.get("purpose") and purpose is None:
        message = _("Aucun projet ni coopération de ce nom : la ligne n'aura pas d'objet.")
        problems.append(Problem("unknown_purpose", message, "purpose", values["purpose"], REMARK))
    wrong = [one for one in problems if one.level == ERROR]
    if wrong or giver is None or receiver is None:
        return Outcome(REFUSED, values["label"], problems=tuple(problems))
    kind = _nature(values)
    quantity = values.get("quantity")
    entry = rules.Entry(
        giver=giver,
        receiver=receiver,
        nature=kind,
        on=values["on"],
        label=values["label"],
        cents=amount,
        method=values.get("method", "") if amount is not None and kind != rules.CASH else "",
        thousandths=quantity,
        unit=_unit(values, kind) if quantity is not None else "",
        purpose=purpose,
        instrument="other",
    )
    return _Ready(replace(entry, origin=_origin(entry, values)), values.get("account", ""))


def _amount(values: Mapping[str, Any]) -> tuple[int | None, bool]:
    """Return the cents of a line, without sign, and whether they came in."""
    if values.get("income"):
        return values["income"], True
    if values.get("expense"):
        return values["expense"], False
    found: int | None = values.get("amount")
    if found is not None and found < 0 and "giver" not in values:
        return -found, False
    return found, True


def _nature(values: Mapping[str, Any]) -> str:
    """Return the nature that is said; hours without an amount are time, an amount is money."""
    if "nature" in values:
        return str(values["nature"])
    if values.get("unit") in {"hours", "days"} or ("quantity" in values and "unit" not in values):
        return rules.TIME
    return rules.IN_KIND if "quantity" in values else rules.CASH


def _unit(values: Mapping[str, Any], kind: str) -> str:
    return str(values.get("unit") or ("hours" if kind == rules.TIME else "units"))


def _origin(entry: rules.Entry, values: Mapping[str, Any]) -> str:
    """Return what names a line in the book: its reference and day, else a digest of all that it says."""
    said = [values.get("reference", ""), entry.giver.hex, entry.receiver.hex, entry.on.isoformat()]
    if not values.get("reference"):
        said += [entry.nature, str(entry.cents), str(entry.thousandths), entry.unit, search_text(entry.label)]
    return _ORIGIN + hashlib.sha256("\n".join(said).encode()).hexdigest()[:32]


def _held(
    pole: Pole, parties: Parties, rows: Sequence[Row], drafts: Sequence[_Ready | Outcome]
) -> list[Outcome]:
    """Hold drafts against the book: written already, again after a correction, refused by its rules."""
    ready = [one for one in drafts if isinstance(one, _Ready)]
    written = _written(pole, {one.entry.origin for one in ready})
    found: list[Outcome] = []
    entries: list[rules.Entry] = []
    places: list[int] = []
    for draft, row in zip(drafts, rows, strict=True):
        if isinstance(draft, Outcome):
            found.append(draft)
            continue
        standing_rank, again = written.get(draft.entry.origin, (0, 0))
        if standing_rank:
            message = _("Déjà au livre, ligne %(rank)d.") % {"rank": standing_rank}
            found.append(
                Outcome(SAME, draft.entry.label, problems=(Problem("known", message, level=REMARK),))
            )
            continue
        entry = replace(draft.entry, origin=f"{draft.entry.origin}:{again + 1}") if again else draft.entry
        places.append(len(found))
        entries.append(entry)
        found.append(_outcome(replace(draft, entry=entry), parties, row))
    for problem in ledger.problems(pole.actor, entries, today=timezone.localdate()):
        at = places[problem.line]
        column = _column(problem.field, rows[at].values)
        told = Problem(problem.code, problem.message, column)
        found[at] = Outcome(REFUSED, found[at].label, problems=(*found[at].problems, told))
    return found


def _column(name: str, values: Mapping[str, Any]) -> str:
    """Return the column where what the ledger refuses was written."""
    if name == "cents":
        return next((one for one in ("amount", "income", "expense") if one in values), "amount")
    if name in {"giver", "receiver"} and name not in values:
        return "party"
    return _FIELD.get(name, name)


def _written(pole: Pole, origins: set[str]) -> dict[str, tuple[int, int]]:
    """Return, by origin, the line that stands (0 when none) and how many were taken back; one query."""
    if not origins:
        return {}
    wanted = origins | {f"{one}:{number}" for one in origins for number in range(2, _AGAIN)}
    rows = Flow.objects.filter(book=pole.actor_id, origin__in=wanted, reverses=None)
    found: dict[str, tuple[int, int]] = {}
    for origin, rank, corrected in rows.values_list("origin", "rank", "reversed_by"):
        base = ":".join(origin.split(":")[:2])
        stands, back = found.get(base, (0, 0))
        found[base] = (stands, back + 1) if corrected else (rank, back)
    return found


def _outcome(ready: _Ready, parties: Parties, row: Row) -> Outcome:
    entry = ready.entry
    names = {pk: one.name for pk, one in parties.by_pk.items()}
    way = f"{names.get(entry.giver, '')} → {names.get(entry.receiver, '')}"
    changes = [Change(_("De qui à qui"), "", way), Change(_("Nature"), "", str(Nature(entry.nature).label))]
    if entry.cents is not None:
        changes.append(Change(_("Montant"), "", str(Euro(entry.cents))))
    if entry.thousandths is not None:
        changes.append(Change(_("Quantité"), "", f"{entry.thousandths / 1000:g} {entry.unit}"))
    if ready.account:
        heading = chart.plan().of(ready.account)
        changes.append(Change(_("Compte"), "", f"{ready.account} {heading.fr if heading else ''}".strip()))
    remarks = []
    for side in (entry.giver, entry.receiver):
        if side in parties.by_pk and not parties.by_pk[side].of_pole:
            message = _("« %(name)s » n'est pas membre du pôle ce jour.") % {"name": names[side]}
            remarks.append(Problem("not_member", message, level=REMARK))
    return Outcome(ADDED, row.values["label"], tuple(changes), tuple(remarks), found=ready)


def write(context: Context, rows: Sequence[tuple[Row, Outcome]]) -> list[list[Wrote]]:
    """Write the lines in the book, all of the batch or none, with the accounts that the file gives."""
    pole = pole_of(context.about)
    ready: list[_Ready] = [outcome.found for _row, outcome in rows]
    flows = ledger.record(pole.actor, [one.entry for one in ready], by=context.by)
    accounts.said_by_file(
        [(flow, one.account) for flow, one in zip(flows, ready, strict=True)], by=context.by
    )
    return [[{"flow": flow.pk.hex}] for flow in flows]


def _flows(wrote: Sequence[list[Wrote]]) -> list[Flow]:
    ids = [UUID(one["flow"]) for row in wrote for one in row]
    return list(Flow.objects.filter(pk__in=ids).select_related("book__subject").order_by("-rank"))


def may_undo(context: Context, wrote: Sequence[list[Wrote]]) -> None:
    """Refuse when one of the lines is in a closed period or was corrected since."""
    ledger.take_back(pole_of(context.about).actor, _flows(wrote), reason="", by=context.by, save=False)


def undo_many(context: Context, wrote: Sequence[list[Wrote]]) -> None:
    """Take lines back by counter-entries on their own days."""
    reason = _("Import annulé.")
    ledger.take_back(pole_of(context.about).actor, _flows(wrote), reason=reason, by=context.by)


def _undo(context: Context, wrote: list[Wrote]) -> None:
    undo_many(context, [wrote])


def _owner(user: User) -> Subject | None:
    found = subjects(user)
    return found[0][0] if len(found) == 1 else None


def _help(about: Subject | None, brought: UUID) -> tuple[str, str] | None:
    pole = Pole.objects.filter(pk=about.pk).first() if about else None
    if pole is None:
        return None
    return f"/poles/{pole.slug}/espace/livre/importer/{brought}/", _(
        "Dire qui sont les organisations inconnues"
    )


register_kind(
    Kind(
        code=CODE,
        label=gettext_lazy("lignes du livre d'un pôle"),
        lede=gettext_lazy(
            "Une ligne pour chaque paiement, prêt ou heure. Tout est écrit, ou rien ; un nom inconnu vous "
            "est demandé, jamais deviné ; l'import s'annule tant que la période n'est pas close."
        ),
        columns=COLUMNS,
        options=OPTIONS,
        key=_key,
        check=check,
        compare=compare,
        write=write,
        undo=_undo,
        undo_many=undo_many,
        may_undo=may_undo,
        may=may,
        about=True,
        subjects=subjects,
        held=ANIMATES,
        owner=_owner,
        whole=True,
        most=250,
        help_at=_help,
    )
)

__all__ = ["CODE", "COLUMNS", "compare", "may", "nature", "undo_many", "unit", "write"]
