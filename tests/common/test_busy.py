"""Writers who meet: other tries after a deadlock, 503 with when to come back, 500 for any other failure."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from terreau.actors import directory as actors
from terreau.common.busy import met_others, settled
from terreau.poles import directory


def failure(**cause: Any) -> OperationalError:
    """Return the error that Django makes of what a driver says."""
    error = OperationalError("deadlock detected")
    error.__cause__ = type("Driver", (Exception,), cause)()
    return error


@pytest.mark.parametrize(
    ("error", "met"),
    [
        (failure(sqlstate="40P01"), True),
        (failure(sqlstate="40001"), True),
        (failure(sqlite_errorcode=5), True),
        (failure(sqlite_errorcode=517), True),
        (failure(sqlite_errorcode=10), False),
        (failure(sqlstate="53100"), False),
        (OperationalError("connection refused"), False),
        (ValueError("40P01"), False),
    ],
)
def test_a_meeting_is_told_from_other_failures(error: Exception, met: bool) -> None:
    assert met_others(error) is met


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "tries"), [("40P01", 3), ("53100", 1)])
def test_only_a_deadlock_is_tried_again_a_few_times(state: str, tries: int) -> None:
    done: list[int] = []

    def write() -> None:
        done.append(1)
        raise failure(sqlstate=state)

    with pytest.raises(OperationalError):
        settled(write)
    assert len(done) == tries


@pytest.mark.django_db
def test_the_next_try_gives_its_answer() -> None:
    answers: Iterator[Any] = iter([failure(sqlstate="40P01"), SimpleNamespace(pk=1)])

    def write() -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert settled(write).pk == 1


def _broken(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def page(*_args: Any, **_options: Any) -> None:
        raise error

    for room in (directory, actors):
        monkeypatch.setattr(room, "page", page)


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_page_says_to_come_back(client: Client, monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    _broken(monkeypatch, failure(sqlstate="40P01"))
    response = client.get(f"{prefix}/poles/")
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert "<code>busy</code>" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["poles", "actors"])
def test_the_api_says_it_in_its_shape(client: Client, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    _broken(monkeypatch, failure(sqlite_errorcode=5))
    response = client.get(f"/api/v1/{path}")
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert response.json()["code"] == "busy"
    assert "ETag" not in response


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/poles/", "/api/v1/poles"])
def test_another_failure_of_the_database_is_ours(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    _broken(monkeypatch, failure(sqlstate="53100"))
    response = Client(raise_request_exception=False).get(path)
    assert response.status_code == 500
    assert "Retry-After" not in response
