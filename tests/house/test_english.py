"""The interface speaks English behind /en: every sentence has its English, and no French one remains."""

import ast
import gettext
import re
from collections import Counter, deque
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import resolve
from django.utils.translation import override

from terreau.actors.models import Actor, ActorName
from terreau.territories.models import Perimeter, PerimeterPart, Place, Zone
from tests.house.english import (
    CATALOGUE,
    FUNCTIONS,
    TERMS,
    calls,
    catalogue,
    french_sentences,
    said,
    sentences,
    template_sentences,
    templates,
    unwrapped,
)
from tests.house.tree import SOURCE, modules, short, tracked
from tests.page_texts import Names, Page, looks_french

pytestmark = pytest.mark.once

# The catalogue

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}|</?\w+|href=\"[^\"]*\"")


def test_every_sentence_has_its_english() -> None:
    entries = catalogue()
    assert len(entries) > 1000
    assert [entry.msgid for entry in entries if entry.fuzzy or not entry.translated()] == []
    assert [entry.msgid for entry in entries.obsolete_entries()] == []


def test_the_english_keeps_what_the_code_fills() -> None:
    wrong = []
    for entry in catalogue():
        asked = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            given = set(PLACEHOLDER.findall(text))
            # A singular may leave its number out.
            if not given <= asked or (not entry.msgid_plural and given != asked):
                wrong.append(f"{entry.msgid!r}: {given ^ asked}")
        if entry.msgid_plural and set(PLACEHOLDER.findall(entry.msgstr_plural[1])) != asked:
            wrong.append(f"{entry.msgid_plural!r}")
    assert not wrong, "\n".join(wrong)


def test_what_is_compiled_is_what_is_written() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]
    compiled.pop("")
    written: dict[str | tuple[str, int], str] = {}
    for entry in catalogue():
        key = f"{entry.msgctxt}\x04{entry.msgid}" if entry.msgctxt else entry.msgid
        if entry.msgid_plural:
            written |= {(key, number): text for number, text in entry.msgstr_plural.items()}
        else:
            written[key] = entry.msgstr
    assert compiled == written, "make messages"


def test_the_catalogue_holds_what_the_code_says() -> None:
    found = said()
    held = {(entry.msgctxt or "", entry.msgid) for entry in catalogue()}
    missing = [f"{place}: {message[1]}" for message, place in found.items() if message not in held]
    assert not missing, "make messages\n" + "\n".join(missing)
    assert held <= set(found), "make messages: no longer said\n" + "\n".join(
        sorted(map(str, held - set(found)))
    )


def test_there_is_one_catalogue() -> None:
    """The English one; the French one holds plural forms alone (tests/house/test_french.py)."""
    french = short(CATALOGUE).replace("/en/", "/fr/")
    assert [short(path) for path in tracked() if path.suffix == ".po"] == [short(CATALOGUE), french]


def test_english_is_not_french() -> None:
    """A sentence copied as it is, or half translated."""
    names = Names(TERMS)
    wrong = [
        text
        for entry in catalogue()
        for text in [entry.msgstr, *entry.msgstr_plural.values()]
        if looks_french(re.sub(r"%\(\w+\)[sd]|<[^>]*>", " ", text), names)
    ]
    assert not wrong, "\n".join(wrong)


# The code


def test_the_readers_see() -> None:
    module = ast.parse('_("un"); ngettext("deux", "trois", n); pgettext("sens", "quatre"); other("cinq")')
    assert set(sentences(module)) == {("", "un"), ("", "deux"), ("sens", "quatre")}
    page = '{% translate "un" %}{% tag _("deux") %}'
    page += "{% blocktranslate count n=n %}a{% plural %}b{% endblocktranslate %}"
    assert set(template_sentences(page)) == {("", "un"), ("", "deux"), ("", "a")}
    loose = '{% load i18n %}<p title="Fermer ici">Été {% translate "dit" %}</p>{% tag "À nu" %}'
    assert {"Été", "Fermer ici", '"À nu"'} <= set(unwrapped(loose))
    assert not any("dit" in text for text in unwrapped(loose))


