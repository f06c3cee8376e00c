"""The yearly report: words nobody overwrites, editions that never change, nothing private in public."""

import io
import json
import time

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from pypdf import PdfReader

from terreau.common.canonical import digest
from terreau.common.errors import DomainError, StaleWriteError
from terreau.indicators import actions, reports
from terreau.indicators.models import Edition, Words
from terreau.poles.listing import project
from tests.indicators.conftest import HOME, Plot, make
from tests.two_connections import at_once

YEAR = 2025
REPORT, PUBLIC = f"{HOME}rapports/{YEAR}/", f"/poles/pole-essai/rapports/{YEAR}/"


@pytest.fixture
def open_plot(db: None) -> Plot:
    """A public pole with one public and one private indicator, and some words."""
    plot = make(public=True)
    project([plot.pole.pk])
    first, last = actions.year_of(YEAR)
    for label, public in (("Repas servis", True), ("Chiffre gardé", False)):
        row = actions.create(
            plot.pole, by=plot.animator, label=label, unit="repas", family="result", public=public
        )
        actions.add_value(row, 42_000, first=first, last=last, by=plot.animator)
    reports.write(plot.pole, YEAR, "foreword", base="", text="Une année <b>pleine</b>.", by=plot.animator)
    return plot


def test_words_are_kept_and_another_page_is_not_overwritten(plot: Plot) -> None:
    reports.write(plot.pole, YEAR, "means", base="", text=" La halle.\r\nLe four. ", by=plot.animator)
    assert Words.objects.get().text == "La halle.\nLe four."
    reports.write(plot.pole, YEAR, "means", base="La halle.\nLe four.", text="Le four.", by=plot.animator)
    with pytest.raises(StaleWriteError):
        reports.write(plot.pole, YEAR, "means", base="La halle.\nLe four.", text="La halle.", by=plot.member)
    with pytest.raises(DomainError, match="signes"):
        reports.write(plot.pole, YEAR, "means", base="Le four.", text="x" * 7_000, by=plot.animator)


def test_who_reads_and_who_writes(open_plot: Plot) -> None:
    plot = open_plot
    reads = [f"{HOME}rapports/", REPORT, f"{HOME}rapports/{YEAR}.pdf"]
    writes = [f"{REPORT}textes/means/", f"{REPORT}publier/", f"{REPORT}retirer/"]
    for address in reads:
        assert Client().get(address).status_code == 404
        assert plot.sign_in(plot.stranger).get(address).status_code == 404
        assert plot.sign_in(plot.member).get(address).status_code == 200
    for address in writes:
        assert plot.sign_in(plot.stranger).post(address).status_code == 404
        assert plot.sign_in(plot.member).post(address, {"publier": "oui"}).status_code == 403
    assert not Edition.objects.exists()
    assert plot.sign_in(plot.animator).get(f"{REPORT}textes/poesie/").status_code == 404
    assert plot.sign_in(plot.animator).get(f"{HOME}rapports/1900/").status_code == 404


def test_a_page_saves_while_one_types_and_tells_of_a_conflict(plot: Plot) -> None:
    client, address = plot.sign_in(plot.animator), f"{REPORT}textes/outlook/"
    saved = client.post(address, {"vu": "", "texte": "Bientôt"}, headers={"Accept": "application/json"})
    assert (saved.status_code, saved.json()["text"]) == (200, "Bientôt")
    stale = client.post(address, {"vu": "", "texte": "Demain"}, headers={"Accept": "application/json"})
    assert (stale.status_code, stale.json()["saved"]) == (409, False)
    page = client.post(address, {"vu": "", "texte": "Demain"})
    assert page.status_code == 409
    body = page.content.decode()
    assert "Bientôt" in body
    assert "Demain" in body
    assert client.post(address, {"vu": "Bientôt", "texte": "Demain"}).status_code == 302


