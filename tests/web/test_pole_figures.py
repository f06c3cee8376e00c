"""Figures of all poles together, restricted to what is sure enough, saying what is left out (R-56)."""

from datetime import date

import pytest
from django.test import Client

from terreau.common.periods import PartialDate
from terreau.facts.actions import record
from terreau.pieces.actions import declaration
from terreau.poles.models import Pole
from terreau.sheets.figures import Figure, figures

pytestmark = pytest.mark.usefixtures("register")
CODE = "pole.workshops"


def give(slug: str, value: object, status: str = "declare", code: str = CODE) -> None:
    subject = Pole.objects.get(slug=slug).actor.subject
    said = declaration(None, date(2026, 11, 21))
    record(subject, code, value, source=said, status=status, on=PartialDate.parse("2026"))


def one(least: str = "", code: str = CODE) -> Figure | None:
    return next((figure for figure in figures(least) if figure.code == code), None)


def test_each_pole_counts_once_with_its_surest_value() -> None:
    before = one()
    give("artis", 10)
    give("artis", 12, "verifie")
    give("eclis", {"min": 20, "max": 30}, "justifie")
    give("le-phares", 100)
    now = one()
    assert now
    assert now.poles == (before.poles if before else 0) + 3
    sure = one("verifie")
    assert sure
    assert (sure.poles, sure.least, sure.middle, sure.most) == (1, 12, 12, 12)
    assert sure.left_out == now.poles - 1
    better = one("justifie")
    assert better
    assert (better.poles, better.least, better.most) == (2, 12, 25)


def test_what_nobody_may_see_and_what_is_invented_do_not_count() -> None:
    give("artis", 10)
    give("eclis", 999)
    give("le-phares", 888)
    Pole.objects.filter(slug="eclis").update(fictional=True)
    hidden = Pole.objects.get(slug="le-phares").actor.subject
    hidden.public = False
    hidden.save(update_fields=["public"])
    now = one()
    assert now
    assert now.most is not None
    assert now.most < 888


def test_the_page_says_how_many_are_left_out(client: Client) -> None:
    give("artis", 12, "verifie")
    page = client.get("/poles/chiffres/", {"provenance": "verifie"}).content.decode()
    assert "ne sont pas comptés ici" in page
    assert "1 chiffre est compté" in page
    assert client.get("/poles/chiffres/").status_code == 200
    assert client.get("/en/poles/chiffres/?provenance=justifie").status_code == 200
    assert client.get("/poles/chiffres/", {"provenance": "gloire"}).status_code == 422
    csv = b"".join(client.get("/poles/chiffres/", {"format": "csv", "provenance": "verifie"}))
    assert "pole.workshops;" in csv.decode("utf-8-sig")


def test_one_query(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        figures("justifie")
