"""Somebody before the pages, without a browser: reads them, fills the form of a button, presses it.

What a page does not show cannot be done: a button that is missing, a field that is not there, an answer that
is refused stop the test, with what the page said.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY as PROOFS
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from lxml import html

from terreau.accounts.models import User
from tests.people import enrol

#: The smallest document that a piece may be.
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
Typed = Mapping[str, Any]


class Hands:
    """A person who works in the pages; ``proved``: they have a second factor and have just proved it."""

    def __init__(self, user: User | None = None, *, proved: bool = False) -> None:
        self.user, self.client = user, Client()
        self.path, self.status = "", 0
        self.page: Any = None
        if user is not None:
            self.client.force_login(user)
        if user is not None and proved:
            enrol(user)
            session = self.client.session
            record = {"method": "mfa", "type": "totp", "at": time.time(), "reauthenticated": True}
            session.update({PROOFS: [record], f"{PROOFS}_user": str(user.pk)})
            session.save()

    # To read

    def open(self, path: str, *, status: int = 200) -> Hands:
        """Open a page."""
        return self._took(self.client.get(path, follow=True), path, status)

    def follow(self, link: str) -> Hands:
        """Follow the first link that begins with these words."""
        found = self.links(link)
        assert found, f"{self.path}: no link « {link} »\n{self.said()}"
        return self.open(found[0])

    def text(self) -> str:
        """Return what the page says, its head and foot left out."""
        return words(self.page.find(".//main"))

    def shows(self, *told: str) -> None:
        """Check that the page says this."""
        for one in told:
            assert one in self.text(), f"{self.path}: « {one} » is not said\n{self.said()}"

    def links(self, start: str) -> list[str]:
        """Return where the links that begin with these words lead."""
        return [
            urljoin(self.path, one.get("href")) for one in self.page.iter("a") if words(one).startswith(start)
        ]

    def parts(self, tag: str, said: str) -> list[Any]:
        """Return the parts of the page of this tag that say this."""
        return [one for one in self.page.iter(tag) if said in words(one)]

    def buttons(self, start: str = "", within: Any = None) -> list[str]:
        """Return the buttons that begin with these words, those that cannot be pressed left out."""
        return [words(one) for one in self._buttons(within) if words(one).startswith(start)]

    def said(self) -> str:
        """Return what the page says of what went wrong, else how it begins."""
        kinds = ("error-summary", "field-error", "notice", "is-wrong", "committee-refusal")
        told = "\n".join(words(one) for kind in kinds for one in _having(self.page, kind))
        return f"{told}\n{self.text()[:1500]}"

    # To do

    def press(
        self, button: str, typed: Typed | None = None, *, within: Any = None, fill: Filling | None = None
    ) -> Hands:
        """Press the first button that begins with these words, once its form is filled.

        ``typed``: label (or name) of a field → what is typed, chosen or joined. ``fill``: answers what must
        be and is not answered yet. ``within``: the part of the page where the button is, or its identifier.
        """
        found = [one for one in self._buttons(within) if words(one).startswith(button)]
        assert found, f"{self.path}: no button « {button} »\n{self.said()}"
        pressed = found[0]
        form = next(one for one in pressed.iterancestors("form"))
        sheet = _Form(form)
        for name, value in (typed or {}).items():
            sheet.put(name, value, self.path)
        if fill is not None:
            fill(sheet)
        if pressed.get("name"):
            sheet.sent.setdefault(pressed.get("name"), []).append(pressed.get("value") or "")
        action = urljoin(self.path, pressed.get("formaction") or form.get("action") or self.path)
        address = action.partition("#")[0]
        if (form.get("method") or "get").lower() == "get":
            return self._took(self.client.get(address, sheet.data(), follow=True), address, 200)
        return self._took(self.client.post(address, sheet.data(), follow=True), address, 200)

    def _buttons(self, within: Any) -> list[Any]:
        place = self.page.get_element_by_id(within) if isinstance(within, str) else within
        rows = (self.page.find(".//main") if place is None else place).iter("button")
        return [one for one in rows if one.get("disabled") is None and one.get("type") != "button"]

    def _took(self, response: Any, path: str, status: int) -> Hands:
        if response.redirect_chain:
            path = urljoin(path, response.redirect_chain[-1][0])
        parts = urlsplit(path)
        self.path = parts.path + (f"?{parts.query}" if parts.query else "")
        self.status = response.status_code
        self.page = html.document_fromstring(response.content)
        assert self.status == status, f"{self.path}: {self.status}\n{self.said()}"
        return self


class _Form:
    """The fields of a form as a browser would send them."""

    def __init__(self, form: Any) -> None:
        self.form = form
        self.sent: dict[str, list[Any]] = {}
        for one in form.xpath(".//input | .//select | .//textarea"):
            if one.get("name") and not _off(one):
                self.sent.setdefault(one.get("name"), []).extend(_value(one))

    def data(self) -> dict[str, Any]:
        """Return what is sent."""
        return {name: values for name, values in self.sent.items() if values}

    def fields(self) -> list[Any]:
        """Return the fields that a person sees and may change."""
        rows = self.form.xpath(".//input | .//select | .//textarea")
        return [one for one in rows if one.get("name") and one.get("type") != "hidden" and not _off(one)]

    def put(self, label: str, value: Any, where: str) -> None:
        """Type, choose or join in the field of this label or name."""
        rows = [one for one in self.fields() if label in {one.get("name"), _label(one)}]
        rows = rows or [one for one in self.fields() if label in {_legend(one)}]
        assert rows, f"{where}: no field « {label} » among {sorted({_label(one) for one in self.fields()})}"
        first = rows[0]
        name, kind = first.get("name"), first.get("type")
        same = [one for one in self.fields() if one.get("name") == name]
        if first.tag == "select":
            self.sent[name] = [_chosen(first, value)]
        elif kind in {"radio", "checkbox"} and not isinstance(value, bool):
            wanted = [value] if isinstance(value, str) else list(value)
            self.sent[name] = [
                one.get("value") or "on" for one in same if {_label(one), one.get("value")} & set(wanted)
            ]
            assert len(self.sent[name]) == len(wanted), f"{where}: « {label} » does not offer {wanted}"
        elif kind == "checkbox":
            self.sent[name] = [first.get("value") or "on"] if value else []
        elif kind == "file":
            self.sent[name] = [SimpleUploadedFile(value, PDF, "application/pdf")]
        else:
            self.sent[name] = [str(value)]


class Filling:
    """Answers every question that a form asks and that has no answer: invented, by the kind of its field.

    ``euros``: what is typed where euros are asked; ``rank``: which of the choices is taken, from 0, the last
    one when there are fewer (of several that may be taken together, 0 takes all); ``zone``: the code of a
    territory.
    """

    def __init__(self, *, euros: str = "50 000", rank: int = 0, zone: str = "region:27") -> None:
        self.euros, self.rank, self.zone = euros, rank, zone

    def __call__(self, sheet: _Form) -> None:
        """Fill a form."""
        for one in sheet.fields():
            if not _optional(one) and not any(sheet.sent.get(one.get("name"), [])):
                self._answer(sheet, one)

    def _answer(self, sheet: _Form, one: Any) -> None:
        name, kind = one.get("name"), one.get("type") or one.tag
        if (row := _row_of(one)) is not None:
            value: Any = self._cell(one, row)
        elif kind in {"radio", "checkbox"}:
            same = [each for each in sheet.fields() if each.get("name") == name]
            chosen = same[min(self.rank, len(same) - 1) :][:1] if kind == "radio" or self.rank else same
            sheet.sent[name] = [each.get("value") or "on" for each in chosen]
            return
        elif kind == "select":
            value = self._option(one)
        elif kind == "file":
            value = SimpleUploadedFile("piece.pdf", PDF, "application/pdf")
        else:
            value = self._text(one, kind)
        if value is not None:
            sheet.sent[name] = [value]

    def _text(self, one: Any, kind: str) -> str:
        if kind == "date":
            return "2020-03-01"
        if one.get("name", "").endswith("--zones"):
            return self.zone
        beside = words(one.getparent())
        if one.get("inputmode") == "decimal":
            return self.euros if "€" in beside else "1,5"
        return "3" if one.get("inputmode") == "numeric" or kind == "number" else "Exemple inventé."

    def _cell(self, one: Any, row: int) -> str | None:
        """Return what is typed in a cell of a table: two lines of it, which balance."""
        kind = next((each for each in _classes(one.getparent()) if each.startswith("cell-")), "")
        if row > 1 or kind == "cell-siren":
            return None
        if one.tag == "select":
            told = [each.get("value") for each in one.iter("option") if each.get("value")]
            return str(told[min(row, len(told) - 1)])
        plain = {
            "cell-euro": self.euros,
            "cell-number": "1,5",
            "cell-integer": "2027",
            "cell-date": "2027-01-31",
        }
        return plain.get(kind, f"Exemple inventé {row + 1}")

    def _option(self, one: Any) -> str:
        told = [each.get("value") for each in one.iter("option") if each.get("value")]
        return str(told[min(self.rank, len(told) - 1)])


def _having(root: Any, kind: str) -> list[Any]:
    """Return the elements of a class."""
    found: list[Any] = root.xpath(".//*[contains(concat(' ', @class, ' '), $kind)]", kind=f" {kind} ")
    return found


def words(one: Any) -> str:
    """Return what a part of a page says, on one line."""
    return " ".join(one.text_content().split()) if one is not None else ""


def _classes(one: Any) -> list[str]:
    return (one.get("class") or "").split()


def _off(one: Any) -> bool:
    return one.get("disabled") is not None or any(
        each.get("disabled") is not None for each in one.iterancestors("fieldset")
    )


def _value(one: Any) -> Iterable[str]:
    """Return what a browser sends of a field that nobody touched."""
    kind = one.get("type") or one.tag
    if kind in {"radio", "checkbox"}:
        return [one.get("value") or "on"] if one.get("checked") is not None else []
    if kind == "file" or kind in {"submit", "button", "image"}:
        return []
    if one.tag == "select":
        options = list(one.iter("option"))
        chosen = [each for each in options if each.get("selected") is not None]
        if one.get("multiple") is None and not chosen:
            chosen = options[:1]
        return [each.get("value") if each.get("value") is not None else words(each) for each in chosen]
    if one.tag == "textarea":
        # The first line feed of an area is not of its text.
        return [(one.text or "").removeprefix("\n")]
    return [one.get("value") or ""]


def _chosen(select: Any, value: str) -> str:
    for one in select.iter("option"):
        held = one.get("value") if one.get("value") is not None else words(one)
        if value in {held, words(one)}:
            return str(held)
    raise AssertionError(f"« {_label(select)} » does not offer « {value} »: {[words(o) for o in select]}")


def _label(one: Any) -> str:
    """Return the label of a field, without what says that it may stay empty."""
    root = one.getroottree().getroot()
    found = root.xpath("//label[@for=$key]", key=one.get("id")) if one.get("id") else []
    found = found or list(one.iterancestors("label"))
    return _plain(found[0]) if found else one.get("aria-label") or ""


def _legend(one: Any) -> str:
    """Return the question of a group of choices."""
    for each in one.iterancestors("fieldset"):
        legend = each.find("legend")
        return _plain(legend) if legend is not None else ""
    above = [each for each in one.iterancestors("div") if "field" in _classes(each)]
    label = above[0].find("label") if above else None
    return _plain(label) if label is not None else ""


def _plain(one: Any) -> str:
    return words(one).replace("(facultatif)", "").strip(" :")


def _optional(one: Any) -> bool:
    """Say whether a field may stay empty: it says so, or it only corrects what is known already."""
    if any("question-correct" in _classes(each) for each in one.iterancestors("details")):
        return True
    if one.get("type") == "checkbox" and not any(
        "question" in _classes(each) for each in one.iterancestors("div")
    ):
        return True
    near = [each for each in one.iterancestors("div") if "field" in _classes(each)]
    said = "./label//*[@class='optional'] | ./fieldset/legend//*[@class='optional']"
    return one.get("name", "").endswith("--siren") or any(each.xpath(said) for each in near)


def _row_of(one: Any) -> int | None:
    """Return the place of the line of a table in which a field is, None outside of a table."""
    for each in one.iterancestors("div"):
        if "question-row" in _classes(each):
            return list(each.getparent()).index(each)
    return None
