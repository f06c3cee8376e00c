"""What cooperations tell to the week, the public page, the tree, the report and the search."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from terreau.cooperations import composed, deeds, finance, materials, people_data
from terreau.poles.workspace import of_person
from tests.cooperations.conftest import Bench

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)


def test_the_week_speaks_of_advances_to_those_they_concern(bench: Bench) -> None:
    told = {"since": date(2024, 1, 1), "today": bench.today, "by": bench.by, "cents": 50_000}
    late = bench.today - timedelta(days=3)
    finance.open_(bench.pole, "advance", bench.actors[0], bench.actors[1], due_on=late, **told)
    finance.open_(bench.pole, "advance", bench.actors[2], bench.actors[3], due_on=late, **told)
    ours = composed.week(of_person(bench.member, bench.pole.slug))
    assert [(one.kind, one.tone, one.on) for one in ours] == [("repayment", "late", late)]
    assert "500,00" in ours[0].title
    assert len(composed.week(of_person(bench.by, bench.pole.slug))) == 2


def test_the_week_tells_what_changed_once_for_each(bench: Bench) -> None:
    row = bench.begin(0, 1)
    deeds.move(row, "shared", on=bench.today, reason="Convention", today=bench.today, by=bench.by)
    news = composed.week(of_person(bench.member, bench.pole.slug))
    assert [(one.kind, one.detail) for one in news] == [("changed", "Convention")]
    assert bench.client(bench.member).get(news[0].path).status_code == 200


def test_only_what_the_pole_chose_is_published(bench: Bench) -> None:
    from terreau.actors.actions import create_actor
    from terreau.poles.composition import add_member

    hidden = create_actor("Membre discret", source=None, public=False)
    add_member(bench.pole, hidden, by=bench.by)
    bench.begin(0, 1, title="Secret")
    row = bench.begin(0, 1, title="Ouverte", public=True)
    deeds.join(row, hidden, role="supports", on=None, by=bench.by)
    shown = composed.published(bench.pole, bench.today)
    assert [one.title for one in shown] == ["Ouverte"]
    assert "Bois, Cantine" in shown[0].meta
    assert "discret" not in repr(shown)
    deeds.end(row, on=date(2024, 1, 1), reason="x", today=bench.today, by=bench.by)
    assert composed.published(bench.pole, bench.today) == []


def test_what_was_born_of_another_hangs_from_it(bench: Bench) -> None:
    first = bench.begin(0, 1)
    second = bench.begin(0, 2, title="Née", purpose=first.subject)
    nodes = {one.key: one for one in composed.born(bench.pole)}
    assert nodes[f"cooperation:{second.pk}"].parent == f"cooperation:{first.pk}"
    assert nodes[f"cooperation:{first.pk}"].parent == ""


def test_the_figures_of_a_year_are_those_of_its_last_day(bench: Bench) -> None:
    bench.begin(0, 1, since="2025-03-01", level="shared")
    bench.begin(0, 1, 2, since="2026")
    stream = materials.describe(
        bench.pole, *bench.actors[:2], kind="heat", label="Chaleur", unit="mwh", by=bench.by
    )
    materials.declare(stream, 2025, 2_500, today=bench.today, by=bench.by)
    with CaptureQueriesContext(connection) as caught:
        said = {one.code: one.value for one in composed.figures(bench.pole, FIRST, LAST)}
    assert len(caught) <= 12
    assert said["cooperations.living"] == said["cooperations.begun"] == said["cooperations.linked"] == 1
    assert said["cooperations.density"] == said["cooperations.density_strong"] == Decimal("10.00")
    assert said["cooperations.form.means"] == 1
    assert said["cooperations.stream.heat.mwh"] == Decimal("2.5")


def test_a_search_finds_words_of_what_is_done_together(bench: Bench) -> None:
    bench.begin(0, 1, title="Atelier bois", text="Deux scies")
    ws = of_person(bench.member, bench.pole.slug)
    assert [one.title for one in composed.found(ws, "scies atelier", 10)] == ["Atelier bois"]
    assert composed.found(ws, "scies absent", 10) == []
    assert composed.found(ws, " ", 10) == []


def test_a_person_is_given_what_names_them(bench: Bench) -> None:
    bench.begin(0, 1)
    found = people_data.export(bench.by)
    assert len(found["intensites"]) == 1
    people_data.erase(bench.by)
