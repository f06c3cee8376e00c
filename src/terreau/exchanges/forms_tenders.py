"""Forms of tenders and of the watch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.census import parties
from terreau.design.forms import BaseForm
from terreau.exchanges import rules
from terreau.exchanges.acting import FreshForm, new_key
from terreau.exchanges.consortium import Wanted
from terreau.exchanges.fields import EurosField, HoursField, PercentField, area, day
from terreau.exchanges.models import Lot, NeededSkill, Party, Tender, Vat, Watch

_MOMENT = "%Y-%m-%dT%H:%M"


def named(actors: Iterable[Actor]) -> list[tuple[str, str]]:
    """Return actors as the choices of a list."""
    return [(str(one.pk), one.name) for one in actors]


class OneOf(BaseForm):
    """A form with a list of organisations (``actor``); alone, it is chosen already."""

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        choices = named(actors) if len(actors) == 1 else [("", _("Choisir")), *named(actors)]
        self.fields["actor"].choices = choices  # type: ignore[attr-defined]

    @property
    def whose(self) -> Actor:
        """The organisation that was chosen."""
        return self.actors[self.cleaned_data["actor"]]


class TenderForm(FreshForm):
    """A tender: its object, who buys, until when."""

    columns = {
        name: name
        for name in (
            *("title", "buyer_name", "due_at", "url", "reference", "cpv", "estimated_cents", "vat"),
            *("minutes_asked", "commission", "text"),
        )
    }
    title = forms.CharField(label=gettext_lazy("Objet du marché"), max_length=200)
    buyer_name = forms.CharField(
        label=gettext_lazy("Acheteur"),
        required=False,
        max_length=160,
        help_text=gettext_lazy("Son nom ou son SIREN : s'il est au registre, les paiements s'y rattachent."),
    )
    due_at = forms.DateTimeField(
        label=gettext_lazy("Offres à remettre au plus tard"),
        required=False,
        input_formats=[_MOMENT, "%Y-%m-%d %H:%M", "%d/%m/%Y %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT),
    )
    url = forms.URLField(
        label=gettext_lazy("Adresse de l'avis"), required=False, max_length=500, assume_scheme="https"
    )
    reference = forms.CharField(label=gettext_lazy("Référence"), required=False, max_length=80)
    cpv = forms.CharField(
        label=gettext_lazy("Codes CPV"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("Huit chiffres chacun, séparés par des espaces."),
    )
    estimated_cents = EurosField(label=gettext_lazy("Montant estimé (€)"), required=False)
    vat = forms.ChoiceField(label=gettext_lazy("TVA des montants"), choices=Vat.choices, required=False)
    minutes_asked = HoursField(label=gettext_lazy("Heures d'insertion demandées"), required=False)
    commission = PercentField(
        label=gettext_lazy("Part versée au pôle (%)"),
        required=False,
        help_text=gettext_lazy("De ce que chacun encaisse, si vous en êtes convenus."),
    )
    text = forms.CharField(
        label=gettext_lazy("Ce qu'il faut savoir"), required=False, max_length=5_000, widget=area(4)
    )

    def clean_commission(self) -> int:
        """Return none when nothing is typed."""
        return self.cleaned_data["commission"] or 0

    def clean_cpv(self) -> str:
        """Return the codes apart; a code has eight digits, and a check digit when one wishes."""
        codes = self.cleaned_data["cpv"].replace(",", " ").replace(";", " ").split()
        if bad := [one for one in codes if not _is_cpv(one)]:
            words = _("« %(code)s » n'est pas un code CPV : huit chiffres, 77310000 par exemple.")
            raise forms.ValidationError(words % {"code": bad[0]})
        return " ".join(codes)


class NewTenderForm(TenderForm):
    """The same, for a tender that a member brings."""

    brought_by = forms.ChoiceField(label=gettext_lazy("Apporté par"))

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        self.fields["brought_by"].choices = named(actors)  # type: ignore[attr-defined]


def _is_cpv(code: str) -> bool:
    digits, _dash, check = code.partition("-")
    return len(digits) == 8 and digits.isdigit() and (not check or (len(check) == 1 and check.isdigit()))


def recognised(typed: str) -> parties.Known | None:
    """Return the only organisation of the registers that is exactly what was typed; none when in doubt."""
    found = parties.recognised(typed) if typed.strip() else []
    return found[0] if len(found) == 1 else None


class StepForm(BaseForm):
    """The next state of an answer, with why when it is an end."""

    verb = forms.ChoiceField(
        label=gettext_lazy("Étape de la réponse"),
        choices=[(one, one) for one in rules.TENDER_MOVES],
        widget=forms.HiddenInput,
    )
    on = day(gettext_lazy("Fait le"), hint=gettext_lazy("Vide : aujourd'hui."))
    reason = forms.CharField(label=gettext_lazy("Pourquoi"), required=False, max_length=500, widget=area(2))


class EndForm(StepForm):
    """An end, or a new start, with its reason."""

    verb = forms.ChoiceField(label=gettext_lazy("Issue de la réponse"), widget=forms.RadioSelect)

    def __init__(self, state: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {
            "lose": _("perdu"),
            "drop": _("sans suite : nous n'irons pas plus loin"),
            "resume": _("nous reprenons l'étude"),
        }
        verbs = [verb for verb in labels if state in rules.TENDER_MOVES[verb][0]]
        self.fields["verb"].choices = [(verb, labels[verb]) for verb in verbs]  # type: ignore[attr-defined]
        if len(verbs) == 1:
            self.fields["verb"].initial = verbs[0]
        self.fields["reason"].required = True


class SaidForm(FreshForm):
    """What is said of the affair: due to the pole or not, and shown to everybody or not."""

    columns = {"attributable": "attributable", "why": "attributable_why", "public": "public"}
    attributable = forms.TypedChoiceField(
        label=gettext_lazy("Sans le pôle, ces organisations auraient-elles répondu ensemble ?"),
        choices=[
            ("", gettext_lazy("nous ne savons pas encore")),
            ("True", gettext_lazy("non : cette affaire est due au pôle")),
            ("False", gettext_lazy("oui : elle ne lui est pas due")),
        ],
        coerce=lambda value: value == "True",
        empty_value=None,
        required=False,
    )
    why = forms.CharField(label=gettext_lazy("Ce qui le fait dire"), required=False, max_length=300)
    public = forms.BooleanField(
        label=gettext_lazy("Montrer cette réponse sur la page publique du pôle"),
        required=False,
        help_text=gettext_lazy("Son objet, l'acheteur, qui répond et l'issue ; jamais les montants."),
    )

    def _text(self, name: str, value: Any) -> str:
        if name == "attributable":
            return "" if value is None else str(value)
        return super()._text(name, value)

    def clean(self) -> dict[str, Any]:
        """Ask why, once it is said."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("attributable") is not None and not values.get("why", "").strip():
            self.add_error("why", _("Dites pourquoi cette affaire est due au pôle, ou ne l'est pas."))
        return values


