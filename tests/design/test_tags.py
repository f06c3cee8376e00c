"""The template tags, rendered where an unknown variable fails."""

import re
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from terreau.design import addresses, icons
from terreau.design.marks import MARKS
from terreau.design.paging import Page


def render(source: str, path: str = "/poles/", **values: Any) -> str:
    context = Context(
        {"request": RequestFactory().get(path), "language_prefix": "", "bare_path": "/poles/", **values}
    )
    with override("fr"):
        return Template("{% load design %}" + source).render(context)


def hrefs(html: str) -> list[str]:
    return [link.replace("&amp;", "&") for link in re.findall(r' href="([^"]*)"', html)]


SOURCE = {"document": "La note", "section": "p. 3", "url": "https://example.org/note"}
FACT = {"display": "plus de 100 structures", "period": "2014", "status": "declare", "source": SOURCE}


@pytest.mark.parametrize("name", icons.names())
def test_every_icon_is_decorative(name: str) -> None:
    assert 'aria-hidden="true"' in render("{% icon name %}", name=name)


@pytest.mark.parametrize(("status", "word"), [(m.status, str(m.word)) for m in MARKS.values()])
def test_every_status_has_a_drawing_and_a_word(status: str, word: str) -> None:
    html = render("{% provenance status %}", status=status)
    assert "<svg" in html
    assert f'visually-hidden">{word}<' in html


def test_a_fact_shows_its_value_period_status_and_source() -> None:
    html = render("{% fact fact %}", fact=FACT)
    for text in (
        "plus de 100 structures",
        "(2014)",
        "déclaré",
        "La note",
        "p. 3",
        "https://example.org/note",
    ):
        assert text in html
    button, panel = re.search(r'popovertarget="([^"]+)"', html), re.search(r'popover id="([^"]+)"', html)
    assert button
    assert panel
    assert button[1] == panel[1]


def test_a_contradiction_is_said_and_shown() -> None:
    other = {**FACT, "display": "87 structures", "source": {"document": "Autre"}}
    html = render("{% fact fact %}", fact={**FACT, "contradicted_by": [other]})
    assert "sources en désaccord" in html
    assert "87 structures" in html
    assert "Autre" in html


def test_two_facts_have_two_sources() -> None:
    html = render("{% fact fact %}{% fact fact %}", fact=FACT)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids)) == 2


def test_a_source_that_is_missing_is_said_missing() -> None:
    assert "Source non renseignée" in render("{% fact fact %}", fact={"display": "3", "status": "estime"})


def test_what_people_wrote_is_escaped() -> None:
    html = render("{% fact fact %}{% badge text %}{% card title=text %}{{ text }}{% endcard %}",
                  fact={**FACT, "display": "<script>"}, text="<script>")  # fmt: skip
    assert "<script>" not in html


def test_a_figure_that_is_unknown_is_said_unknown() -> None:
    assert render("{% number value %}", value=None) == "inconnu"
    assert render("{% number value %}", value=0) == "0"


def test_a_notice_of_an_unknown_kind_fails() -> None:
    with pytest.raises(ValueError, match="none of info"):
        render('{% notice_box "happy" %}{% endnotice_box %}')


VALUES = [{"code": "53", "label": "Bretagne", "count": 4, "selected": True},
          {"code": "28", "label": "Normandie", "count": 2, "selected": False}]  # fmt: skip


def test_a_facet_replaces_its_value_and_forgets_the_place_in_the_list() -> None:
    html = render(
        '{% facet "region" values "Région" %}', "/poles/?region=53&q=bois&cursor=abc", values=VALUES
    )
    assert hrefs(html) == ["?q=bois", "?region=28&q=bois"]
    assert 'aria-current="true"' in html


def test_a_facet_of_several_values_adds_them() -> None:
    html = render('{% facet "region" values "Région" several=True %}', "/poles/?region=53", values=VALUES)
    assert hrefs(html) == ["?", "?region=53&region=28"]


def test_a_long_facet_is_folded_and_keeps_what_is_selected_in_sight() -> None:
    many = [{"code": str(i), "label": f"R{i}", "count": 1, "selected": i == 19} for i in range(20)]
    first, rest = render('{% facet "region" values "Région" %}', values=many).split("facet-rest", 1)
    assert "R19" in first
    assert "R18" in rest


def test_chosen_filters_can_each_be_removed() -> None:
    html = render('{% chosen "region" values %}', "/poles/?region=53&q=bois", values=VALUES)
    assert hrefs(html) == ["?region=53", "?q=bois", "/poles/"]


def test_the_results_carry_the_filters_into_the_search() -> None:
    html = render("{% results %}…{% endresults %}", "/poles/?region=53&q=bois&cursor=abc&stade=")
    assert re.findall(r'name="(\w+)" value="(\w*)"', html) == [("region", "53")]


def test_the_pager_keeps_the_filters() -> None:
    html = render("{% pager page %}", "/poles/?region=53&cursor=a", page=Page([], "suite", None))
    assert hrefs(html) == ["?region=53&cursor=suite"]
    assert render("{% pager page %}", page=Page([])).strip() == ""


@pytest.mark.parametrize(
    ("query", "direction", "target"),
    [
        ("", "ascending", "?tri=-nom"),
        ("?tri=nom", "ascending", "?tri=-nom"),
        ("?tri=-nom", "descending", "?tri=nom"),
        ("?tri=membres", "", "?tri=nom"),
    ],
)
def test_a_header_sorts_one_way_then_the_other(query: str, direction: str, target: str) -> None:
    html = render('{% sort_header "nom" "Nom" default=True %}', f"/poles/{query}")
    assert hrefs(html) == [target]
    assert (f'aria-sort="{direction}"' in html) is bool(direction)


def test_a_table_has_a_caption_a_region_and_its_exports() -> None:
    html = render(
        '{% data_table caption="Les pôles" export=True %}<tbody></tbody>{% enddata_table %}', "/poles/?q=a"
    )
    assert re.search(r'role="region" aria-labelledby="(\S+)" tabindex="0"', html)
    assert "Les pôles</caption>" in html
    assert hrefs(html) == [f"?q=a&format={name}" for name in ("csv", "xlsx", "ods", "choisir")]


def test_breadcrumbs_keep_the_language() -> None:
    html = render('{% breadcrumbs "Pôles" "/poles/" "Ici" %}', language_prefix="/en")
    assert hrefs(html) == ["/en/", "/en/poles/"]
    assert 'aria-current="page">Ici' in html


def test_a_query_never_runs_into_another_parameter() -> None:
    request = RequestFactory().get("/", {"q": "a&b=c"})
    assert addresses.query(request, {"region": "5 3&"}) == "?q=a%26b%3Dc&region=5+3%26"


def test_a_map_keeps_the_drawing_and_names_its_twin() -> None:
    html = render(
        '{% map_twin label="Carte" points="/p" outlines="/o" twin="liste" %}<svg></svg>{% endmap_twin %}'
    )
    assert "<svg></svg>" in html
    assert "#liste" in hrefs(html)
    assert 'data-points="/p"' in html
