"""Every list of a page as a file: the same cells in every format, as other programs read them."""

import csv
import json
import re
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from terreau.actors.models import Actor, Affiliation
from terreau.design.export_columns import keys_of
from terreau.poles import listing
from terreau.poles.actions import move_address
from terreau.poles.models import Membership, Pole
from terreau.subjects.models import Subject
from terreau.web import list_columns
from tests.files import cells, frictionless, gdal, layer, office

pytestmark = pytest.mark.usefixtures("register")
BOTH = "?codes=35236,56001,44067"
#: Each list: its address, whether its rows have a place.
LISTS = {
    "poles": ("/poles/", True),
    "actors": ("/acteurs/", True),
    "search": ("/recherche/?q=redon", False),
    "members": ("/poles/{pole}/liste/membres/", False),
    "facts-of-a-pole": ("/poles/{pole}/liste/informations/", False),
    "communes-of-a-pole": ("/poles/{wide}/liste/communes/", True),
    "facts-of-an-actor": ("/acteurs/{actor}/liste/informations/", False),
    "poles-of-an-actor": ("/acteurs/{actor}/liste/poles/", False),
    "networks": ("/acteurs/{member}/liste/reseaux/", False),
    "affiliates": ("/acteurs/{network}/liste/affilies/", False),
    "communes": ("/territoires/epci/243500741/liste/communes/", True),
    "poles-there": ("/territoires/region/53/liste/poles/", True),
    "actors-there": ("/territoires/region/53/liste/acteurs/", True),
    "crossed": ("/territoires/epci/243500741/liste/decoupages/", False),
    "my-communes": (f"/mon-territoire/liste/communes/{BOTH}", True),
    "my-poles": ("/mon-territoire/liste/poles/?codes=region:53", True),
    "my-actors": ("/mon-territoire/liste/acteurs/?codes=region:11", True),
    "my-crossed": (f"/mon-territoire/liste/decoupages/{BOTH}", False),
    "regions": ("/territoires/liste/regions/", False),
    "former-regions": ("/territoires/liste/anciennes-regions/", False),
    "departments": ("/territoires/liste/departements/", False),
    "drawn": (f"/mon-territoire/dessiner/{BOTH}", False),
}


class File(NamedTuple):
    """A list as a file."""

    name: str
    path: Path


def subjects() -> dict[str, Any]:
    """Return a pole with members and facts, one with a wide perimeter, actors with facts, poles, networks."""
    link = Affiliation.objects.filter(network__subject__public=True).order_by("pk")[0]
    stated = Actor.objects.filter(pole=None, subject__facts__superseded_at=None, subject__facts__isnull=False)
    wide = Pole.objects.filter(actor__subject__perimeters__communes__isnull=False).order_by("slug")[0]
    pole = Membership.objects.filter(pole__listing__isnull=False).order_by("pole__slug")[0].pole
    return {
        "pole": pole.slug,
        "wide": wide.slug,
        "actor": stated.order_by("pk")[0].pk,
        "member": link.member_id,
        "network": link.network_id,
    }


def address(name: str, form: str, known: dict[str, Any]) -> str:
    path = LISTS[name][0].format(**known)
    return f"{path}{'&' if '?' in path else '?'}format={form}"


def read(client: Client, path: str) -> bytes:
    response: Any = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    for close in getattr(response, "_resource_closers", []):
        if response.streaming:
            close()
    return body


def lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


@pytest.fixture(scope="module")
def folder(_register_loaded: None, django_db_blocker: Any, tmp_path_factory: Any) -> Path:
    """Every list in every format, and the Table Schema of each CSV in a data package."""
    made = tmp_path_factory.mktemp("lists")
    client, resources = Client(), []
    with django_db_blocker.unblock(), override("fr"):
        known = subjects()
        for name, (_path, placed) in LISTS.items():
            for form in ("csv", "xlsx", "ods", *(["geojson"] if placed or name == "drawn" else [])):
                (made / f"{name}.{form}").write_bytes(read(client, address(name, form, known)))
            schema = json.loads(read(client, address(name, "schema", known)))
            dialect = {"csv": {"delimiter": ";"}}
            resources.append(
                {
                    "name": name,
                    "path": f"{name}.csv",
                    "encoding": "utf-8-sig",
                    "dialect": dialect,
                    "schema": schema,
                }
            )
    (made / "datapackage.json").write_text(json.dumps({"name": "lists", "resources": resources}), "utf-8")
    return Path(made)