class AskForm(OneOf):
    """An organisation to ask."""

    actor = forms.ChoiceField(label=gettext_lazy("Organisation"))
    lot = forms.ChoiceField(label=gettext_lazy("Lot du marché"), required=False)
    does = forms.CharField(label=gettext_lazy("Ce qu'elle ferait"), required=False, max_length=300)

    def __init__(self, actors: Sequence[Actor], lots: Sequence[Lot], *args: Any, **kwargs: Any) -> None:
        super().__init__(actors, *args, **kwargs)
        self.lots = {str(one.pk): one for one in lots}
        if lots:
            choices = [("", _("à dire plus tard")), *((str(one.pk), str(one)) for one in lots)]
            self.fields["lot"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["lot"]

    @property
    def chosen_lot(self) -> Lot | None:
        """The lot that was chosen, when there is one."""
        return self.lots.get(self.cleaned_data.get("lot", ""))


class AnswerForm(BaseForm):
    """Whether an organisation is in, and what it brings."""

    comes = forms.ChoiceField(
        label=gettext_lazy("Votre réponse"),
        choices=[("oui", gettext_lazy("Nous en sommes")), ("non", gettext_lazy("Nous n'en sommes pas"))],
        widget=forms.RadioSelect,
    )
    does = forms.CharField(
        label=gettext_lazy("Ce que nous ferons"), required=False, max_length=300, widget=area(2)
    )
    brings = forms.MultipleChoiceField(
        label=gettext_lazy("Compétences que nous apportons"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    minutes_promised = HoursField(
        label=gettext_lazy("Heures d'insertion que nous promettons"), required=False
    )

    def __init__(self, party: Party, needs: Sequence[NeededSkill], *args: Any, **kwargs: Any) -> None:
        held = {"does": party.does, "minutes_promised": party.minutes_promised}
        brought = [str(pk) for pk in party.brings.order_by("pk").values_list("need", flat=True)]
        comes = {Party.Answer.IN: "oui", Party.Answer.OUT: "non"}.get(Party.Answer(party.answer), "")
        kwargs["initial"] = {**held, "brings": brought, "comes": comes, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.needs = {str(one.pk): one for one in needs}
        if needs:
            choices = [(str(one.pk), one.skill.name) for one in needs]
            self.fields["brings"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["brings"]

    @property
    def brought(self) -> list[NeededSkill]:
        """The needed skills that were ticked."""
        return [self.needs[pk] for pk in self.cleaned_data.get("brings", [])]


class ShareForm(BaseForm):
    """The shares of everybody, at once: a third is « 1/3 », and all of them sum to one."""

    sharing = forms.ChoiceField(
        label=gettext_lazy("Façon de partager"), choices=Tender.Sharing.choices, widget=forms.RadioSelect
    )
    offer_cents = EurosField(
        label=gettext_lazy("Montant de l'offre (€)"),
        required=False,
        help_text=gettext_lazy("Il n'est pas demandé pour partager en parts."),
    )
    lead = forms.ChoiceField(
        label=gettext_lazy("Mandataire du groupement"),
        required=False,
        help_text=gettext_lazy("Qui signe, et parle à l'acheteur pour tous."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, tender: Tender, found: Sequence[Party], lots: Sequence[Lot], *args: Any, **kwargs: Any
    ) -> None:
        initial: dict[str, Any] = {
            "sharing": tender.sharing,
            "offer_cents": tender.offer_cents,
            "seen": tender.consortium,
            "lead": next((str(one.pk) for one in found if one.lead), ""),
        }
        for one in found:
            initial[f"part-{one.pk}"] = _typed(one)
            initial[f"lot-{one.pk}"] = str(one.lot_id or "")
        kwargs["initial"] = {**initial, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.found, self.lots = list(found), {str(one.pk): one for one in lots}
        choices = [("", _("à dire plus tard")), *((str(one.pk), one.actor.name) for one in found)]
        self.fields["lead"].choices = choices  # type: ignore[attr-defined]
        for one in found:
            label = _("Part de %(name)s") % {"name": one.actor.name}
            self.fields[f"part-{one.pk}"] = forms.CharField(label=label, required=False, max_length=40)
            if lots:
                label = _("Lot de %(name)s") % {"name": one.actor.name}
                pairs = [("", _("aucun")), *((str(lot.pk), str(lot)) for lot in lots)]
                self.fields[f"lot-{one.pk}"] = forms.ChoiceField(label=label, required=False, choices=pairs)

    @property
    def rows(self) -> list[tuple[Party, forms.BoundField, forms.BoundField | None]]:
        """Each organisation with its share and its lot."""
        return [
            (one, self[f"part-{one.pk}"], self[f"lot-{one.pk}"] if self.lots else None) for one in self.found
        ]

    def clean(self) -> dict[str, Any]:
        """Read every share in the way that was chosen."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        amounts = values.get("sharing") == rules.AMOUNTS
        for one in self.found:
            typed = values.get(f"part-{one.pk}", "")
            try:
                values[f"part-{one.pk}"] = _read(typed, amounts=amounts) if typed else None
            except forms.ValidationError as error:
                self.add_error(f"part-{one.pk}", error)
        return values

    @property
    def wanted(self) -> dict[UUID, Wanted]:
        """What is asked for each organisation."""
        values = self.cleaned_data
        amounts = values["sharing"] == rules.AMOUNTS
        return {
            one.pk: Wanted(
                share=None if amounts else values[f"part-{one.pk}"],
                cents=values[f"part-{one.pk}"] if amounts else None,
                lot=self.lots.get(values.get(f"lot-{one.pk}", "")),
                lead=str(one.pk) == values["lead"],
            )
            for one in self.found
        }

    def look_again(self, tender: Tender) -> None:
        """Take what the group is now as what the person saw: sent again, what is typed replaces it."""
        typed: Any = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = str(tender.consortium)
        self.data = typed


def _typed(party: Party) -> str:
    """Return the share of a party as it is typed."""
    if party.cents is not None:
        return f"{party.cents // 100},{party.cents % 100:02d}"
    if party.share is None:
        return ""
    percent = party.share * 100
    hundredths = percent * 100
    if hundredths.denominator == 1:
        whole, rest = divmod(int(hundredths), 100)
        return f"{whole},{rest:02d}".rstrip("0").rstrip(",") + " %"
    return f"{party.share.numerator}/{party.share.denominator}"


def _read(typed: str, *, amounts: bool) -> Any:
    if amounts:
        return EurosField(required=False).clean(typed)
    share = rules.typed_share(typed)
    if share is None:
        raise forms.ValidationError(_("Écrivez une part : 40 %, 12,5 ou 1/3."))
    return share


class NeedForm(BaseForm):
    """A skill without which one does not answer."""

    skill = forms.CharField(
        label=gettext_lazy("Compétence nécessaire"),
        max_length=80,
        widget=forms.TextInput(attrs={"list": "competences", "autocomplete": "off"}),
    )


class LotForm(BaseForm):
    """A lot."""

    title = forms.CharField(label=gettext_lazy("Nom du lot"), max_length=160)
    cents = EurosField(label=gettext_lazy("Montant du lot (€)"), required=False)


class TaskForm(BaseForm):
    """Something to do before the deadline."""

    title = forms.CharField(label=gettext_lazy("À faire"), max_length=200)
    actor = forms.ChoiceField(label=gettext_lazy("Qui s'en charge"), required=False)
    due_on = day(gettext_lazy("Pour le"))

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actors = {str(one.pk): one for one in actors}
        self.fields["actor"].choices = [("", _("personne encore")), *named(actors)]  # type: ignore[attr-defined]

    @property
    def whose(self) -> Actor | None:
        """Who does it, when it was said."""
        return self.actors.get(self.cleaned_data["actor"])


class PieceForm(BaseForm):
    """A file of the answer."""

    file = forms.FileField(
        label=gettext_lazy("Fichier"), help_text=gettext_lazy("Un PDF, un tableau, un document ou une image.")
    )


class ReceiptForm(OneOf):
    """Money: what the buyer paid an organisation, or what it gave the pole of it."""

    actor = forms.ChoiceField(label=gettext_lazy("Organisation"))
    what = forms.ChoiceField(
        label=gettext_lazy("Ce qui a été payé"),
        widget=forms.RadioSelect,
        initial="receipt",
        choices=[
            ("receipt", gettext_lazy("l'acheteur l'a payée")),
            ("commission", gettext_lazy("elle a versé sa part au pôle")),
        ],
    )
    cents = EurosField(label=gettext_lazy("Montant payé (€)"))
    on = day(gettext_lazy("Payé le"), required=True)
    label = forms.CharField(label=gettext_lazy("Libellé"), required=False, max_length=200)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        today = timezone.localdate()
        kwargs["initial"] = {"key": new_key(), "on": today, **kwargs.get("initial", {})}
        super().__init__(actors, *args, **kwargs)


class DoneForm(OneOf):
    """Hours of insertion that were done."""

    actor = forms.ChoiceField(label=gettext_lazy("Organisation"))
    hours = HoursField(label=gettext_lazy("Heures faites"))
    first = day(gettext_lazy("Premier jour"), required=True)
    last = day(gettext_lazy("Dernier jour"), required=True)
    note = forms.CharField(
        label=gettext_lazy("Précision"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Un justificatif, un chantier. Pas de nom de personne."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, actors: Sequence[Actor], *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": new_key(), **kwargs.get("initial", {})}
        super().__init__(actors, *args, **kwargs)


class BackForm(BaseForm):
    """Why a line is taken back."""

    about = forms.UUIDField(widget=forms.HiddenInput)
    reason = forms.CharField(label=gettext_lazy("Pourquoi ces heures sont reprises"), max_length=300)


class WatchForm(OneOf):
    """What a member saw and the others should know."""

    kind = forms.ChoiceField(label=gettext_lazy("Nature de l'information"), choices=Watch.Kind.choices)
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=200)
    url = forms.URLField(label=gettext_lazy("Adresse"), required=False, max_length=500, assume_scheme="https")
    source = forms.CharField(label=gettext_lazy("Acheteur ou organisme"), required=False, max_length=160)
    due_on = day(gettext_lazy("À rendre au plus tard le"))
    needs = forms.CharField(
        label=gettext_lazy("Compétences qu'il faut"),
        required=False,
        max_length=900,
        help_text=gettext_lazy("Séparées par des virgules : élagage, génie écologique."),
    )
    text = forms.CharField(label=gettext_lazy("En bref"), required=False, max_length=600, widget=area(2))
    actor = forms.ChoiceField(label=gettext_lazy("Signalé par"))

    def clean_needs(self) -> list[str]:
        """Return the skills apart, twelve at most."""
        found = [one.strip() for one in self.cleaned_data["needs"].split(",") if one.strip()]
        if len(found) > rules.MOST_NEEDED or any(len(one) > 80 for one in found):
            raise forms.ValidationError(_("Douze compétences au plus, en quelques mots chacune."))
        return found

    def clean_due_on(self) -> date | None:
        """Refuse a deadline that is over."""
        found: date | None = self.cleaned_data["due_on"]
        if found is not None and found < timezone.localdate():
            raise forms.ValidationError(_("Cette date est passée."))
        return found
