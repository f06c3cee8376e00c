"""The lists of pages as files: filtered as the page is, with the columns chosen."""

import pytest
from django.test import Client

pytestmark = pytest.mark.usefixtures("register")


def sent(client: Client, path: str) -> list[str]:
    response = client.get(path)
    assert response.status_code == 200
    return b"".join(response.streaming_content).decode("utf-8-sig").split("\r\n")  # type: ignore[attr-defined]


@pytest.mark.parametrize(("prefix", "header"), [("", "Département;Pôle"), ("/en", "Département;Pole")])
def test_poles_come_with_the_columns_chosen_in_both_languages(
    client: Client, prefix: str, header: str
) -> None:
    lines = sent(client, f"{prefix}/poles/?region=53&format=csv&colonnes=pole,departement")
    assert lines[0] == header
    assert any("ECLIS" in line for line in lines)


@pytest.mark.parametrize("page", ["/poles/?region=53", "/acteurs/?nature=association"])
def test_the_form_keeps_the_filters_and_the_last_choice(client: Client, page: str) -> None:
    keys = {"/poles/": "pole", "/acteurs/": "nom"}
    path, query = page.split("?")
    b"".join(client.get(f"{page}&format=csv&colonnes={keys[path]}").streaming_content)  # type: ignore[attr-defined]
    html = client.get(f"{page}&format=choisir").content.decode()
    name, value = query.split("=")
    assert f'<input type="hidden" name="{name}" value="{value}">' in html
    assert html.count(" checked") == 1
    assert f'value="{keys[path]}" checked' in html


def test_pages_lead_to_the_choice_of_columns(client: Client) -> None:
    assert 'href="?format=choisir"' in client.get("/poles/").content.decode()
