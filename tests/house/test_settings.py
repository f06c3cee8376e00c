"""Settings refuse a wrong value before anything starts, and say what to write."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from terreau.config import environment
from tests.house.tree import ROOT

pytestmark = pytest.mark.once

WRONG = [
    ("TERREAU_DATABASE_URL", "mysql://host/base", "sqlite:///… ou postgresql://"),
    ("TERREAU_DATABASE_URL", "postgresql://host", "il manque le nom de la base"),
    ("TERREAU_DATABASE_URL", "sqlite://", "sqlite:////"),
    ("TERREAU_DEBUG", "peut-être", "écrire oui ou non"),
    ("TERREAU_HOSTS", "*", "écrire les noms servis"),
    ("TERREAU_URL", "terreau.example.org", "https://nom.du.site"),
    ("TERREAU_LOG", "xml", "texte ou json"),
    ("TERREAU_EMAIL_URL", "http://mail", "smtp://"),
    ("TERREAU_OIDC_URL", "https://identite.example.org", "il manque TERREAU_OIDC_ID, TERREAU_OIDC_SECRET"),
    ("TERREAU_OIDC_PROCONNECT_ID", "x", "il manque TERREAU_OIDC_PROCONNECT_URL"),
    ("TERREAU_TRUST_PROXY", "2", "écrire oui ou non"),
    ("TERREAU_PAGE_CACHE", "2", "écrire oui ou non"),
    ("TERREAU_RATE_LIMIT", "600", "600/3000, ou non"),
    ("TERREAU_RATE_LIMIT", "600/0", "600/3000, ou non"),
    ("TERREAU_CLAMD", "localhost", "hôte:port"),
    ("TERREAU_OUTSIDE_DIRECTORY", "recherche.example.org", "https://nom.du.site"),
    ("TERREAU_DATA_DIR", "/proc/nowhere", "ne peut pas être créé"),
    ("TERREAU_DATA_DRI", "x", "Variable inconnue : TERREAU_DATA_DRI"),
]


def start(tmp_path: Path, **values: str) -> subprocess.CompletedProcess[str]:
    """Import the settings in a process of their own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TERREAU_", "DJANGO_"))}
    env = {**kept, "PYTHONPATH": str(ROOT / "src"), "TERREAU_DATA_DIR": str(tmp_path), **values}
    command = [sys.executable, "-c", "from terreau.config import settings; print(settings.DATABASES)"]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("name", "value", "said"), WRONG)
def test_a_wrong_value_stops_the_start(tmp_path: Path, name: str, value: str, said: str) -> None:
    done = start(tmp_path, **{name: value})
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert "ImproperlyConfigured" in last
    assert name in last
    assert said in last


def test_the_start_without_any_variable_is_right(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "terreau.sqlite3") in done.stdout
    assert "IMMEDIATE" in done.stdout


def test_an_empty_value_is_the_default() -> None:
    assert environment.Environment({"TERREAU_DEBUG": " "}).flag("TERREAU_DEBUG") is False


def test_the_key_is_drawn_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = environment.secret_key(tmp_path)
    assert len(key) >= 64
    assert environment.secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "cle-secrete").stat().st_mode) == 0o600


def test_a_database_address_is_read_whole() -> None:
    url = "postgresql://ter%40reau:p%2Fw@db.example.org:5433/registre?sslmode=require"
    read = environment.database(url)
    assert (read["USER"], read["PASSWORD"], read["HOST"], read["PORT"], read["NAME"]) == (
        "ter@reau",
        "p/w",
        "db.example.org",
        "5433",
        "registre",
    )
    assert read["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("url", "seconds"),
    [("sqlite:////srv/terreau.sqlite3", 3_600), ("postgresql://db.example.org/registre", 60)],
)
def test_a_connection_serves_more_than_one_page(url: str, seconds: int) -> None:
    assert environment.database(url)["CONN_MAX_AGE"] == seconds


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [("smtp://u:p@mail.example.org", 587, True, False), ("smtps://mail.example.org", 465, False, True)],
)
def test_an_email_address_says_its_security(url: str, port: int, tls: bool, ssl: bool) -> None:
    read = environment.email(url)
    assert (read["EMAIL_PORT"], read["EMAIL_USE_TLS"], read["EMAIL_USE_SSL"]) == (port, tls, ssl)


def test_an_unknown_variable_names_the_known_ones() -> None:
    with pytest.raises(ImproperlyConfigured, match="TERREAU_DATABASE_URL"):
        environment.Environment({"TERREAU_DB": "x"})
