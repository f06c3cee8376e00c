"""How often the API may be asked: exact, between processes, without keeping an address."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, RequestFactory

from terreau.actors.actions import create_actor
from terreau.api import limits, tokens
from terreau.api.limits import WINDOW, Buckets
from terreau.config.environment import RateLimit
from terreau.pieces.sources import source as cite
from tests.house.tree import ROOT

ADDRESS = "/api/v1/poles?limit=1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "run" / "limits"


@pytest.fixture
def shared(file: Path) -> Iterator[Buckets]:
    opened = Buckets(file)
    yield opened
    opened.close()


@pytest.fixture
def limited(settings: Any, file: Path) -> Iterator[None]:
    settings.RATE_LIMIT, settings.RATE_LIMIT_FILE = RateLimit(anonymous=3, token=5), file
    yield
    if opened := limits.buckets(file):
        opened.close()
    limits.buckets.cache_clear()


def count(shared: Buckets, key: bytes, limit: int, now: float, tries: int) -> int:
    return sum(shared.take(key, limit, now=now).ok for _ in range(tries))


@pytest.mark.parametrize("limit", [1, 3, 600, 3000])
def test_a_burst_is_the_limit_and_not_one_more(shared: Buckets, limit: int) -> None:
    now = 1_800_000_000.0
    assert count(shared, b"a", limit, now, limit + 50) == limit
    assert count(shared, b"b", limit, now, limit) == limit, "another key has its own"


def test_the_time_said_is_the_time_it_takes(shared: Buckets) -> None:
    now = 1_800_000_000.0
    count(shared, b"a", 60, now, 60)
    refused = shared.take(b"a", 60, now=now)
    assert not refused.ok
    assert refused.wait == pytest.approx(1, abs=0.01)
    assert not shared.take(b"a", 60, now=now + refused.wait / 3).ok
    assert shared.take(b"a", 60, now=now + refused.wait).ok
    assert count(shared, b"a", 60, now + 10 * WINDOW, 100) == 60, "a bucket is never more than full"


def test_a_steady_pace_under_the_limit_is_never_refused(shared: Buckets) -> None:
    assert all(shared.take(b"a", 60, now=1_800_000_000 + second).ok for second in range(1000))


def test_a_clock_that_goes_back_shuts_nobody_out(shared: Buckets) -> None:
    count(shared, b"a", 60, 1_900_000_000.0, 60)
    refused = shared.take(b"a", 60, now=1_800_000_000.0)
    assert refused.wait <= WINDOW


def test_many_keys_are_held_apart(shared: Buckets) -> None:
    now = 1_800_000_000.0
    keys = [f"address:10.0.{number // 250}.{number % 250}".encode() for number in range(5000)]
    for key in keys:
        assert shared.take(key, 1, now=now).ok
    assert sum(shared.take(key, 1, now=now).ok for key in keys) == 0


COUNTING = """
import django; django.setup()
import sys, time
from pathlib import Path
from terreau.api.limits import Buckets
opened = Buckets(Path(sys.argv[1]))
print(sum(opened.take(b"address:192.0.2.1", 500, now=1_800_000_000.0).ok for _ in range(400)))
"""


def test_two_processes_share_one_limit(file: Path, shared: Buckets, tmp_path: Path) -> None:
    env = {
        "PYTHONPATH": str(ROOT / "src"),
        "TERREAU_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "terreau.config.settings",
        "TERREAU_SECRET_KEY": "only-for-tests",
        "PATH": "/usr/bin:/bin",
    }
    command = [sys.executable, "-c", COUNTING, str(file)]
    running = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    allowed = [int(process.communicate()[0]) for process in running]
    assert all(process.returncode == 0 for process in running)
    assert sum(allowed) == 500


def test_no_address_is_on_the_disk(shared: Buckets, file: Path) -> None:
    shared.take(b"address:192.0.2.77", 10, now=time.time())
    content = file.read_bytes()
    assert any(content)
    assert b"192.0.2.77" not in content
    assert bytes([192, 0, 2, 77]) not in content
    assert bytes([77, 2, 0, 192]) not in content
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_one_request_too_many_is_a_429_that_says_when_to_come_back(client: Client) -> None:
    answers = [client.get(ADDRESS) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    refused = answers[3]
    assert set(refused.json()) == {"code", "message", "facts"}
    assert refused.json()["facts"] == {"limit": 3, "window": 60, "retry_after": 20}
    assert refused["Retry-After"] == "20"
    assert "20 secondes" in refused.json()["message"]
    assert client.get(ADDRESS, REMOTE_ADDR="198.51.100.7").status_code == 200
    assert client.get("/a-propos/").status_code == 200, "pages are not limited"
    assert client.options(ADDRESS).status_code != 429


@pytest.mark.django_db
@pytest.mark.usefixtures("limited")
def test_a_token_has_its_own_limit_and_a_wrong_one_costs_its_address(client: Client) -> None:
    source = cite("page", "limites", "Page", "p. 1", "https://example.org/")
    organisation = create_actor("Réseau", source=source, public=True)
    _, secret = tokens.create(organisation, days=2, scopes=["read:public"], by=None)
    mine = {"Authorization": f"Bearer {secret}"}
    assert [client.get(ADDRESS, headers=mine).status_code for _ in range(6)] == [200] * 5 + [429]
    wrong = {"Authorization": "Bearer terreau_" + "x" * 43}
    assert [client.get(ADDRESS, headers=wrong).status_code for _ in range(4)] == [401] * 3 + [429]
    assert client.get(ADDRESS).status_code == 429


@pytest.mark.django_db
def test_the_limiter_can_be_off(client: Client, settings: Any, file: Path) -> None:
    settings.RATE_LIMIT, settings.RATE_LIMIT_FILE = None, file
    assert {client.get(ADDRESS).status_code for _ in range(5)} == {200}
    assert not file.exists()


@pytest.mark.django_db
def test_a_file_that_cannot_be_used_closes_nothing(
    client: Client, settings: Any, tmp_path: Path, caplog: Any
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    settings.RATE_LIMIT, settings.RATE_LIMIT_FILE = RateLimit(1, 1), tmp_path / "file" / "limits"
    assert [client.get(ADDRESS).status_code for _ in range(3)] == [200] * 3
    limits.buckets.cache_clear()
    assert caplog.text.count("not limited") == 1


@pytest.mark.parametrize(
    ("remote", "forwarded", "trust", "found"),
    [
        ("192.0.2.1", "198.51.100.1", False, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9, 198.51.100.1", True, "198.51.100.1"),
        ("192.0.2.1", "", True, "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "", False, "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "", False, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", False, "192.0.2.1"),
        ("", "", False, "unknown"),
        ("192.0.2.1", "not an address", True, "unknown"),
    ],
)
def test_who_asks(settings: Any, remote: str, forwarded: str, trust: bool, found: str) -> None:
    settings.TRUST_PROXY = trust
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert limits.network(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)) == found
