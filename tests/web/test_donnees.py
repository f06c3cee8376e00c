"""The page of open data, its schemas and the files of the last dump."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from terreau.config.environment import RateLimit
from terreau.sheets import dumps, open_data

pytestmark = pytest.mark.usefixtures("register")


@pytest.fixture(scope="module")
def folder(_register_loaded: None, django_db_blocker: Any, tmp_path_factory: Any) -> Path:
    """Where one dump of the seeds is published."""
    kept = tmp_path_factory.mktemp("site") / "published"
    with django_db_blocker.unblock():
        dumps.write(kept / "20260102T030405Z")
    return kept


@pytest.fixture
def published(folder: Path, settings: Any) -> Path:
    settings.DUMPS_DIR = folder
    return folder


def test_before_the_first_dump_the_page_says_what_is_coming(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.DUMPS_DIR = tmp_path / "nothing"
    text = client.get("/donnees/").content.decode()
    assert "pas encore prêts" in text
    assert "/donnees/fichiers/" not in text
    for table in open_data.tables().values():
        assert f"/donnees/schemas/{table.name}.json" in text
    answer = client.get("/donnees/fichiers/poles.csv")
    assert answer.status_code == 404
    assert "prêt" in answer.content.decode()


@pytest.mark.parametrize(
    ("path", "word"), [("/donnees/", "Données ouvertes"), ("/en/donnees/", "Memberships")]
)
def test_the_page_offers_every_file_and_says_every_column(
    client: Client, path: str, word: str, published: Path
) -> None:
    dump = dumps.latest()
    assert dump
    text = client.get(path).content.decode()
    assert word in text
    prefix = path.removesuffix("/donnees/")
    for one in dump.manifest["files"]:
        assert f'href="{prefix}/donnees/fichiers/{one["name"]}"' in text
    for table in open_data.tables().values():
        assert all(f"<code>{field.name}</code>" in text for field in table.fields)
    assert "Licence Ouverte 2.0" in text
    assert ' style="' not in text


def content_of(answer: Any) -> bytes:
    content = b"".join(answer.streaming_content)
    answer.close()
    return content


def test_every_file_that_is_offered_is_the_one_of_the_manifest(client: Client, published: Path) -> None:
    manifest = json.loads(content_of(client.get("/donnees/fichiers/manifest.json")))
    for one in manifest["files"]:
        answer = client.get(f"/donnees/fichiers/{one['name']}")
        content = content_of(answer)
        assert hashlib.sha256(content).hexdigest() == one["sha256"]
        assert answer["Content-Type"] == one["media_type"]
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["ETag"] == f'"{one["sha256"]}"'
        assert not answer.cookies
        again = client.get(f"/donnees/fichiers/{one['name']}", headers={"If-None-Match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        if one["schema"]:
            told = client.get(f"/donnees/fichiers/{one['schema']}")
            assert json.loads(content_of(told))["name"] == one["table"]


@pytest.mark.parametrize("table", sorted(open_data.tables()))
def test_a_schema_has_its_address(client: Client, table: str) -> None:
    answer = client.get(f"/donnees/schemas/{table}.json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.json() == json.loads(json.dumps(open_data.table_schema(open_data.tables()[table])))


@pytest.mark.parametrize(
    "name", ["cle-secrete", "../cle-secrete", "..%2F..%2Fcle-secrete", "schemas/../../x", "poles.ndjson", ""]
)
def test_no_other_file_can_be_asked_for(client: Client, name: str, published: Path) -> None:
    (published.parent / "cle-secrete").write_text("secret", encoding="utf-8")
    assert client.get(f"/donnees/fichiers/{name}").status_code == 404


def test_a_download_goes_on_while_newer_dumps_take_the_place(
    client: Client, folder: Path, settings: Any, tmp_path: Path
) -> None:
    """Whoever began to read a file reads that file to its end."""
    settings.DUMPS_DIR = Path(shutil.copytree(folder, tmp_path / "published"))
    first = dumps.latest()
    assert first
    answer = client.get("/donnees/fichiers/facts.csv")
    for name in ("20990101T000000Z", "20990102T000000Z", "20990103T000000Z"):
        first.folder.with_name(name).mkdir()
        (first.folder.with_name(name) / "manifest.json").write_text("{}", encoding="utf-8")
    dumps.publish()
    assert not first.folder.exists()
    content = content_of(answer)
    expected = first.file("facts.csv")
    assert expected
    assert hashlib.sha256(content).hexdigest() == expected["sha256"]


@pytest.mark.parametrize("path", ["/donnees/", "/donnees/schemas/poles.json", "/donnees/fichiers/poles.csv"])
def test_the_page_takes_no_query(
    client: Client, path: str, published: Path, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        client.get(path).close()


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_can_be_written_there(client: Client, method: str) -> None:
    assert getattr(client, method)("/donnees/").status_code == 405


def test_an_unknown_schema_names_the_known_ones(client: Client) -> None:
    answer = client.get("/donnees/schemas/pole.json")
    assert answer.status_code == 404
    assert "memberships" in answer.content.decode()


@pytest.mark.parametrize(("path", "said"), [("/donnees/", "1\u202f200"), ("/en/donnees/", "1,200")])
def test_the_page_says_the_limits_of_the_api(client: Client, settings: Any, path: str, said: str) -> None:
    settings.RATE_LIMIT = RateLimit(anonymous=60, token=1200)
    assert said in client.get(path).content.decode()
