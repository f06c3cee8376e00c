"""A small part of the invented workspace: fundings that end, lines that return, a balance that was read."""

from datetime import date, timedelta
from typing import Final

from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.common.periods import plus_months
from terreau.forecast import actions, rules
from terreau.forecast.models import Funding
from terreau.poles.models import Pole

FLAG: Final = "exemple fictif"


def fill(pole: Pole, by: User) -> None:
    """Fill what is to come of an invented pole; every name says that it is invented."""
    today = timezone.localdate()
    region = create_actor(f"Conseil régional – {FLAG}", source=None, public=False)
    foundation = create_actor(f"Fondation des Rives – {FLAG}", source=None, public=False)
    first = rules.month_of(today)

    def day(months: int, rank: int = 0) -> date:
        return plus_months(first, months) + timedelta(days=rank)

    grant = actions.begin(
        pole,
        funder=region,
        funder_name=region.name,
        label="Animation du pôle",
        kind="subsidy",
        origin=rules.PUBLIC,
        state=rules.GRANTED,
        granted_cents=7_200_000,
        period_from=day(-14),
        period_to=day(7) - timedelta(days=1),
        ask_again_by=day(3, 14),
        renewable="yes",
        purpose_id=pole.pk,
        by=by,
    )
    paid = actions.instalment(grant, cents=5_000_000, due=day(-2, 9), label="Acompte", by=by)
    actions.instalment(grant, cents=2_200_000, due=day(5, 19), label="Solde", condition="bilan remis", by=by)
    actions.receive(paid, on=day(-2, 11), by=by)
    actions.begin(
        pole,
        funder=foundation,
        funder_name=foundation.name,
        label="Atelier de réemploi",
        kind="donation",
        origin=rules.PRIVATE,
        state=rules.ASKED,
        asked_cents=1_500_000,
        period_from=day(2),
        period_to=day(14) - timedelta(days=1),
        answer_on=day(1, 14),
        parts=((day(3, 9), 1_500_000),),
        by=by,
    )
    actions.begin(
        pole,
        funder_name=f"Habitants du territoire – {FLAG}",
        label="Titres pour le local commun",
        kind=Funding.Kind.CITIZEN,
        origin=rules.INDIVIDUALS,
        state=rules.GRANTED,
        granted_cents=4_350_000,
        investors=87,
        period_from=day(-20),
        period_to=day(28),
        by=by,
    )
    lines = (
        ("Salaire de l'animation et charges", 325_000, "staff", rules.MONTH, 27),
        ("Loyer et fluides", 68_000, "premises", rules.MONTH, 4),
        ("Assurances", 92_000, "services", rules.YEAR, 11),
    )
    for label, cents, kind, every, rank in lines:
        actions.expect(
            pole,
            label=label,
            out=True,
            cents=cents,
            kind=kind,
            every=every,
            first=day(-6, rank),
            purpose_id=pole.pk,
            by=by,
        )
    actions.expect(
        pole,
        label="Formations vendues",
        out=False,
        cents=210_000,
        kind="sales",
        origin=rules.ESS,
        every=rules.QUARTER,
        first=day(-5, 16),
        by=by,
    )
    actions.read_balance(pole, on=today - timedelta(days=9), cents=1_684_250, note=FLAG, by=by)