def test_gettext_keeps_its_names() -> None:
    """Under another name, ``makemessages`` would not see what it is given."""
    wrong = [
        f"{short(path)}: {alias.asname}"
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.name in FUNCTIONS and alias.asname not in {None, "_"}
    ]
    assert not wrong, wrong


#: Templates whose French is theirs alone: the gallery is for those who make pages.
FRENCH_TEMPLATES = {"src/terreau/design/templates/design/gallery.html"}
ACCENT = re.compile(r"[àâçéèêëîïôùûüœÀÂÇÉÈÊËÎÏÔÙÛŒ]")


def test_templates_give_their_sentences_to_gettext() -> None:
    names = Names([*TERMS, "Français"])
    wrong = [
        f"{short(path)}: {text}"
        for path, page in templates()
        if short(path) not in FRENCH_TEMPLATES
        for text in unwrapped(page)
        if text != "Français" and (ACCENT.search(text) or looks_french(text, names))
    ]
    assert not wrong, "\n".join(wrong)


#: Modules whose French people of the site do not read, or read beside its English.
FRENCH_MODULES = {
    "src/terreau/analytics/contract.py": "words of both languages, side by side",
    "src/terreau/billing/demo.py": "made-up data",
    "src/terreau/bookkeeping/demo.py": "made-up data",
    "src/terreau/economics/demo.py": "made-up data",
    "src/terreau/forecast/demo.py": "made-up data",
    "src/terreau/followup/demo.py": "made-up data",
    "src/terreau/labels/demo.py": "made-up data",
    "src/terreau/calls/letters.py": "first letters of a call, which its owner writes again",
    "src/terreau/dossiers/demo.py": "made-up data",
    "src/terreau/procedures/example_files.py": "made-up data",
    "src/terreau/procedures/replays.py": "made-up data",
    "src/terreau/procedures/scdl.py": "words of a French file format",
    "src/terreau/common/reference.py": "docs/reference, in French",
    "src/terreau/config/cli.py": "what the commands print, in French",
    "src/terreau/config/environment.py": "what the commands print, in French",
    "src/terreau/design/views.py": "the gallery, for those who make pages",
    "src/terreau/census/invitations.py": "the name of a source",
    "src/terreau/facts/display.py": "words of both languages, side by side",
    "src/terreau/imports/command.py": "what the commands print, in French",
    "src/terreau/poles/demo.py": "made-up data, in both languages",
    "src/terreau/poles/demo_plan.py": "made-up data",
    "src/terreau/poles/rules.py": "places of documents",
    "src/terreau/poles/seed_content.py": "the name of a source",
    "src/terreau/sheets/demo_workspace.py": "made-up data",
    "src/terreau/sheets/dumps.py": "titles of both languages, side by side",
    "src/terreau/sheets/layers.py": "words of both languages, side by side",
    "src/terreau/territories/build/geo.py": "names of places",
    "src/terreau/web/drawing.py": "names of places",
}


def loose_strings(tree: ast.AST) -> Iterator[str]:
    """Texts of a module that are neither given to gettext nor documentation."""
    apart = {id(node) for call in calls(tree) for node in ast.walk(call)}
    apart |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            yield node.value


def test_modules_give_their_sentences_to_gettext() -> None:
    names = Names(TERMS)
    wrong = [
        f"{short(path)}: {text[:100]}"
        for path, tree in modules()
        if path.is_relative_to(SOURCE) and "commands" not in path.parts and short(path) not in FRENCH_MODULES
        for text in loose_strings(tree)
        if " " in text.strip() and ACCENT.search(text) and looks_french(text, names)
    ]
    assert not wrong, "\n".join(wrong)


def test_scripts_read_their_sentences_from_the_page() -> None:
    wrong = [
        f"{short(path)}: {text}"
        for path in tracked()
        if path.suffix == ".js" and path.is_relative_to(SOURCE) and "vendor" not in path.parts
        for text in re.findall(r"\"[^\"\n]*\"|'[^'\n]*'|`[^`]*`", _without_comments(path.read_text("utf-8")))
        if ACCENT.search(text) or re.search(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}", text)
    ]
    assert not wrong, "\n".join(wrong)


