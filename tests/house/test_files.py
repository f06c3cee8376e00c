"""What a file may be called and may contain."""

import ast
import re
from pathlib import Path

import pytest
from django.template.loader import get_template
from django.template.loaders.app_directories import get_app_template_dirs

from tests.house.tree import ROOT, SOURCE, modules, short, texts, tracked

pytestmark = pytest.mark.once

FORBIDDEN = {
    "services",
    "selectors",
    "repositories",
    "managers",
    "helpers",
    "utils",
    "base",
    "core",
    "misc",
    "signals",
}
#: A name of the list that says something here, and what.
ALLOWED = {
    "src/terreau/territories/base.py": "the embedded base of the communes: « base » is the thing itself",
}


def test_no_file_name_that_says_nothing() -> None:
    found = {short(p) for p in tracked() if p.suffix == ".py" and p.stem in FORBIDDEN}
    folders = {short(p) for p in tracked() if p.is_relative_to(SOURCE) and FORBIDDEN & set(p.parts[:-1])}
    assert found | folders == set(ALLOWED), (found | folders) ^ set(ALLOWED)


def imported(tree: ast.Module) -> set[str]:
    """Full names of what a module imports, wherever the import stands."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_no_signal_and_no_generic_key() -> None:
    banned = ("django.dispatch", "django.db.models.signals", "django.contrib.contenttypes.fields")
    banned += ("django.core.signals", "django.contrib.auth.signals", "celery")
    wrong = [
        f"{short(path)}: {name}"
        for path, tree in modules()
        for name in imported(tree)
        if name.startswith(banned)
    ]
    assert not wrong, "\n".join(wrong)


def public_without_docstring(path: Path, tree: ast.Module) -> list[str]:
    """Public functions, classes and methods of a module that say nothing."""
    wrong = []

    def look(node: ast.AST, inside: str) -> None:
        for child in getattr(node, "body", []):
            if not isinstance(child, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                continue
            if child.name.startswith("_") or child.name == "Meta" or _is_command(path, child):
                continue
            small_class = isinstance(child, ast.ClassDef) and inside  # TextChoices of a model
            if not ast.get_docstring(child) and not small_class and not _says_itself(path, child):
                wrong.append(f"{short(path)}:{child.lineno} {inside}{child.name}")
            if isinstance(child, ast.ClassDef):
                look(child, f"{child.name}.")

    look(tree, "")
    return wrong


def _is_command(path: Path, node: ast.AST) -> bool:
    """A management command says in its ``help`` what it does; Django names its verbs."""
    lines = {ast.unparse(line).split(":")[0].split(" =")[0] for line in getattr(node, "body", [])}
    return isinstance(node, ast.ClassDef) and path.parent.name == "commands" and "help" in lines


def _says_itself(path: Path, node: ast.AST) -> bool:
    """An AppConfig, a queryset or a form class, and overload stubs, need no sentence."""
    if isinstance(node, ast.ClassDef):
        bases = {ast.unparse(b).split("[")[0].rsplit(".", 1)[-1] for b in node.bases}
        return bool(bases & {"AppConfig", "QuerySet", "TextChoices", "IntegerChoices"})
    return any("overload" in ast.unparse(d) for d in getattr(node, "decorator_list", []))


def test_a_public_function_without_a_docstring_is_seen() -> None:
    tree = ast.parse(
        "def said():\n    'It does.'\ndef silent():\n    pass\nclass A:\n    'A.'\n    def b(self): ...\n"
    )
    assert [line.split(" ")[1] for line in public_without_docstring(ROOT / "x.py", tree)] == ["silent", "A.b"]


def test_every_public_function_has_a_docstring() -> None:
    wrong = [line for path, tree in modules() for line in public_without_docstring(path, tree)]
    assert not wrong, "\n".join(wrong)


SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|xox[abp]-[0-9A-Za-z-]{10,}"
    r"|(?:secret|password|passwd|token|api_key)\s*[=:]\s*[\"'][A-Za-z0-9+/_\-]{20,}[\"']",
    re.IGNORECASE,
)
#: Hosts that serve packages: the pins must be usable with any mirror, so no file names one.
HOSTS = ("pypi", "pythonhosted", "npmjs", "registry.yarnpkg", "jsdelivr", "unpkg", "crates")
REGISTRY = re.compile(r"https?://[^\s\"']*(?:" + "|".join(HOSTS) + r")\.(?:org|com|net|io)")
HOME = "|".join(f"/{folder}/" for folder in ("work", "home", "root", "Users", "tmp"))
MACHINE = re.compile(rf"(?<![\w.~/:-])(?:{HOME})[\w.-]+")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (SECRETS, "-----BEGIN RSA " + "PRIVATE KEY-----"),
        (SECRETS, 'api_key = "' + "a1B2" * 6 + '"'),
        (REGISTRY, "https://files." + "pythonhosted.org/packages/x"),
        (MACHINE, "see /ho" + "me/someone/terreau"),
    ],
)
def test_the_patterns_see(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize(
    "pattern", [SECRETS, REGISTRY, MACHINE], ids=["secret", "registry host", "machine path"]
)
def test_no_tracked_file_holds(pattern: re.Pattern[str]) -> None:
    vendored = SOURCE / "design" / "static" / "vendor"
    wrong = [
        f"{short(path)}: {found.group()[:60]}"
        for path, text in texts()
        if not path.is_relative_to(vendored) and (found := pattern.search(text))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_large_file() -> None:
    large = [
        f"{short(path)} {path.stat().st_size // 1024} KiB"
        for path in tracked()
        if path.stat().st_size > 2 << 20
    ]
    assert not large, large


TEMPLATE = re.compile(r"""["']([a-z_]+/[\w/.-]+\.(?:html|txt|xml|svg))["']""")
#: Folders of templates that other packages ask for by name.
ASKED_ELSEWHERE = ("account/", "mfa/", "socialaccount/", "allauth/", "usersessions/")


def own_templates() -> dict[str, Path]:
    folders = [
        Path(folder) for folder in get_app_template_dirs("templates") if Path(folder).is_relative_to(SOURCE)
    ]
    return {p.relative_to(f).as_posix(): p for f in folders for p in f.rglob("*") if p.is_file()}


def test_no_unused_template() -> None:
    named = {name for path, text in texts() if path.is_relative_to(SOURCE) for name in TEMPLATE.findall(text)}
    unused = {n for n in own_templates() if n not in named and not n.startswith(ASKED_ELSEWHERE)}
    roots = {"400.html", "403.html", "404.html", "500.html"}
    assert not unused - roots, sorted(unused - roots)


def test_every_template_compiles() -> None:
    names = sorted(own_templates())
    assert names, "no template is found any more"
    for name in names:
        if name.endswith((".html", ".txt")):
            get_template(name)
