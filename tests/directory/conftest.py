"""What the tests of official registers start from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from terreau.directory.actions import Import
from terreau.directory.models import Batch
from tests.directory import files

Bring = Callable[..., tuple[dict[str, Any], Batch | None]]


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DIRECTORY_DIR = tmp_path / "repertoires"


@pytest.fixture
def bring(db: None) -> Bring:
    """Import files and return the report and the batch (None when nothing was written)."""

    def do(*paths: Path, register: str = "sirene", save: bool = True, **options: Any) -> Any:
        with Import(paths, register, **options) as one:
            report = one.report()
            return report, one.save(by=None) if save else None

    return do


@pytest.fixture
def sirene(tmp_path: Path) -> tuple[Path, Path]:
    """Three made-up units and four establishments."""
    units = [
        files.unit(1, "La Fabrique du Val", sigle="FDV"),
        files.unit(2, "Association les jardins d'Œuvre"),
        files.unit(3, "Menuiserie du Pré", etatAdministratif="C", categorieJuridique="5499"),
    ]
    places = [files.place(1), files.place(1, 2, enseigne1="L'atelier"), files.place(2), files.place(3)]
    return files.write(tmp_path / "units.csv", units), files.write(tmp_path / "places.csv", places)
