"""The financing of a file: who brings what, what the call asks, what is known of other aids."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from terreau.agreements import guard, guard_words, known, levels, perms, plan, plan_rules, texts
from terreau.agreements.forms import (
    AidForm,
    FunderForm,
    InKindForm,
    LineForm,
    RulesForm,
    StatementForm,
    WhyForm,
    said,
    told,
)
from terreau.agreements.models import FinancingLine, KnownAid, MoneyRules
from terreau.agreements.models.plan import Level
from terreau.agreements.pages import allowing, answer, asking_once, brought, show, space_of
from terreau.common.errors import NotFoundError
from terreau.common.money import Euro
from terreau.design.export import export_response
from terreau.design.export_columns import Column
from terreau.dossiers import states
from terreau.dossiers.perms import DossierSpace
from terreau.exchanges.acting import Act, Played, PressForm
from terreau.pieces.models import Piece
from terreau.pieces.sending import send

LINES = (
    Column(gettext_lazy("Qui finance"), lambda one: one.funder),
    Column(gettext_lazy("Niveau"), lambda one: str(Level(one.level).label)),
    Column(gettext_lazy("Forme"), lambda one: str(FinancingLine.Kind(one.kind).label)),
    Column(gettext_lazy("Où en est la demande"), lambda one: str(FinancingLine.Status(one.status).label)),
    Column(gettext_lazy("Lettre jointe"), lambda one: one.letter, "boolean"),
    Column(gettext_lazy("Montant en euros"), lambda one: Euro(one.cents), "number"),
)


@require_http_methods(["GET", "HEAD", "POST"])
@asking_once
def financing(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The plan of a file and the guard against cumulation."""
    page = _Page(request, space_of(request, pk))
    name = f"financement-{page.dossier.reference.lower()}"
    if made := export_response(request, page.read.plan.lines, LINES, name, title=_("Plan de financement")):
        return made
    played = answer(request, lambda: page.acts, lambda act: act in {"state", "rules"})
    if not isinstance(played, Played):
        return played
    return show(request, page.space, "plan", page.context(played), status=played.status)


@require_safe
def piece(request: HttpRequest, pk: UUID, piece_pk: UUID) -> HttpResponseBase:
    """A letter, an annex, a voucher of a file: for who reads its money."""
    space = space_of(request, pk)
    row = Piece.objects.filter(pk=piece_pk, subject=space.dossier.subject_id).select_related("blob").first()
    if row is None:
        raise NotFoundError("not_found", _("Ce fichier n'existe pas, ou n'est pas pour vous."))
    return send(row)


