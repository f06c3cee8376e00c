"""A line added to the book in two steps: what moved, then from whom to whom, how much, what it was for."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP
from typing import Any, BinaryIO, Final, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.census.outside import OutsideForm
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.parsing import number
from terreau.flows import rules
from terreau.flows.models import Instrument, Method, Nature
from terreau.pieces import documents
from terreau.pieces.models import Document, Edition
from terreau.poles import book, hours
from terreau.poles.workspace import Workspace, enter, show
from terreau.sheets import book as sheet
from terreau.sheets import documents as held
from terreau.sheets import purposes
from terreau.web.espace_forms import DayField, MoneyField, new_key, shown

#: What each nature is, for who has never kept a book.
KINDS: Final[dict[str, tuple[Any, Any]]] = {
    rules.CASH: (
        gettext_lazy("De l'argent"),
        gettext_lazy("Une facture, une cotisation, un remboursement, un versement entre membres."),
    ),
    rules.TIME: (
        gettext_lazy("Du temps"),
        gettext_lazy("Des heures de travail ou de bénévolat, données d'un membre à un autre ou au pôle."),
    ),
    rules.IN_KIND: (
        gettext_lazy("Un apport en nature"),
        gettext_lazy("Une salle prêtée, un véhicule, des fournitures, des mètres carrés."),
    ),
    rules.SKILL: (
        gettext_lazy("Une compétence échangée"),
        gettext_lazy("Une formation, un conseil, un coup de main, sans paiement."),
    ),
    rules.OPPORTUNITY: (
        gettext_lazy("Une affaire transmise"),
        gettext_lazy("Un client, un marché, une idée qu'un membre a passés à un autre."),
    ),
}
#: Fields of the form that say what the fields of a line of the ledger mean.
_FIELDS: Final = {"cents": "amount", "thousandths": "quantity", "period_to": "period_to"}
_ORIGIN: Final = "hand:"


class LineForm(OutsideForm):
    """A line of one nature. Fields that a nature does not have are not there."""

    of_pole = ("giver", "receiver")
    giver = forms.ChoiceField(label=gettext_lazy("Qui donne"))
    receiver = forms.ChoiceField(label=gettext_lazy("Qui reçoit"))
    on = DayField(label=gettext_lazy("Jour"))
    label = forms.CharField(label=gettext_lazy("En quelques mots"), max_length=300)
    quantity = forms.CharField(label=gettext_lazy("Combien"), max_length=20, required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unité"), required=False)
    amount = MoneyField(label=gettext_lazy("Montant en euros"), required=False, max_length=20)
    method = forms.ChoiceField(
        label=gettext_lazy("Comment cette valeur est trouvée"),
        required=False,
        help_text=gettext_lazy("Sans méthode, pas de valeur : l'apport reste compté dans son unité."),
    )
    purpose = forms.ChoiceField(label=gettext_lazy("Pour quoi"))
    instrument = forms.ChoiceField(label=gettext_lazy("Ce qui en témoigne"), required=False)
    document = forms.ChoiceField(label=gettext_lazy("Un document déjà déposé"), required=False)
    file = forms.FileField(
        label=gettext_lazy("Ou un fichier à déposer"),
        required=False,
        help_text=gettext_lazy("Il rejoint les documents du pôle, lus par les personnes du pôle."),
    )
    period_from = DayField(label=gettext_lazy("Début de la période"), required=False)
    period_to = DayField(label=gettext_lazy("Fin de la période"), required=False)
    attributable = forms.ChoiceField(
        label=gettext_lazy("Est-ce dû au pôle ?"),
        required=False,
        choices=[
            ("", gettext_lazy("je ne sais pas")),
            ("oui", gettext_lazy("oui, sans le pôle ce ne serait pas arrivé")),
            ("non", gettext_lazy("non, cela serait arrivé sans lui")),
        ],
    )
    attributable_why = forms.CharField(label=gettext_lazy("Pourquoi"), required=False, max_length=300)
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, ws: Workspace, nature: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.nature = nature
        of_pole = book.parties(ws.pole, on=ws.today)
        met = book.outside(ws.pole, of_pole)
        self.offer(_listed(of_pole), _listed(met), first=_("choisir l'organisation"))
        self.filed = held.choices(ws)
        self._offer("purpose", purposes.choices(purposes.of_pole(ws.pole)))
        self._offer("instrument", [("", _("rien d'écrit")), *Instrument.choices])
        self._offer("document", [("", _("aucun")), *self.filed])
        self._fit()

    def _offer(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _fit(self) -> None:
        """Leave out what the nature does not have."""
        units = rules.UNITS[self.nature]
        if not units:
            for name in ("quantity", "unit", "method"):
                del self.fields[name]
            self.fields["amount"].required = True
            return
        needed = self.nature in {rules.IN_KIND, rules.TIME}
        self.fields["quantity"].required = needed
        self._offer("unit", [(unit, sheet.unit_name(unit)) for unit in units])
        self.fields["amount"].label = _("Valeur en euros")
        self._offer("method", [("", _("sans valeur")), *Method.choices])

    def clean(self) -> dict[str, Any]:
        """Read the quantity in its unit: « 1 h 30 » for hours, a number for the rest."""
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        text = typed.get("quantity", "")
        if text:
            try:
                typed["thousandths"] = _thousandths(text, typed.get("unit", ""))
            except DomainError as error:
                self.add_error("quantity", str(error.message))
        return typed

    def entry(self, ws: Workspace, piece: UUID | None) -> rules.Entry:
        """Return the line, as the ledger takes it; who is named from outside is added when it must be."""
        who: dict[str, Any] = {"by": ws.user, "on": ws.today, "public": ws.pole.actor.subject.public}
        typed = self.cleaned_data
        thousandths = typed.get("thousandths")
        amount = typed["amount"]
        return rules.Entry(
            giver=self.chosen("giver", **who),
            receiver=self.chosen("receiver", **who),
            nature=self.nature,
            on=typed["on"],
            label=typed["label"],
            cents=None if amount is None else amount.cents,
            method=typed.get("method", ""),
            thousandths=thousandths,
            unit=typed.get("unit", "") if thousandths is not None else "",
            period_from=typed["period_from"],
            period_to=typed["period_to"],
            purpose=UUID(typed["purpose"]),
            instrument=typed["instrument"],
            piece=piece,
            attributable={"oui": True, "non": False}.get(typed["attributable"]),
            attributable_why=typed["attributable_why"] if typed["attributable"] else "",
            origin=f"{_ORIGIN}{typed['key']}" if typed["key"] else "",
        )


def _listed(rows: Iterable[book.Party]) -> list[tuple[str, str]]:
    return [(str(one.pk), one.name) for one in rows]


def _thousandths(text: str, unit: str) -> int:
    if unit == "hours":
        return hours.thousandths(hours.parse(text))
    return int((number(text) * 1000).to_integral_value(ROUND_HALF_UP))


@require_safe
def choose(request: HttpRequest, slug: str) -> HttpResponse:
    """What moved: five doors, each said in plain words."""
    ws = enter(request, slug)
    context = {"kinds": [(code, title, text) for code, (title, text) in KINDS.items()]}
    return show(request, ws, "web/espace/daybook_choose.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, slug: str, nature: str) -> HttpResponse:
    """The line itself; a refusal keeps what was typed, and says every problem at once."""
    ws = enter(request, slug)
    if nature not in Nature.values:
        raise NotFoundError("unknown_nature", _("Cette nature de flux n'existe pas."))
    initial = {"on": ws.today, "purpose": str(ws.pole.pk), "receiver": str(ws.pole.pk), "key": new_key()}
    initial |= {"giver": _first_giver(ws)}
    form = LineForm(ws, nature, request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            rank = _write(ws, form)
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            shown(form, error, _FIELDS)
        else:
            messages.success(request, _("La ligne %(rank)d est au livre.") % {"rank": rank})
            return redirect("espace_daybook", slug)
    context = {"form": form, "nature": nature, "title": KINDS[nature][0], "text": KINDS[nature][1]}
    return show(request, ws, "web/espace/daybook_write.html", context, status=422 if form.errors else 200)


def _write(ws: Workspace, form: LineForm) -> int:
    with transaction.atomic():
        entry = form.entry(ws, _piece(ws, form))
        return book.write(ws, [entry])[0].rank


def _piece(ws: Workspace, form: LineForm) -> UUID | None:
    """Return the file that bears witness: one that was filed already, or the one that is sent."""
    sent = form.cleaned_data.get("file")
    if isinstance(sent, UploadedFile) and sent.file is not None:
        # Who may not write the line files nothing: this is rolled back with it.
        made = documents.file(
            ws.pole.actor.subject,
            cast(BinaryIO, sent.file),
            sent.name or "",
            title=form.cleaned_data["label"][:200],
            audience=Document.Audience.PEOPLE,
            by=ws.user,
        )
        return _edition(made.pk)
    chosen = form.cleaned_data["document"]
    return _edition(UUID(chosen)) if chosen else None


def _edition(document: UUID) -> UUID | None:
    rows = Edition.objects.filter(document=document).order_by("-number")
    return rows.values_list("piece", flat=True).first()


def _first_giver(ws: Workspace) -> str:
    mine = [one for one in ws.standing.speaks_for if one != ws.pole.pk]
    return str(mine[0]) if len(mine) == 1 else ""
