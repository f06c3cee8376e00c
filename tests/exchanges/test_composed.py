"""What the exchanges say to the week, the public page, the tree, the report, the calendar and the search."""

from datetime import datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terreau.accounts.models import User
from terreau.common.money import Euro
from terreau.exchanges import catalogue, composed, consortium, purchases, results, skills, tenders, watching
from terreau.exchanges.models import Offering, Purchase, Tender
from terreau.poles.workspace import Workspace, of_person
from tests.exchanges.conftest import Fair


def entered(fair: Fair, user: User) -> Workspace:
    return of_person(user, fair.pole.slug)


def due(fair: Fair, user: User) -> list[tuple[str, str, str]]:
    return [(one.kind, one.title, one.tone) for one in composed.week(entered(fair, user))]


def at(fair: Fair, after: int) -> datetime:
    return timezone.make_aware(datetime.combine(fair.day(after), time(12)))


def test_what_waits_for_whom(fair: Fair) -> None:
    tender = fair.tender("Berges", due_at=at(fair, 3))
    consortium.invite(tender, fair.one, by=fair.by)
    tenders.add_task(tender, "Lire l'avis", actor=fair.one, due_on=fair.day(-1), by=fair.by)
    bought = purchases.begin(fair.pole, fair.two, title="Farine", unit="kg", by=fair.by)
    skills.declare(skills.named(fair.pole, "Paie"), fair.one, "held", person=fair.member, by=fair.by)
    watching.put(fair.pole, fair.one, title="Avis", due_on=fair.day(20), by=fair.by)
    assert due(fair, fair.member) == [
        ("answer", "Dire si Brigade verte répond à « Berges »", "now"),
        ("task", "Lire l'avis", "late"),
        ("answer", "Dire ce que vous prenez de l'achat groupé « Farine »", "info"),
        ("answer", "Dire si votre nom peut être montré pour « Paie »", "info"),
    ]
    assert due(fair, fair.by) == [
        ("tender", "Déposer la réponse à « Berges »", "now"),
        ("tender", "Décider si le pôle répond à « Avis »", "soon"),
    ]
    purchases.commit(bought, fair.one, quantity=0, by=fair.member)
    party = tender.parties.get()
    consortium.answer(party, comes=False, by=fair.member)
    assert [kind for kind, _title, _tone in due(fair, fair.member)] == ["task", "answer"]


def test_only_what_was_chosen_is_published(fair: Fair) -> None:
    fair.won()
    catalogue.offer(fair.pole, fair.one, kind="good", title="Bois", by=fair.by)
    purchases.begin(fair.pole, fair.one, title="Farine", unit="kg", by=fair.by)
    assert composed.published(fair.pole, fair.today) == []
    Tender.objects.update(public=True)
    Purchase.objects.update(public=True)
    Offering.objects.update(public=True)
    offer = Offering.objects.get()
    for who, cents in (("member", 7_000), ("outside", 8_550)):
        catalogue.set_price(offer, who, cents=cents, vat="ttc", since=fair.today, by=fair.by)
    said = composed.published(fair.pole, fair.today)
    assert [one.title for one in said] == ["Bois", "Entretien des rives", "Farine"]
    assert said[0].meta == ("Brigade verte", "produit", "85,50\u00a0€ (toutes taxes comprises)")
    assert said[1].text == "Brigade verte, Atelier du fleuve, Coopérative du bâti"
    assert said[1].meta == ("gagné", "Commune")
    words = " ".join(str(one) for one in said)
    for private in ("70,00", "90", "33"):
        assert private not in words.replace(str(fair.today.year), ""), private


