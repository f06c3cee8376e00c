"""The repository as the house tests see it: its tracked files, its modules, its layers."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src" / "terreau"
BINARY = {".parquet", ".gz", ".woff2", ".png", ".ico", ".mo", ".ttf", ".otf", ".pdf"}


@cache
def tracked() -> list[Path]:
    """Every file that git follows, or every file that would be, in a tree without git."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        names = listed.stdout.split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    ignored = {".git", ".venv", "node_modules", "__pycache__", "donnees", "staticfiles"}
    return [p for p in ROOT.rglob("*") if p.is_file() and not ignored & set(p.relative_to(ROOT).parts)]


def texts() -> Iterator[tuple[Path, str]]:
    """Every tracked text file, with its text."""
    for path in tracked():
        if path.suffix not in BINARY:
            yield path, path.read_text(encoding="utf-8")


def modules(*, tests: bool = False) -> Iterator[tuple[Path, ast.Module]]:
    """Every Python module of the package (and of the tests), parsed; migrations and build scripts apart."""
    for path in tracked():
        inside = path.is_relative_to(SOURCE) or (tests and path.is_relative_to(ROOT / "tests"))
        if inside and path.suffix == ".py" and "migrations" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def layers() -> list[set[str]]:
    """The layers of pyproject.toml, highest first; rooms of one line ignore one another."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [set(re.findall(r"[a-z]+", line)) for line in lines]


def level(room: str) -> int:
    """The rank of a room, 0 at the top; raises ``StopIteration`` for a room that pyproject does not know."""
    return next(rank for rank, rooms in enumerate(layers()) if room in rooms)


def short(path: Path) -> str:
    """The path of a file, from the root of the repository."""
    return path.relative_to(ROOT).as_posix()