def test_frictionless_accepts_every_list_against_its_schema(folder: Path) -> None:
    report = frictionless(folder)
    assert report["valid"], [task["errors"] for task in report["tasks"] if task["errors"]]
    assert [task["name"] for task in report["tasks"]] == list(LISTS)
    assert {task["name"] for task in report["tasks"] if not task["stats"]["rows"]} == set()


def test_frictionless_sees_a_type_that_is_false(folder: Path) -> None:
    """Else the test above proves nothing."""
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        resource["schema"]["fields"][0]["type"] = "integer"
    (folder / "spoilt.json").write_text(json.dumps(package), "utf-8")
    report = frictionless(folder, "spoilt.json")
    wrong = {task["name"] for task in report["tasks"] if task["errors"]}
    assert {"poles", "actors", "members", "search", "crossed"} <= wrong


@office
@pytest.mark.slow
@pytest.mark.parametrize("form", ["xlsx", "ods"])
def test_libreoffice_opens_every_workbook_with_the_same_cells(
    folder: Path, form: str, tmp_path: Path
) -> None:
    found = cells([folder / f"{name}.{form}" for name in LISTS], tmp_path)
    for name in LISTS:
        told, opened = lines(folder / f"{name}.csv"), found[f"{name}.{form}"]
        assert len(opened) == len(told), name
        schema = next(
            one["schema"]
            for one in json.loads((folder / "datapackage.json").read_text("utf-8"))["resources"]
            if one["name"] == name
        )
        kinds = [field["type"] for field in schema["fields"]]
        for here, there in zip(told[1:], opened[1:], strict=True):
            assert [plain(*pair) for pair in zip(here, kinds, strict=True)] == [
                plain(*pair) for pair in zip(there, kinds, strict=True)
            ], name


def plain(cell: str, kind: str) -> str | float:
    """Return a cell whatever the decimal mark, and a text without the spaces at its ends."""
    if kind in {"number", "integer"} and cell:
        return round(float(cell.replace(",", ".")), 6)
    return cell.strip()


@gdal
@pytest.mark.parametrize("name", [name for name, (_path, placed) in LISTS.items() if placed])
def test_gdal_reads_the_places_of_a_list(folder: Path, name: str) -> None:
    body = json.loads((folder / f"{name}.geojson").read_text("utf-8"))
    found = layer(folder / f"{name}.geojson")
    assert found["count"] == len(body["features"]) == len(lines(folder / f"{name}.csv")) - 1
    assert (found["geometry"], found["wgs84"]) == ("Point", True)
    assert found["fields"] == set(body["features"][0]["properties"])
    assert any(feature["geometry"] for feature in body["features"])


@gdal
def test_gdal_reads_the_outline_of_what_is_drawn(folder: Path) -> None:
    found = layer(folder / "drawn.geojson")
    assert (found["count"], found["wgs84"]) == (1, True)
    assert found["geometry"] in {"Polygon", "Multi Polygon"}


# What is drawn has always the same columns: they are pasted back.
@pytest.mark.parametrize("name", [name for name in LISTS if name != "drawn"])
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_list_has_a_page_that_chooses_its_columns(client: Client, name: str, prefix: str) -> None:
    html = client.get(prefix + address(name, "choisir", subjects())).content.decode()
    assert 'name="colonnes"' in html
    assert '<meta name="robots" content="noindex">' in html
    assert ('value="geojson"' in html) == LISTS[name][1]


@pytest.mark.parametrize("name", [name for name, (path, _placed) in LISTS.items() if "/liste/" in path])
def test_the_address_of_a_list_alone_is_that_page(client: Client, name: str) -> None:
    html = client.get(address(name, "html", subjects()).replace("format=html", "x=1")).content.decode()
    assert 'name="colonnes"' in html
    assert "Revenir à la liste" in html


def test_pages_lead_to_their_lists(client: Client) -> None:
    known = subjects()
    for page, paths in {
        f"/poles/{known['pole']}/": ["membres", "informations"],
        f"/poles/{known['wide']}/": ["communes"],
        f"/acteurs/{known['network']}/": ["affilies"],
        "/territoires/epci/243500741/": ["communes", "decoupages", "poles"],
    }.items():
        html = client.get(page).content.decode()
        for name in paths:
            assert f'href="{page}liste/{name}/?format=csv"' in html
    html = client.get(f"/mon-territoire/{BOTH}").content.decode()
    (found,) = re.findall(r'href="(/mon-territoire/liste/communes/[^"]*format=csv)"', html)
    assert len(read(client, unescape(found)).splitlines()) == 4