class _Page:
    """What the page of the financing holds, read once."""

    def __init__(self, request: HttpRequest, space: DossierSpace) -> None:
        self.request, self.space, self.dossier = request, space, space.dossier
        self.user = space.user

    @cached_property
    def read(self) -> plan.Read:
        """The plan with its rows."""
        return plan.read(self.dossier)

    @property
    def rules(self) -> MoneyRules:
        """What the call asks."""
        return self.read.rules

    @cached_property
    def candidates(self) -> list[Any]:
        """What may be counted in kind, for the people of the pole alone: its ledger is theirs."""
        return plan.in_kind_candidates(self.dossier) if perms.engages(self.space) else []

    @cached_property
    def aids(self) -> list[Any]:
        """The aids noted with their source."""
        return known.noted_of(self.dossier)

    @cached_property
    def acts(self) -> dict[str, Act]:
        """What the buttons of the page do."""
        writes = allowing(perms.writes_plan, self.space, "financing.write")
        engages = allowing(perms.engages, self.space, "aids.state")
        rows: dict[str, Act] = {
            "take": Act(writes, PressForm, self._take),
            "add": Act(writes, FunderForm, self._add),
            "state": Act(engages, self._statement_form, self._state),
            "note": Act(writes, self._aid_form, self._note),
        }
        if self.candidates:
            rows["in_kind"] = Act(engages, self._in_kind_form, self._in_kind)
        if self.space.standing.owner:
            rows["rules"] = Act(lambda: None, self._rules_form, self._rules)
        rows.update(self._line_acts(writes))
        rows.update(
            (f"forget-{one.pk.hex}", Act(writes, WhyForm, self._forget(one)))
            for one in self.aids
            if one.pk in self.forgettable
        )
        return rows

    @cached_property
    def forgettable(self) -> frozenset[UUID]:
        """The aids noted here that the person may take back; an applicant, those that were declared."""
        return frozenset(
            one.pk
            for one in self.aids
            if one.dossier_id == self.dossier.pk
            and (not self.space.applicant or one.proof == KnownAid.Proof.DECLARED)
        )

    def _line_acts(self, writes: Any) -> Iterator[tuple[str, Act]]:
        for row in self.read.rows:
            if row.kind == FinancingLine.Kind.CASH:
                yield f"change-{row.pk.hex}", Act(writes, self._line_form(row), self._change(row))
            yield f"drop-{row.pk.hex}", Act(writes, PressForm, self._drop(row))

    def _line_form(self, row: FinancingLine) -> Any:
        return lambda *args, **kwargs: LineForm(*args, row=row, **kwargs)

    def _statement_form(self, *args: Any, **kwargs: Any) -> StatementForm:
        held = self.guarded.statement
        if held is not None:
            kwargs["initial"] = {"complete": held.complete, "shares_forecast": held.shares_forecast}
        return StatementForm(*args, **kwargs)

    def _aid_form(self, *args: Any, **kwargs: Any) -> AidForm:
        actors = [(str(one.pk), one.name) for one in known.beneficiaries(self.dossier)]
        return AidForm(*args, actors=actors, **kwargs)

    def _in_kind_form(self, *args: Any, **kwargs: Any) -> InKindForm:
        flows = [
            (str(one.pk), f"{date_format(one.on, 'j M Y')} – {one.giver.name} – {one.label} – {one.euro}")
            for one in self.candidates
        ]
        return InKindForm(*args, flows=flows, **kwargs)

    def _rules_form(self, *args: Any, **kwargs: Any) -> RulesForm:
        row = self.rules
        kwargs["initial"] = {"in_kind_counts": said(row.in_kind_counts), "once_only": said(row.once_only)}
        return RulesForm(*args, row=row, **kwargs)

    def _take(self, _form: Any) -> str:
        plan.take_over(self.dossier, by=self.user)
        return _("Le plan du dossier est repris : chaque ligne se tient maintenant à jour ici.")

    def _add(self, form: Any) -> str:
        values = dict(form.cleaned_data)
        values["letter"] = brought(self.dossier.subject, values["letter"], by=self.user)
        plan.add(self.dossier, by=self.user, **values)
        return _("Ce cofinancement est au plan.")

    def _change(self, row: FinancingLine) -> Any:
        def change(form: Any) -> str:
            plan.change(row, base=form.base, mine=form.mine, by=self.user)
            if letter := brought(self.dossier.subject, form.cleaned_data["letter"], by=self.user):
                plan.join_letter(row, letter, by=self.user)
            return _("Ce cofinancement est à jour.")

        return change

    def _drop(self, row: FinancingLine) -> Any:
        def drop(_form: Any) -> str:
            plan.drop(row, by=self.user)
            return _("Cette ligne n'est plus au plan.")

        return drop

    def _in_kind(self, form: Any) -> str:
        plan.count_in_kind(self.dossier, [UUID(one) for one in form.cleaned_data["flows"]], by=self.user)
        return _("Ces apports sont comptés, une seule fois, à leur valeur du livre des flux.")

    def _state(self, form: Any) -> str:
        known.state(self.dossier, by=self.user, **form.cleaned_data)
        return _("Votre déclaration est enregistrée.")

    def _note(self, form: Any) -> str:
        aid = form.aid()
        applicant = self.space.applicant
        aid.piece = brought(self.dossier.subject, form.cleaned_data["document"], by=self.user)
        read_in = aid.piece is not None or bool(aid.source_url)
        aid.proof = "document" if read_in and not applicant else "declared"
        known.note(self.dossier, aid, by=self.user)
        return _("Cette aide est notée avec sa source.")

    def _forget(self, one: Any) -> Any:
        def forget(form: Any) -> str:
            known.withdraw(one, reason=form.cleaned_data["why"], by=self.user)
            return _("Cette aide n'est plus comptée.")

        return forget

    def _rules(self, form: Any) -> str:
        row = self.rules
        mine = form.mine | {
            "in_kind_counts": told(form.cleaned_data["in_kind_counts"]),
            "once_only": told(form.cleaned_data["once_only"]),
        }
        base = form.base | {"in_kind_counts": row.in_kind_counts, "once_only": row.once_only}
        plan.set_rules(self.dossier.call, base=base, mine=mine, by=self.user)
        return _("Les règles d'argent de l'appel sont à jour : elles valent pour tous ses dossiers.")

    @cached_property
    def guarded(self) -> known.Guarded:
        """What the guard finds today."""
        day = timezone.localdate()
        everywhere = not self.space.applicant
        return known.guarded(self.dossier, self.read, day=day, all_claims=everywhere, noted=self.aids)

    def context(self, played: Played) -> dict[str, Any]:
        """Return what the page shows, read again after a refusal."""
        found, guarded = self.read, self.guarded
        rows = {str(row.pk): row for row in found.rows}
        writable = bool(perms.writes_plan(self.space)) and self.dossier.state in states.LIVING
        return {
            "forms": played,
            "read": found,
            "plan": found.plan,
            "lines": [_shown(one, rows.get(one.key), found) for one in found.plan.lines],
            "levels": _levels(found),
            "lacks": [plan.said(one) for one in found.lacks],
            "rules": self.rules,
            "rates": _rates(found, self.dossier.call.rate_max, self.rules),
            "spoken": [guard_words.spoken(one) for one in guarded.findings],
            "looked": guarded.looked,
            "statement": guarded.statement,
            "aids": self.aids,
            "forgettable": self.forgettable,
            "may_write": writable,
            "in_file": self.dossier.state in states.WRITABLE,
            "may_engage": bool(perms.engages(self.space)),
            "candidates": self.candidates,
            "owner": self.space.standing.owner,
            "funds": _funds(found),
            "whole": _whole(guarded.known),
        }


