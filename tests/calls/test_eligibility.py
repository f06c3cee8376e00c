"""May I answer? Three values, criterion by criterion, from what is known; nothing is guessed."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from terreau.calls import eligibility, own_rules
from terreau.calls.eligibility import Said
from terreau.calls.models import Applicant, Call, Category
from terreau.calls.own_rules import Known
from terreau.common.verdicts import Answer, all_of
from terreau.poles.models import Pole, Recognition
from terreau.territories.models import Coverage, Perimeter, Zone
from tests.calls import making

pytestmark = pytest.mark.django_db
RULES: list[dict[str, Any]] = [
    {"code": "said", "label": "Dit", "rule": "declared"},
    {"code": "not", "label": "Non dit", "rule": "declared", "expected": False},
    {"code": "here", "label": "Ici", "rule": "territory", "zones": ["region:27"]},
    {"code": "before", "label": "Avant", "rule": "recognition", "schemes": ["laureat"], "expected": False},
    {"code": "won", "label": "Gagné", "rule": "laureate", "calls": ["un", "deux"]},
]
NOBODY = Known()
_SUBSETS = st.frozensets(st.sampled_from(Applicant.values), max_size=3)
KNOWN = st.builds(
    lambda kinds, nots, category, zones, schemes, won, said: Known(
        kinds, nots - kinds, category, zones, schemes, won, said
    ),
    _SUBSETS,
    _SUBSETS,
    st.sampled_from([None, *Category.values]),
    st.none() | st.frozensets(st.sampled_from(["region:27", "region:11"]), min_size=1),
    st.none() | st.frozensets(st.sampled_from(["laureat", "temoin"])),
    st.dictionaries(st.sampled_from(["un", "deux"]), st.sampled_from(list(Answer))),
    st.dictionaries(st.sampled_from([one["code"] for one in RULES]), st.booleans()),
)  # fmt: skip


def answers(known: Known, asked: list[str], stages: list[str]) -> list[Answer]:
    """Return what each rule gives."""
    found = [own_rules.answer(one, known) for one in RULES]
    return [own_rules.of_kinds(asked, known), own_rules.of_category(stages, known), *found]


def without(known: Known, part: str) -> Known:
    """Return what is known but for a part of it."""
    held = {name: getattr(known, name) for name in Known.__dataclass_fields__}
    return Known(**{name: value for name, value in held.items() if name != part})


@settings(max_examples=50, deadline=None)
@given(KNOWN, st.sampled_from(list(Known.__dataclass_fields__)), st.lists(st.sampled_from(Applicant.values)))
def test_hiding_anything_never_turns_to_check_into_no(known: Known, part: str, asked: list[str]) -> None:
    before = answers(known, asked, ["existing"])
    after = answers(without(known, part), asked, ["existing"])
    for one, other in zip(before, after, strict=True):
        assert not (one == Answer.TO_CHECK and other == Answer.NO)
    assert not (all_of(before) == Answer.TO_CHECK and all_of(after) == Answer.NO)


def test_nothing_known_decides_nothing() -> None:
    assert set(answers(NOBODY, ["pole"], ["existing"])) == {Answer.TO_CHECK}
    assert own_rules.asked(RULES, NOBODY) == ["said", "not", "here", "before", "won"]
    assert own_rules.of_kinds([], NOBODY) == Answer.YES


def call(**values: Any) -> Call:
    return making.call(**{"criteria": RULES[:2], "applicants": ["pole", "authority"], **values})


def a_pole(**values: Any) -> Pole:
    actor = making.actor("Pôle du Val")
    return Pole.objects.create(actor=actor, slug="pole-du-val", **{"stage": "developpement", **values})


def test_a_pole_is_known_by_its_sheet_and_asked_the_rest() -> None:
    pole = a_pole()
    made = call(categories=["existing"])
    found = eligibility.judge(made, pole.actor, Said(), today=date(2026, 3, 1))
    [part] = found.parts
    assert [(one.code, one.answer) for one in part.lines] == [
        ("applicant", Answer.YES),
        ("category", Answer.YES),
        ("said", Answer.TO_CHECK),
        ("not", Answer.TO_CHECK),
    ]
    assert found.answer == Answer.TO_CHECK
    said = Said(rules={"said": True, "not": False})
    assert eligibility.judge(made, pole.actor, said, today=date(2026, 3, 1)).answer == Answer.YES
    said = Said(rules={"said": True, "not": True})
    refused = eligibility.judge(made, pole.actor, said, today=date(2026, 3, 1))
    assert refused.answer == Answer.NO
    assert [one.code for one in refused.against] == ["not"]


def test_an_association_is_no_pole_nor_authority() -> None:
    found = eligibility.judge(call(), making.actor(), Said(), today=date(2026, 3, 1))
    assert found.parts[0].lines[0].answer == Answer.NO
    town = making.actor(legal_nature="local_authority")
    found = eligibility.judge(call(), town, Said(), today=date(2026, 3, 1))
    assert found.parts[0].lines[0].answer == Answer.YES


def test_what_one_says_one_is_does_not_beat_the_register() -> None:
    town = making.actor(legal_nature="local_authority")
    made = call(applicants=["ess_enterprise"])
    said = Said(kind="ess_enterprise")
    assert eligibility.judge(made, town, said, today=date(2026, 3, 1)).answer == Answer.NO
    nobody = eligibility.judge(made, None, said, today=date(2026, 3, 1))
    assert nobody.parts[0].lines[0].answer == Answer.YES


def test_the_perimeter_of_the_day_places_the_pole(zones: None) -> None:
    pole = a_pole()
    made = call(criteria=[RULES[2]], applicants=[])
    for code, first, last in (
        ("53", date(2020, 1, 1), date(2026, 1, 1)),
        ("27", date(2026, 1, 1), date(2026, 7, 1)),
        ("11", date(2026, 7, 1), None),
    ):
        zone = Zone.objects.filter(level="region", code=code).order_by("-cog_year")[0]
        held = Perimeter.objects.create(
            subject=pole.actor.subject, label=code, cog_year=2025, valid_from=first, valid_to=last
        )
        Coverage.objects.create(perimeter=held, zone=zone, level="region", code=code, communes=1)
    days = (date(2025, 3, 1), date(2026, 3, 1), date(2026, 9, 1))
    found = [eligibility.judge(made, pole.actor, Said(), today=day).answer for day in days]
    assert found == [Answer.NO, Answer.YES, Answer.NO]


def test_a_recognition_counts_and_a_silence_does_not(zones: None) -> None:
    from terreau.pieces.actions import declaration

    pole = a_pole()
    made = call(criteria=[RULES[3]])
    before = eligibility.judge(made, pole.actor, Said(), today=date(2026, 3, 1))
    assert before.parts[0].lines[-1].answer == Answer.TO_CHECK
    source = declaration(None, date(2026, 1, 1))
    Recognition.objects.create(pole=pole, scheme="laureat", source=source, on=date(2014, 1, 1))
    after = eligibility.judge(made, pole.actor, Said(), today=date(2026, 3, 1))
    assert after.parts[0].lines[-1].answer == Answer.NO


def test_a_grid_that_is_not_loaded_leaves_everything_to_check() -> None:
    found = eligibility.judge(call(grids=["inconnue"], criteria=[]), a_pole().actor, Said())
    assert found.answer == Answer.TO_CHECK
    assert found.parts[1].answer == Answer.TO_CHECK


def test_a_grid_reads_the_register(client: Client) -> None:
    from terreau.grids import loading

    loading.sync(save=True)
    made = call(grids=["decret-2015-431"], criteria=[])
    found = eligibility.judge(made, a_pole().actor, Said(), today=date(2026, 3, 1))
    part = found.parts[1]
    assert len(part.lines) == 7
    assert all(one.reasons for one in part.lines)
    assert part.answer in set(Answer)
    page = client.get(f"/appels/{made.slug}/puis-je/?pour={Pole.objects.get().pk}").content.decode()
    assert "Une personne morale de droit privé" in page


def test_conditions_are_read_on_the_closing_day_once_it_is_past() -> None:
    made = call(closes_at=datetime(2026, 6, 30, 22, 30, tzinfo=UTC))
    assert eligibility.day_of(made, date(2026, 3, 1)) == date(2026, 3, 1)
    # 22:30 UTC is the first of July in Paris.
    assert eligibility.day_of(made, date(2027, 3, 1)) == date(2026, 7, 1)
    assert eligibility.day_of(call(closes_at=None), date(2027, 3, 1)) == date(2027, 3, 1)


@time_machine.travel("2026-03-01 10:00:00+00:00", tick=False)
def test_the_page_says_before_anything_is_typed(client: Client) -> None:
    pole = a_pole()
    made = call()
    url = f"/appels/{made.slug}/puis-je/"
    page = client.get(url).content.decode()
    assert "Choisissez votre pôle" in page
    assert 'id="verdict"' not in page
    page = client.get(url, {"pour": str(pole.pk)}).content.decode()
    assert "Pôle du Val peut-il répondre ?" in page
    assert "2 conditions restent à vérifier" in page
    page = client.get(url, {"pour": str(pole.pk), "r-said": "oui", "r-not": "non"}).content.decode()
    assert "Oui, d&#x27;après ce que l&#x27;on sait" in page or "Oui, d'après ce que l'on sait" in page
    page = client.get(f"/en{url}", {"pour": str(pole.pk)}).content.decode()
    assert page


def test_a_private_organisation_is_nobody_to_a_stranger(client: Client) -> None:
    hidden = making.actor()
    hidden.subject.public = False
    hidden.subject.save()
    made = call()
    for asked in (str(hidden.pk), "rien", "00000000-0000-0000-0000-000000000000"):
        assert client.get(f"/appels/{made.slug}/puis-je/", {"pour": asked}).status_code == 404
