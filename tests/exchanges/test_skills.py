"""Skills held and looked for: who is named, what matches, what was exchanged."""

import pytest
from django.db import IntegrityError, transaction

from terreau.accounts import personal
from terreau.accounts.models import User
from terreau.common.errors import RefusedError
from terreau.exchanges import catalogue, skills
from terreau.exchanges.models import Offering, OfferingPrice, Skill, SkillEntry
from terreau.notices.models import Notice
from tests.exchanges.conftest import Fair, code_of


def entry(fair: Fair, **values: object) -> SkillEntry:
    told = {"by": fair.member, **values}
    return skills.declare(skills.named(fair.pole, "Soudure"), fair.one, "held", **told)


def test_a_person_is_named_only_when_they_say_so(fair: Fair) -> None:
    other = User.objects.create_user("autre@people.example.org", name="Autre")
    row = entry(fair, by=fair.by, person=fair.member, shown=True)
    assert [skills.person_of(row, one) for one in (fair.by, other, None, fair.member)] == [
        *["une personne de Brigade verte"] * 3,
        "Membre",
    ]
    assert Notice.objects.get(kind="skill").to == fair.member
    with pytest.raises(RefusedError):
        skills.show_name(row, shown=True, by=fair.by)
    agreed = skills.show_name(row, shown=True, by=fair.member)
    assert skills.person_of(agreed, other) == "Membre"
    hidden = skills.show_name(agreed, shown=False, by=fair.member)
    assert skills.person_of(hidden, other) == "une personne de Brigade verte"
    with pytest.raises(IntegrityError), transaction.atomic():
        SkillEntry.objects.filter(pk=row.pk).update(user=None, agreed_at="2026-01-01T00:00Z")


def test_who_writes_of_themselves_says_it_at_once(fair: Fair) -> None:
    assert skills.person_of(entry(fair, person=fair.member, shown=True), None) == "Membre"
    assert code_of(lambda: entry(fair, person=fair.by)) == "not_of_actor"
    assert code_of(lambda: entry(fair, person=fair.member)) == "skill_said"


def test_erased_with_the_account(fair: Fair) -> None:
    row = entry(fair, person=fair.member, shown=True, note="dix ans de métier")
    held = personal.exported(fair.member)["echanges"]["competences"]
    assert [one["skill__name"] for one in held] == ["Soudure"]
    personal.erase(fair.member)
    row.refresh_from_db()
    assert (row.user, row.agreed_at, row.note) == (None, None, "")
    assert row.ended_on is not None


def test_one_skill_for_two_writings_and_a_code_to_check(fair: Fair) -> None:
    first = skills.named(fair.pole, "Espaces verts")
    again = skills.named(fair.pole, " espace  vert ", rome="a1203")
    assert (again.pk, again.name, again.rome) == (first.pk, "Espaces verts", "A1203")
    assert skills.named(fair.pole, "espaces verts", rome="B1").rome == "A1203"
    assert code_of(lambda: skills.named(fair.pole, " - ")) == "no_skill"
    assert Skill.objects.count() == 1


def test_what_is_looked_for_meets_who_holds_it(fair: Fair) -> None:
    fair.holds(fair.one, "Comptabilité")
    fair.holds(fair.two, "Comptabilité")
    for actor, name in ((fair.two, "comptabilités"), (fair.three, "Paie")):
        skills.declare(skills.named(fair.pole, name), actor, "sought", by=fair.by)
    rows = list(skills.entries(fair.pole, on=fair.today))
    found = [(one.sought.actor, [held.actor for held in one.held]) for one in skills.matches(rows)]
    assert found == [(fair.two, [fair.one]), (fair.three, [])]
    skills.end(rows[0], by=fair.by, on=fair.today)
    rows = list(skills.entries(fair.pole, on=fair.today))
    assert [one.held for one in skills.matches(rows)] == [(), ()]


def test_an_exchange_is_a_line_of_the_ledger_once(fair: Fair) -> None:
    skill = skills.named(fair.pole, "Paie")
    given = {"minutes": 90, "on": fair.today, "by": fair.member, "key": "formulaire"}
    row = skills.exchange(skill, fair.one, fair.two, **given)
    assert skills.exchange(skill, fair.one, fair.two, **given) == row
    assert (row.flow.nature, row.flow.thousandths, row.flow.unit, row.flow.cents) == (
        "skill",
        1_500,
        "hours",
        None,
    )
    assert list(skills.exchanged(fair.pole, first=fair.today)) == [row]
    same = {**given, "key": ""}
    assert code_of(lambda: skills.exchange(skill, fair.one, fair.one, **same)) == "flows_refused"
    assert code_of(lambda: skills.exchange(skill, fair.one, fair.two, **{**same, "minutes": 0})) == "no_time"


def offered(fair: Fair, title: str = "Taille de haies", **values: object) -> Offering:
    return catalogue.offer(
        fair.pole, fair.one, kind="service", title=title, unit="heure", by=fair.by, **values
    )


def test_prices_are_dated_and_keep_what_they_were(fair: Fair) -> None:
    row = offered(fair)
    price = {"vat": "ht", "by": fair.by}
    catalogue.set_price(row, "member", cents=3_000, since=fair.day(-10), **price)
    catalogue.set_price(row, "member", cents=3_000, since=fair.day(-5), **price)
    catalogue.set_price(row, "member", cents=3_500, since=fair.today, **price)
    catalogue.set_price(row, "outside", cents=4_500, since=fair.today, **price)
    kept = OfferingPrice.objects.filter(offering=row).values_list("who", "cents", "valid_from", "valid_to")
    assert list(kept) == [
        ("member", 3_000, fair.day(-10), fair.today),
        ("member", 3_500, fair.today, None),
        ("outside", 4_500, fair.today, None),
    ]
    (found,) = catalogue.search(fair.pole, on=fair.today)
    assert [(one.who, one.cents) for one in found.priced] == [("member", 3_500), ("outside", 4_500)]
    (before,) = catalogue.search(fair.pole, on=fair.day(-1))
    assert [(one.who, one.cents) for one in before.priced] == [("member", 3_000)]
    early = {"cents": 1, "since": fair.day(-2), **price}
    assert code_of(lambda: catalogue.set_price(row, "member", **early)) == "price_known"
    catalogue.set_price(row, "outside", cents=None, since=fair.today, **price)
    assert not OfferingPrice.objects.filter(who="outside").exists()


def test_search_by_word_and_by_member(fair: Fair) -> None:
    offered(fair, text="Avec évacuation")
    offered(fair, "Élagage", public=True)
    for typed, count in (("haie", 1), ("evacuation TAILLE", 1), ("brigade", 2), ("haie bois", 0), ("", 2)):
        assert len(catalogue.search(fair.pole, typed, on=fair.today)) == count, typed
    assert [one.title for one in catalogue.search(fair.pole, on=fair.today, public=True)] == ["Élagage"]
    assert code_of(lambda: offered(fair)) == "offering_known"
    row = Offering.objects.get(title="Élagage")
    base = {"title": "Élagage", "public": True}
    same = {"title": "Taille de haies"}
    assert code_of(lambda: catalogue.change(row, base=base, mine=same, by=fair.by)) == "offering_known"
    changed = catalogue.change(row, base=base, mine={"title": "Abattage"}, by=fair.by)
    assert [one.pk for one in catalogue.search(fair.pole, "abattage", on=fair.today)] == [changed.pk]
    catalogue.end(changed, on=fair.today, by=fair.by)
    assert len(catalogue.search(fair.pole, on=fair.today)) == 1