def test_the_figures_of_a_year(fair: Fair) -> None:
    tender = fair.won(cents=9_000_000)
    paid = results.receive(tender, fair.one, cents=100_000, on=fair.today, by=fair.by)
    results.pay_commission(tender, fair.one, cents=5_000, on=fair.today, by=fair.by)
    results.do_hours(tender, fair.one, minutes=150, first=fair.today, last=fair.today, by=fair.by)
    bought = purchases.begin(fair.pole, fair.one, title="Farine", unit="kg", by=fair.by)
    purchases.commit(bought, fair.one, quantity=10_000, before=200_000, by=fair.by)
    purchases.commit(bought, fair.two, quantity=10_000, by=fair.by)
    chosen = purchases.quote(bought, supplier_name="Moulin", price=150_000, by=fair.by)
    purchases.order(purchases.choose(bought, chosen, by=fair.by), by=fair.by, on=fair.today)
    skill = skills.named(fair.pole, "Paie")
    skills.exchange(skill, fair.one, fair.two, minutes=120, on=fair.today, by=fair.by)
    found = {one.code: one for one in composed.figures(fair.pole, fair.day(-3), fair.today)}
    assert {code: one.value for code, one in found.items()} == {
        "tenders_submitted": 1,
        "tenders_won": 1,
        "tenders_won_amount": Euro(9_000_000),
        "tenders_received": Euro(100_000),
        "insertion_hours": 2,
        "group_purchases": 1,
        "group_purchases_saved": Euro(500),
        "skill_hours": 2,
    }
    assert "sans ce prix : 1" in found["group_purchases_saved"].how
    assert all(one.how for one in found.values())
    before = composed.figures(fair.pole, fair.day(-9), fair.day(-5))
    assert {one.value for one in before} == {0, None, Euro(0)}
    assert paid.purpose_id == tender.pk


def test_the_tree_the_calendar_and_the_search(fair: Fair) -> None:
    tender = fair.won(due_at=at(fair, 3))
    purchases.begin(
        fair.pole,
        fair.one,
        title="Farine",
        unit="kg",
        by=fair.by,
        answers_by=fair.day(2),
        delivery_on=fair.day(9),
    )
    (born,) = composed.born(fair.pole)
    assert (born.key, born.on, born.path) == (f"tender:{tender.pk}", fair.today, tenders.path(tender))
    ws = entered(fair, fair.member)
    stamps = composed.stamps(ws, fair.today, fair.day(5))
    assert [one.title for one in stamps] == [
        "Remise des offres : Entretien des rives",
        "Quantités à dire : Farine",
    ]
    assert len(composed.stamps(ws, fair.today, fair.day(9))) == 3
    fair.holds(fair.one, "Élagage")
    catalogue.offer(fair.pole, fair.one, kind="good", title="Farine de maïs", by=fair.by)
    watching.put(fair.pole, fair.one, title="Avis sur les rives", by=fair.by)
    assert [one[0] for one in composed.found(ws, "rive", 9)] == ["Entretien des rives", "Avis sur les rives"]
    assert [one[0] for one in composed.found(ws, "FARINE", 9)] == ["Farine", "Farine de maïs"]
    assert [one[0] for one in composed.found(ws, "elagage", 9)] == ["Élagage"]
    assert len(composed.found(ws, "farine", 1)) == 1
    assert composed.found(ws, " ", 9) == []


@pytest.mark.parametrize("name", ["week", "published", "figures", "born", "stamps", "found"])
def test_questions_do_not_grow(fair: Fair, name: str) -> None:
    ws = entered(fair, fair.by)
    calls = {
        "week": lambda: composed.week(ws),
        "published": lambda: composed.published(fair.pole, fair.today),
        "figures": lambda: composed.figures(fair.pole, fair.day(-3), fair.today),
        "born": lambda: composed.born(fair.pole),
        "stamps": lambda: composed.stamps(ws, fair.today, fair.day(30)),
        "found": lambda: composed.found(ws, "a", 50),
    }

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            calls[name]()
        return len(found)

    def more() -> None:
        number = Tender.objects.count()
        fair.won(public=True, due_at=at(fair, 5), title=f"Affaire {number}")
        tender = fair.tender(f"Marché {number}", due_at=at(fair, 2))
        consortium.invite(tender, fair.pole.actor, by=fair.by)
        tenders.add_task(tender, "À faire", actor=fair.pole.actor, by=fair.by)
        watching.put(fair.pole, fair.one, title=f"Avis {number}", due_on=fair.day(3), by=fair.by)
        offer = catalogue.offer(
            fair.pole, fair.one, kind="good", title=f"Offre {number}", public=True, by=fair.by
        )
        catalogue.set_price(offer, "outside", cents=1, vat="", since=fair.today, by=fair.by)
        purchases.begin(
            fair.pole,
            fair.one,
            title=f"Achat {number}",
            unit="kg",
            by=fair.by,
            answers_by=fair.day(1),
            public=True,
        )
        fair.holds(fair.one, f"Savoir a {number}")

    more()
    few = asked()
    more()
    more()
    assert asked() == few
    assert few <= 9
