"""Every page of a full workspace: for its people and nobody else, with few queries, and files that open."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from terreau.accounts.models import User
from terreau.actors import belonging
from terreau.poles.models import Membership
from terreau.poles.workspace import SECTIONS
from terreau.sheets.demo_workspace import SLUG
from tests import files

pytestmark = pytest.mark.django_db
MOST = 30
HOME = f"/poles/{SLUG}/espace/"
PAGES = [f"{HOME}{part}/" if part else HOME for _label, links in SECTIONS for part, _name in links]
PAGES += [f"{HOME}economie/{part}/" for part in ("matrice", "fonctions", "a-classer", "analytique")]
PAGES += [f"{HOME}livre/{part}/" for part in ("importer", "comptes", "verifier")]
PAGES += [f"{HOME}contributions/{part}/" for part in ("dons", "taux", "echanges")]
#: Pages that gather from every room: all that waits, all that holds some words, all that a year counted.
GATHERED = (
    "/ma-semaine/",
    f"{HOME}chercher/?q=halle",
    f"{HOME}rapports/2026/",
    f"{HOME}rapports/2026/publier/",
    f"{HOME}indicateurs/tour/2026/",
)
#: Pages that show no list: they are not taken away as a file.
NO_LIST = {"", "adhesions", "statuts", "echanges", "rapports", "chercher"}
LISTS = [part for _label, links in SECTIONS for part, _name in links if part not in NO_LIST]


@pytest.fixture
def animator(db: None) -> User:
    """Who animates an invented pole whose workspace is full."""
    user = User.objects.create_user("claire@people.example.org", name="Claire")
    call_command("demo_workspace", animator=user.email, members=12, bookings=60, decisions=13, verbosity=0)
    return user


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def _member(animator: User) -> User:
    user = User.objects.create_user("paul@people.example.org", name="Paul")
    actor = Membership.objects.filter(pole__slug=SLUG, valid_to=None).order_by("pk")[0].actor
    belonging.found(user, actor, by=animator)
    return user


def test_every_page_is_for_its_people_and_asks_few_questions(animator: User) -> None:
    runs, reads = _signed_in(animator), _signed_in(_member(animator))
    other = _signed_in(User.objects.create_user("autre@people.example.org", name="Autre"))
    heavy = {}
    for page in [*PAGES, *GATHERED]:
        runs.get(page)
        with CaptureQueriesContext(connection) as asked:
            assert runs.get(page).status_code == 200, page
        if len(asked) > MOST:
            heavy[page] = len(asked)
        if not page.endswith("publier/"):
            assert reads.get(page).status_code == 200, page
        if page.startswith(HOME):
            assert other.get(page).status_code == 404, page
            assert Client().get(page).status_code == 404, page
    assert not heavy


def test_every_page_speaks_english_too(animator: User) -> None:
    client = _signed_in(animator)
    for page in PAGES:
        answer = client.get(f"/en{page}")
        assert answer.status_code == 200, page
        assert '<html lang="en">' in answer.content.decode(), page


@files.office
def test_lists_are_taken_away_as_files_that_open(animator: User, tmp_path: Path) -> None:
    client = _signed_in(animator)
    books = []
    for part in LISTS:
        for form in ("xlsx", "ods"):
            answer = client.get(f"{HOME}{part}/", {"format": form})
            assert answer.status_code == 200, part
            books.append(tmp_path / f"{part}-{form}.{form}")
            books[-1].write_bytes(answer.getvalue())
    read = files.cells(books, tmp_path)
    for part in LISTS:
        sheet, other = read[f"{part}-xlsx.xlsx"], read[f"{part}-ods.ods"]
        assert sheet, part
        assert [len(row) for row in sheet] == [len(row) for row in other], part
    assert len(read["membres-xlsx.xlsx"]) > 12
    assert len(read["decisions-ods.ods"]) == 15