@pytest.mark.parametrize(
    "columns",
    [one for name, one in vars(list_columns).items() if name.isupper() and isinstance(one, list)],
)
def test_columns_have_each_their_key(columns: Any) -> None:
    keys = keys_of(columns)
    assert len(set(keys)) == len(keys)
    with override("en"):
        assert keys_of(columns) == keys


def test_members_are_those_of_the_page_with_their_sources(client: Client) -> None:
    known = subjects()
    rows = read(client, f"/poles/{known['pole']}/liste/membres/?format=csv&colonnes=acteur,sources").decode(
        "utf-8-sig"
    )
    told = list(csv.reader(rows.splitlines(), delimiter=";"))
    assert told[0] == ["Acteur", "Sources"]
    names = Membership.objects.filter(pole__slug=known["pole"]).values_list("actor__name", flat=True)
    assert sorted(row[0] for row in told[1:]) == sorted(names)
    assert all(row[1] for row in told[1:])


def test_a_contradicted_fact_comes_with_what_contradicts_it(client: Client) -> None:
    body = b"".join(
        read(client, f"/poles/{slug}/liste/informations/?format=csv&colonnes=situation")
        for slug in Pole.objects.filter(listing__isnull=False).order_by("slug").values_list("slug", flat=True)
    ).decode()
    for rank in ("retenue", "une autre source dit autrement"):
        assert rank in body


def test_lists_of_what_is_not_public_are_not_there(client: Client) -> None:
    known = subjects()
    Subject.objects.filter(actor__pole__slug=known["pole"]).update(public=False)
    Subject.objects.filter(pk=known["actor"]).update(public=False)
    listing.project()
    for name in ("members", "facts-of-a-pole", "facts-of-an-actor", "poles-of-an-actor"):
        for form in ("csv", "geojson", "schema", "choisir"):
            assert client.get(address(name, form, known)).status_code == 404


def test_a_territory_does_not_tell_its_hidden_actors(client: Client) -> None:
    path = "/territoires/region/53/liste/acteurs/?format=csv&colonnes=identifiant"
    first = read(client, path).decode("utf-8-sig").split()[1]
    Subject.objects.filter(pk=first).update(public=False)
    assert first not in read(client, path).decode()


def test_a_list_follows_its_pole(client: Client) -> None:
    known = subjects()
    move_address(Pole.objects.get(slug=known["pole"]), "ailleurs", by=None)
    response = client.get(f"/poles/{known['pole']}/liste/membres/")
    assert (response.status_code, response["Location"]) == (301, "/poles/ailleurs/liste/membres/")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/poles/le-phares/liste/secrets/", 404, "unknown_list"),
        ("/territoires/liste/communes/", 404, "unknown_list"),
        ("/territoires/region/53/liste/x/", 404, "unknown_list"),
        ("/territoires/region/999/liste/communes/", 404, "unknown_territory"),
        ("/mon-territoire/liste/communes/", 422, "unclear_codes"),
        ("/mon-territoire/liste/communes/?codes=35236,zzzz", 422, "unclear_codes"),
        ("/poles/le-phares/liste/membres/?format=exe", 422, "unknown_format"),
        ("/poles/le-phares/liste/membres/?format=geojson", 422, "unknown_format"),
        ("/poles/le-phares/liste/membres/?format=csv&colonnes=secret", 422, "unknown_column"),
    ],
)
def test_what_cannot_be_given_is_refused_with_its_reason(
    client: Client, path: str, status: int, code: str
) -> None:
    response = client.get(path)
    assert response.status_code == status
    assert f"<code>{code}</code>" in response.content.decode()


def test_an_actor_that_is_a_pole_leads_to_the_list_of_the_pole(client: Client) -> None:
    pole = Pole.objects.get(slug="le-phares")
    response = client.get(reverse("actor_list", args=[pole.pk, "informations"]))
    assert (response.status_code, response["Location"]) == (301, "/poles/le-phares/liste/informations/")


def test_actors_of_a_territory_are_read_in_few_queries(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(12):
        read(client, "/territoires/region/53/liste/acteurs/?format=csv")
