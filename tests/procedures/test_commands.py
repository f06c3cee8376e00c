"""The commands: a call loaded from a file, its files and what it gave written in open formats."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from terreau.calls import loading
from terreau.calls.models import Call
from terreau.dossiers import freezing
from terreau.dossiers.models import Transition
from terreau.procedures import archive
from tests.dossiers import making
from tests.procedures.test_scdl import problems

AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def run(*words: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(*words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_every_shipped_call_loads_and_loads_once() -> None:
    files = loading.files()
    assert len(files) >= 8
    for path in files:
        assert "chargé" in run("procedures_load_call", str(path))[0]
    assert Call.objects.filter(example=True).count() == len(files)
    assert json.loads(run("procedures_load_call", str(files[0]), "--json")[0])["outcome"] == "same"
    assert Call.objects.count() == len(files)
    assert f"0 chargés, {len(files)} déjà là" in run("procedures_load_call", "--shipped")[0]


def test_the_first_start_loads_what_is_shipped() -> None:
    assert json.loads(run("procedures_load_call", "--shipped", "--json")[0])["slug"] == str(
        Call.objects.filter(example=True).count()
    )
    with pytest.raises(CommandError, match="no_file"):
        run("procedures_load_call")


def test_a_file_is_checked_without_a_trace() -> None:
    path = loading.files()[0]
    assert "rien n'est écrit" in run("procedures_load_call", str(path), "--check")[0]
    assert not Call.objects.exists()


def test_a_bad_file_says_where_what_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "appel.yaml"
    path.write_text(loading.files()[0].read_text().replace("closes:", "fermeture:"))
    with pytest.raises(CommandError) as refused:
        run("procedures_load_call", str(path))
    assert refused.value.returncode == 2
    assert "appel.yaml" in str(refused.value)
    assert "fermeture" in str(refused.value)
    assert not Call.objects.exists()
    with pytest.raises(CommandError, match="n'existe pas"):
        run("procedures_load_call", str(tmp_path / "rien.yaml"))


def chosen(slug: str = "ami-2025") -> Call:
    """Make a call with a file that was chosen and one that was not."""
    call = making.call(slug=slug)
    row = making.dossier(call, state="laureate", deposited_at=AT, answers=making.COMPLETE, example=True)
    freezing.freeze(row, "deposit", by=None, at=AT)
    Transition.objects.create(dossier=row, from_state="committee", to_state="laureate", verb="award", at=AT)
    making.dossier(call, state="refused", deposited_at=AT)
    making.dossier(call)
    # Taken back by its team: nobody reads it but them.
    making.dossier(call, deposited_at=AT)
    return call


def test_formats_are_written(shared: Path, tmp_path: Path) -> None:
    chosen()
    scdl = tmp_path / "a.csv"
    _out, err = run("procedures_export", "--call", "ami-2025", "--format", "scdl", "--output", str(scdl))
    assert "SIRET de l'attribuant" in err
    assert "owner: {name, siret}" in err
    assert problems(shared, scdl.read_bytes(), tmp_path) == []
    out, err = run("procedures_export", "--call", "ami-2025", "--format", "360giving")
    assert json.loads(out) == {"grants": []}
    assert "AMI-2025-0001" in err
    assert "le montant attribué n'est pas connu" in err
    out, _err = run("procedures_export", "--call", "ami-2025", "--format", "commongrants")
    assert json.loads(out)["opportunity"]["title"] == Call.objects.get().title


def test_what_cannot_be_exported_is_said() -> None:
    making.call(slug="ami")
    for words in (["--call", "rien"], ["--call", "ami", "--siret", "123"]):
        with pytest.raises(CommandError) as refused:
            run("procedures_export", "--format", "scdl", *words)
        assert refused.value.returncode == 2


def test_the_archive_holds_what_was_deposited(tmp_path: Path) -> None:
    chosen()
    path = tmp_path / "tout.zip"
    _out, err = run("procedures_export", "--call", "ami-2025", "--format", "zip", "--output", str(path))
    assert "2 dossiers sur 2" in err
    with ZipFile(path) as found:
        names = found.namelist()
        index = found.read("dossiers.csv").decode()
        folder = next(name for name in names if name.endswith("dossier 1.txt"))
        words = found.read(folder).decode()
    assert folder.startswith("0001 ")
    assert index.count("AMI-2025-000") == 2
    assert "exemple fictif" in words
    assert "Une conserverie de quartier" in words
    assert [path.name for path in tmp_path.iterdir()] == ["tout.zip"]


def test_the_same_archive_is_made_of_the_same_bytes() -> None:
    call = chosen()
    first, second = io.BytesIO(), io.BytesIO()
    archive.write(call, first)
    archive.write(call, second)
    assert first.getvalue() == second.getvalue()