def _without_comments(script: str) -> str:
    return re.sub(r"/\*.*?\*/|^\s*//.*$|(?<=[;{,)]) *//.*$", "", script, flags=re.DOTALL | re.MULTILINE)


# The pages

STARTS = [
    "/en/",
    "/en/recherche/?q=redon",
    "/en/recherche/?q=xqzwk",
    "/en/poles/?q=xqzwk",
    "/en/poles/?region=999",
    "/en/acteurs/?q=xqzwk",
    "/en/territoires/?q=saint",
    "/en/territoires/?q=xqzwk",
    "/en/territoires/commune/99999/",
    "/en/territoires/commune/98735/",
    "/en/territoires/commune/2A004/",
    "/en/territoires/epci/243500741/",
    "/en/territoires/ancienne-region/82/",
    "/en/mon-territoire/?codes=Saint-Denis,99999,01220,69004,redn,35236&voisines=1",
    "/en/mon-territoire/dessiner/?codes=35236",
    "/en/nulle-part/",
    "/en/compte/mot-de-passe/oubli/",
]
#: Pages of one kind that are read; every pole is.
OF_A_KIND = Counter({"pole": 100})
ENOUGH = 4


def pages(client: Client) -> Iterator[tuple[str, Page]]:
    """The public pages that one reaches from the home page, a few of each kind."""
    waiting, seen, read = deque(STARTS), set(STARTS), Counter[tuple[str | None, str, bool]]()
    while waiting:
        path = waiting.popleft()
        response = client.get(path, follow=True)
        assert response.status_code == 200 or path in STARTS, f"{path}: {response.status_code}"
        if not response["Content-Type"].startswith("text/html"):
            b"".join(getattr(response, "streaming_content", ()))  # A file is closed when it has been read.
            continue
        body = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
        page = Page(body.decode())
        yield path, page
        for link in page.links:
            parts = urlsplit(link)
            address = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.netloc or not parts.path.startswith("/en/") or address in seen:
                continue
            with override("en"):
                match = resolve(parts.path)
            kind = (match.url_name, str(match.kwargs.get("level", "")), bool(parts.query))
            if read[kind] < (OF_A_KIND[match.url_name or ""] or ENOUGH):
                read[kind] += 1
                seen.add(address)
                waiting.append(address)


def names_of_the_register() -> Names:
    """What is called the same in every language."""
    names = [*TERMS, *Zone.objects.values_list("name", flat=True)]
    for model, column in (
        (Actor, "name"),
        (ActorName, "text"),
        (Perimeter, "label"),
        (PerimeterPart, "label"),
    ):
        names += model._default_manager.values_list(column, flat=True)
    return Names([*names, *Place.objects.values_list("name", flat=True)])


@pytest.mark.slow
@pytest.mark.usefixtures("register")
def test_no_french_sentence_remains_on_an_english_page(client: Client) -> None:
    names, sentence = names_of_the_register(), french_sentences()
    wrong: dict[tuple[str, str], str] = {}
    count = 0
    for path, page in pages(client):
        count += 1
        assert page.texts[0].language == "en", path
        for one in page.texts:
            if not one.language.startswith("fr") and (
                sentence.fullmatch(one.text) or looks_french(one.text, names)
            ):
                wrong.setdefault((one.place, one.text[:200]), path)
    assert count > 80, "the pages do not lead to one another any more"
    assert not wrong, "\n".join(f"{path} {place}: {text}" for (place, text), path in wrong.items())


def test_dates_say_their_form() -> None:
    """Without one, Django writes « Jan. 1, 2014 » in English: here a day comes before its month."""
    wrong = [
        short(path)
        for path, page in templates()
        if re.search(r"\|date\s*[|}%]|\|date\s+\w|floatformat|intcomma", page)
    ]
    assert not wrong, wrong