def _shown(line: plan_rules.Line, row: FinancingLine | None, found: plan.Read) -> dict[str, Any]:
    return {
        "line": line,
        "row": row,
        "level": Level(line.level).label,
        "status": FinancingLine.Status(line.status).label,
        "tone": {"acquis": "moss", "refuse": "clay"}.get(line.status, "ochre"),
        "corrected": row is not None and row.pk in found.corrected,
        "change": f"change-{row.pk.hex}" if row else "",
        "drop": f"drop-{row.pk.hex}" if row else "",
    }


def _levels(found: plan.Read) -> list[dict[str, Any]]:
    """Return the consolidated plan by level, the aid of the call first, and the levels that bring nothing."""
    sums = found.plan.by_level()
    whole = sum(sums.values()) + (found.plan.aid or 0)
    rows = [
        {"name": Level(level).label, "cents": cents, "share": _fraction(cents, whole)}
        for level, cents in sums.items()
    ]
    if found.plan.aid:
        aid = {"name": _("Cet appel"), "cents": found.plan.aid, "share": _fraction(found.plan.aid, whole)}
        rows.insert(0, aid)
    return rows


def _whole(known_: guard.Known) -> list[dict[str, Any]]:
    """Return every funding known of the applicant and its pole, from the widest level, doubts said (R-87)."""
    doubts = guard.doubtful(known_.aids)
    rows = [
        {"aid": one, "level": Level(one.level).label, "doubt": rank in doubts}
        for rank, one in enumerate(known_.aids)
    ]
    return sorted(rows, key=lambda row: levels.ORDER.index(row["aid"].level))


def _fraction(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "0"


def _rates(found: plan.Read, most: int | None, rules: MoneyRules) -> list[dict[str, Any]]:
    """Return the rates that the plan gives, beside what the call asks."""
    table = found.plan
    return [
        {
            "name": _("Part de cet appel dans le budget"),
            "value": table.rate(table.aid or 0),
            "asked": most,
            "over": most is not None and (table.rate(table.aid or 0) or 0) > most,
        },
        {
            "name": _("Part d'argent public, demandes comprises"),
            "value": table.rate(table.public),
            "asked": rules.public_rate_max,
            "over": rules.public_rate_max is not None
            and (table.rate(table.public) or 0) > rules.public_rate_max,
        },
        {
            "name": _("Part acquise des autres financeurs"),
            "value": table.rate(table.secured),
            "asked": rules.cofinancing_rate,
            "least": True,
            "over": rules.cofinancing_rate is not None
            and (table.rate(table.secured) or 0) < rules.cofinancing_rate,
        },
    ]


def _funds(found: plan.Read) -> list[dict[str, Any]]:
    """Return the kinds of funding of the levels that bring nothing yet (R-87)."""
    present = set(found.plan.by_level())
    rows = [one for one in texts.funds() if one.level not in present]
    return [{"fund": one, "level": Level(one.level).label} for one in rows if one.level != levels.OWN]
