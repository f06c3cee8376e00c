"""The launcher as a module: it has no .py at the end of its name."""

import importlib.machinery
import importlib.util
from types import ModuleType

import pytest

from tests.house.tree import ROOT


@pytest.fixture(scope="module")
def launcher() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("terreau_launcher", str(ROOT / "terreau"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
