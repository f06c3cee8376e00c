"""Documents: a pole, a territory, a list, as PDF that screen readers can read."""

import io
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from terreau.actors.models import Actor
from terreau.poles import directory
from terreau.poles.directory import Filters
from terreau.poles.models import Listing
from terreau.sheets.poles import pole_sheet
from terreau.web import documents

pytestmark = pytest.mark.usefixtures("register")

POLE = "/poles/les-ecossolies/fiche.pdf"
TERRITORY = "/territoires/epci/243500741/fiche.pdf"
LIST = "/poles/liste.pdf"


def read(client: Client, path: str) -> PdfReader:
    response = client.get(path)
    assert response.status_code == 200, response.content[:500]
    assert response["Content-Type"] == "application/pdf"
    return PdfReader(io.BytesIO(response.content))


def text_of(pdf: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


@pytest.mark.parametrize("path", [POLE, TERRITORY, LIST, "/territoires/region/84/fiche.pdf"])
@pytest.mark.parametrize(("prefix", "lang"), [("", "fr"), ("/en", "en")])
def test_a_document_is_tagged_and_says_its_title_and_language(
    client: Client, path: str, prefix: str, lang: str
) -> None:
    pdf = read(client, prefix + path)
    catalogue: Any = pdf.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == lang
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata is not None
    assert pdf.metadata.title
    assert b"pdfuaid:part" in catalogue["/Metadata"].get_data()


def test_a_pole_says_its_members_its_figures_and_where_each_comes_from(client: Client) -> None:
    said = text_of(read(client, POLE))
    sheet = pole_sheet("les-ecossolies")
    assert sheet.name in said
    assert sheet.facts
    for document, _places in sheet.sources:
        assert document.document in said
    assert "[1]" in said
    assert "Ce que l'on ne sait pas" in said


def test_text_is_never_read_as_markup(client: Client) -> None:
    name = 'Pôle #panic("x") *gras* $x$ <a> [b] \\ @c'
    Actor.objects.filter(pole__slug="les-ecossolies").update(name=name)
    Listing.objects.filter(pole__slug="les-ecossolies").update(name=name)
    pdf = read(client, POLE)
    assert pdf.metadata is not None
    assert pdf.metadata.title == name


@pytest.mark.parametrize(
    "odd", ["→", "🌱", "Жизнь", "中文", "👩🏽‍🌾", "हिन्दी", "\u202eabc", "\ue000", "\ufffd"]
)
def test_a_character_that_no_font_draws_never_costs_the_document(client: Client, odd: str) -> None:
    Actor.objects.filter(pole__slug="les-ecossolies").update(name=f"Pôle {odd} des Écossolies")
    Listing.objects.filter(pole__slug="les-ecossolies").update(name=f"Pôle {odd} des Écossolies")
    assert "des Écossolies" in text_of(read(client, POLE))


def elements(pdf: PdfReader) -> list[Any]:
    """Every element of the structure of a tagged document, in order."""
    found: list[Any] = []
    todo = [pdf.trailer["/Root"]["/StructTreeRoot"]]  # type: ignore[index]
    while todo:
        node = todo.pop(0).get_object()
        if not isinstance(node, dict):
            continue
        if "/S" in node:
            found.append(node)
        kids = node.get("/K", [])
        kids = kids if isinstance(kids, list) else [kids]
        todo = [kid for kid in kids if not isinstance(kid, int)] + todo
    return found


@pytest.mark.parametrize("path", [POLE, TERRITORY, LIST])
def test_headings_tables_and_images_are_what_they_are_for_a_screen_reader(client: Client, path: str) -> None:
    pdf = read(client, path)
    nodes = elements(pdf)
    kinds = [str(node["/S"]) for node in nodes]
    levels = [int(kind[2:]) for kind in kinds if kind[1] == "H" and kind[2:].isdigit()]
    assert kinds.count("/Title") + kinds.count("/H1") >= 1
    assert levels == [] or levels[0] <= 2
    assert all(after <= before + 1 for before, after in pairwise(levels)), levels
    assert "/Table" in kinds
    assert kinds.count("/TH") >= 3
    figures = [node for node in nodes if node["/S"] == "/Figure"]
    assert all(str(node.get("/Alt", "")).strip() for node in figures)
    assert len(figures) == (0 if path == LIST else 1)
    links = [node for node in nodes if node["/S"] == "/Link"]
    assert path == LIST or links


def test_a_pole_says_all_that_its_page_says(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each part of the page that holds something is in the document, for every pole of the register."""
    slugs = [row.slug for row in directory.rows(Filters())]
    busiest = max(slugs, key=lambda slug: len(pole_sheet(slug).members))
    for slug in {busiest, "les-ecossolies"}:
        sheet = pole_sheet(slug)
        said = text_of(read(client, f"/poles/{slug}/fiche.pdf"))
        plain = said.replace("-", "").replace(" ", "")
        wanted = [line.actor.name for line in (*sheet.members, *sheet.carriers)]
        wanted += [line.place.name for line in sheet.places] + [line.text for line in sheet.names]
        wanted += [line.label for line in sheet.recognitions]
        wanted += [line.text for lines in sheet.statements.values() for line in lines]
        if sheet.perimeter:
            wanted += [part.label for part in sheet.perimeter.parts]
            wanted += [zone.zone.name for zone in sheet.perimeter.crossed]
        lost = [text for text in wanted if text.replace("-", "").replace(" ", "") not in plain]
        assert lost == [], slug
    assert "Le label national proposé en 2011" in said


def test_a_territory_says_its_shares_as_its_page_does(client: Client) -> None:
    said = text_of(read(client, "/territoires/commune/48095/fiche.pdf"))
    assert "CC Coeur de Lozère (244800405) 1 12 464 100 % 79 %" in said.replace("\u202f", " ").replace(
        "\xa0", " "
    )
    assert "Aucun acteur connu n'y est situé." in said
    assert "Les pôles que personne n'a encore signalés." in said


def test_a_territory_without_a_pole_says_the_nearest(client: Client) -> None:
    said = text_of(read(client, "/territoires/commune/29155/fiche.pdf"))
    assert ("Les plus proches" in said) or ("Part du pôle qui est ici" in said)


def test_the_list_is_in_the_order_asked_and_filtered(client: Client) -> None:
    rows = list(directory.rows(Filters(region="53", tri="porteur")))
    said = text_of(read(client, f"{LIST}?region=53&tri=porteur"))
    places = [said.index(row.nom) for row in rows]
    assert len(places) > 2
    assert places == sorted(places)
    assert "Domb" not in said


def test_a_list_too_long_says_what_to_take_instead(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_LINES", 3)
    response = client.get(LIST)
    assert response.status_code == 422
    assert "CSV" in response.content.decode()


def test_an_old_code_leads_to_the_document_of_today(client: Client) -> None:
    response = client.get("/en/territoires/commune/01220/fiche.pdf")
    assert (response.status_code, response["Location"]) == (301, "/en/territoires/commune/01185/fiche.pdf")


@pytest.mark.parametrize("path", ["/poles/nulle-part/fiche.pdf", "/territoires/commune/99999/fiche.pdf"])
def test_what_is_unknown_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", [POLE, TERRITORY, LIST])
def test_pages_lead_to_their_documents(client: Client, path: str) -> None:
    page = path.replace("fiche.pdf", "").replace("liste.pdf", "imprimer/")
    assert f'href="{path}' in client.get(page).content.decode()
