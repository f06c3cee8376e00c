"""Pages kept for strangers: the same bytes as without, until anything is written; never for a person."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.config.front import PageFront
from terreau.poles import listing
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
from terreau.web import caching

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _kept(settings: Any, tmp_path: Path) -> Iterator[None]:
    if connection.vendor == "sqlite" and "memory" in str(connection.settings_dict["NAME"]):
        pytest.skip("an SQLite database in memory keeps no pages: set TERREAU_TEST_DATABASE_FILE")
    settings.PAGE_CACHE = True
    caching.shelf.clear()
    yield
    caching.shelf.clear()


def kept(client: Client, path: str, **more: Any) -> Any:
    """Return the page once it is kept: a write elsewhere in the cluster (PostgreSQL) makes it anew."""
    for _ in range(100):
        response = client.get(path, **more)
        if response.has_header("ETag"):
            return response
    raise AssertionError(f"{path} is never kept")


def _pole(name: str) -> Pole:
    with transaction.atomic():
        subject = Subject.objects.create(kind="pole", public=True)
        actor = Actor.objects.create(subject=subject, name=name, sort_key=name.lower())
        pole = Pole.objects.create(actor=actor, slug=name.lower())
        listing.project([pole.pk])
    return pole


def test_a_page_kept_is_the_page_made(client: Client, settings: Any) -> None:
    _pole("Saules")
    settings.PAGE_CACHE = False
    made = client.get("/poles/")
    assert not made.has_header("ETag")
    settings.PAGE_CACHE = True
    first, second = kept(client, "/poles/"), kept(client, "/poles/")
    assert first.content == second.content == made.content
    assert len(caching.shelf.pages) == 1
    for name in ("Content-Type", "Content-Language", "Content-Security-Policy", "X-Frame-Options"):
        assert second[name] == made[name]
    assert second["X-Request-ID"] != first["X-Request-ID"]


def test_a_page_kept_costs_no_query_but_that_of_the_state(
    client: Client,
) -> None:
    counts = []
    for _ in range(100):
        kept(client, "/poles/")
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/poles/").status_code == 200
        counts.append(len(asked))
        if counts[-1] <= 1:
            return
    raise AssertionError(f"queries of a page kept: {counts}")


def test_any_write_is_seen_at_once(client: Client) -> None:
    assert b"Saules" not in client.get("/poles/").content
    pole = _pole("Saules")
    assert b"Saules" in client.get("/poles/").content
    Actor.objects.filter(pk=pole.pk).update(name="Aulnes")
    listing.project([pole.pk])
    shown = client.get("/poles/").content
    assert b"Aulnes" in shown
    assert b"Saules" not in shown


def test_what_is_read_inside_a_transaction_is_not_kept(client: Client) -> None:
    with transaction.atomic():
        client.get("/poles/")
        transaction.set_rollback(True)
    assert not caching.shelf.pages


def test_addresses_and_languages_have_their_own_pages(client: Client) -> None:
    pages = {
        kept(client, path).content
        for path in ("/poles/", "/en/poles/", "/poles/?tri=region", "/poles/?q=saules")
    }
    assert len(pages) == len(caching.shelf.pages) == 4
    assert b'lang="en"' in client.get("/en/poles/").content
    assert b'lang="fr"' in client.get("/poles/", headers={"accept-language": "en"}).content


def test_somebody_signed_in_never_has_a_kept_page(client: Client) -> None:
    client.get("/poles/")
    kept = dict(caching.shelf.pages)
    person = Client()
    person.force_login(User.objects.create_user("a@example.org", "a long enough password"))
    response = person.get("/poles/")
    assert not response.has_header("ETag")
    assert "gzip" not in response.get("Content-Encoding", "")
    assert dict(caching.shelf.pages) == kept


def test_pages_with_a_form_of_one_person_are_not_kept(client: Client) -> None:
    for _ in range(2):
        assert client.get("/compte/connexion/").status_code in {200, 404}
    assert not caching.shelf.pages


@pytest.mark.parametrize("path", ["/poles/", "/"])
def test_a_page_made_for_somebody_with_a_cookie_is_not_kept(client: Client, path: str) -> None:
    client.cookies["csrftoken"] = "a" * 32
    assert client.get(path).status_code == 200
    assert not caching.shelf.pages


def test_a_cookie_that_is_not_known_never_has_a_kept_page(client: Client) -> None:
    kept(client, "/poles/")
    client.cookies["csrftoken"] = "a" * 32
    assert client.get("/poles/").has_header("ETag")
    client.cookies["brouillon"] = "x"
    assert not client.get("/poles/").has_header("ETag")


class Answered:
    """What a WSGI application answered."""

    def __init__(self, application: Any, path: str, **more: str) -> None:
        environ = RequestFactory(**more).get(path).environ
        self.body = b"".join(application(environ, self._start))

    def _start(self, status: str, headers: list[tuple[str, str]], *_more: Any) -> None:
        self.status, self.headers = status, dict(headers)


def test_the_front_answers_as_the_whole_site_does() -> None:
    asked: list[str] = []

    def site(environ: Any, start: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        return django(environ, start)

    django = WSGIHandler()
    front = PageFront(site)
    for _ in range(100):
        made, again = Answered(front, "/poles/"), Answered(front, "/poles/")
        if len(asked) % 2:
            break
    assert (made.status, made.body) == (again.status, again.body)
    assert made.headers.pop("X-Request-ID") != again.headers.pop("X-Request-ID")
    assert made.headers == again.headers
    had = Answered(front, "/poles/", HTTP_IF_NONE_MATCH=again.headers["ETag"])
    assert (had.status, had.body) == ("304 Not Modified", b"")
    packed = Answered(front, "/poles/", HTTP_ACCEPT_ENCODING="gzip")
    assert gzip.decompress(packed.body) == again.body
    before = len(asked)
    _pole("Saules")
    assert b"Saules" in Answered(front, "/poles/").body
    assert len(asked) > before


def test_errors_and_exports_are_not_kept(client: Client) -> None:
    assert client.get("/poles/absent/").status_code == 404
    assert client.get("/poles/?region=zz").status_code == 422
    assert client.get("/poles/?format=csv").status_code == 200
    assert not caching.shelf.pages


def test_who_has_the_page_gets_304_until_it_changes(client: Client) -> None:
    first = kept(client, "/poles/")
    again = kept(client, "/poles/", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    _pole("Saules")
    assert client.get("/poles/", headers={"if-none-match": first["ETag"]}).status_code == 200


def test_the_compressed_page_is_the_same_page(client: Client) -> None:
    plain = kept(client, "/poles/")
    packed = kept(client, "/poles/", headers={"accept-encoding": "gzip, br"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] != plain["ETag"]
    assert int(packed["Content-Length"]) == len(packed.content)
    assert "Accept-Encoding" in packed["Vary"]
    assert "Cookie" in packed["Vary"]


def test_the_shelf_is_never_larger_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching, "MOST", 100)
    shelf = caching.Shelf()
    now = caching.state()
    assert now is not None
    for number in range(9):
        shelf.put((str(number),), caching.Page(now, b"x" * 30, b"", {}, {}, ""))
    assert shelf.held == 90
    assert list(shelf.pages) == [("6",), ("7",), ("8",)]