def test_nothing_is_read_before_it_is_published_then_only_what_was_chosen(open_plot: Plot) -> None:
    client = open_plot.sign_in(open_plot.animator)
    assert Client().get(PUBLIC).status_code == 404
    assert client.post(f"{REPORT}publier/", {"publier": "oui", "chiffre": []}).status_code == 302
    page = Client().get(PUBLIC).content.decode()
    assert "Repas servis" in page
    assert "42\u202frepas" in page.replace("\u00a0", "\u202f")
    assert "Une année &lt;b&gt;pleine&lt;/b&gt;." in page
    assert "Chiffre gardé" not in page
    assert "Organisations au pôle" not in page
    assert "espace/" not in page
    assert "Chiffre gardé" not in json.dumps(Edition.objects.get().data, ensure_ascii=False)
    assert Client().get(f"/en{PUBLIC}").status_code == 200


def test_an_edition_stays_what_it_was(open_plot: Plot) -> None:
    plot, client = open_plot, open_plot.sign_in(open_plot.animator)
    client.post(f"{REPORT}publier/", {"publier": "oui", "chiffre": ["governance.members"]})
    made = Edition.objects.get()
    assert made.digest == digest(made.data)
    pdf = Client().get(f"/poles/pole-essai/rapports/{YEAR}.pdf").content
    time.sleep(1.1)  # a PDF may hold the second when it was made
    reports.write(
        plot.pole, YEAR, "foreword", base="Une année <b>pleine</b>.", text="Autre", by=plot.animator
    )
    assert "Autre" not in Client().get(PUBLIC).content.decode()
    assert Client().get(f"/poles/pole-essai/rapports/{YEAR}.pdf").content == pdf
    read = PdfReader(io.BytesIO(pdf))
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "Repas servis" in "".join(page.extract_text() for page in read.pages)
    for change in (lambda: Edition.objects.filter(pk=made.pk).update(digest="0" * 64), made.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    assert client.post(f"{REPORT}publier/", {"publier": "oui"}).status_code == 422
    again = {"publier": "oui", "pourquoi": "un mot repris"}
    assert client.post(f"{REPORT}publier/", again).status_code == 302
    page = Client().get(PUBLIC).content.decode()
    assert "un mot repris" in page
    assert "Autre" in page
    assert "Autre" not in Client().get(f"{PUBLIC}?version=1").content.decode()
    for version in ("3", "x", "-1"):
        assert Client().get(f"{PUBLIC}?version={version}").status_code == 404


def test_a_report_is_withdrawn_with_why(open_plot: Plot) -> None:
    client = open_plot.sign_in(open_plot.animator)
    client.post(f"{REPORT}publier/", {"publier": "oui"})
    client.post(f"{REPORT}retirer/", {"pourquoi": " "})
    assert Client().get(PUBLIC).status_code == 200
    client.post(f"{REPORT}retirer/", {"pourquoi": "un nom à retirer"})
    assert Client().get(PUBLIC).status_code == 404
    assert Client().get(f"/poles/pole-essai/rapports/{YEAR}.pdf").status_code == 404
    assert "un nom à retirer" in client.get(REPORT).content.decode()


def test_a_private_pole_publishes_to_nobody(plot: Plot) -> None:
    client = plot.sign_in(plot.animator)
    assert client.post(f"{REPORT}publier/", {"publier": "oui"}).status_code == 302
    assert Client().get(PUBLIC).status_code == 404


def test_the_weight_of_members_is_never_added_to_what_is_due_to_the_pole(open_plot: Plot) -> None:
    from terreau.sheets.yearly import report

    weight = report(open_plot.pole, YEAR)["weight"]
    assert set(weight) == {"note", "members", "pole"}
    assert "ne s'additionnent pas" in weight["note"]


@pytest.mark.django_db(transaction=True)
def test_two_publications_at_once_make_one_version() -> None:
    plot = make()
    data = {"fr": {"a": "b"}, "en": {"a": "b"}}
    done = at_once(*(lambda: reports.publish(plot.pole, YEAR, data, by=plot.animator),) * 2)
    assert sorted(type(one).__name__ for one in done) == ["DomainError", "Edition"]
    assert Edition.objects.count() == 1
