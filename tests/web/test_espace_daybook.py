"""The book: lines, statements that agree, a correction, a closing, a line added; and who may."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from terreau.actors.models import Actor
from terreau.flows import rules
from terreau.flows.models import Closing, Flow
from terreau.journal.models import Refusal
from terreau.pieces.models import Document, Piece
from tests.web import espace_yard
from tests.web.espace_yard import Yard

CASH: dict[str, Any] = {
    "nature": rules.CASH,
    "cents": 12_050,
    "thousandths": None,
    "unit": "",
    "label": "Cotisation",
}


@pytest.fixture
def yard(db: None) -> Yard:
    return espace_yard.make()


def at(yard: Yard, name: str, *more: object) -> str:
    return reverse(name, args=[yard.pole.slug, *more])


def typed(yard: Yard, **values: object) -> dict[str, object]:
    plain: dict[str, object] = {
        "giver": yard.bakery.pk,
        "receiver": yard.orchard.pk,
        "on": "2026-02-03",
        "label": "Pain du marché",
        "amount": "120,50",
        "purpose": yard.pole.pk,
        "key": "k1",
    }
    return {**plain, **values}


def test_who_is_outside_the_pole_is_named_added_once_and_then_chosen(yard: Yard, client: Client) -> None:
    client.force_login(yard.animator)
    page = at(yard, "espace_daybook_write", "cash")
    from_outside = {"giver": "hors", "receiver": yard.pole.pk, "label": "Subvention"}
    nobody = client.post(page, typed(yard, **from_outside))
    assert nobody.context["form"].errors["outside"]
    unknown = client.post(page, typed(yard, **from_outside, outside="Fondation des Saules"))
    assert (unknown.status_code, Flow.objects.count()) == (422, 0)
    assert "confirmez" in unknown.context["form"].errors["which"][0]
    assert not Actor.objects.filter(name="Fondation des Saules").exists(), "nobody is added before it is said"
    said = typed(yard, **from_outside, outside="Fondation des Saules", which="nouvelle")
    assert client.post(page, said).status_code == 302
    giver = Flow.objects.get().giver
    assert (giver.name, giver.subject.public) == ("Fondation des Saules", yard.pole.actor.subject.public)
    # Named again, or chosen in the list: the same one.
    again = typed(yard, **from_outside, outside="fondation des saules", key="k2")
    assert client.post(page, again).status_code == 302
    chosen = typed(yard, **{**from_outside, "giver": giver.pk}, key="k3")
    assert client.post(page, chosen).status_code == 302
    assert [flow.giver_id for flow in Flow.objects.order_by("rank")] == [giver.pk] * 3
    assert Actor.objects.filter(name="Fondation des Saules").count() == 1
    # Somebody who speaks for nobody in the line writes nothing, and adds nobody.
    client.force_login(yard.baker)
    theirs = typed(yard, **from_outside, outside="Autre fondation", which="nouvelle", key="k4")
    assert client.post(page, theirs).status_code == 403
    assert not Actor.objects.filter(name="Autre fondation").exists()


def test_members_read_the_book_others_nothing(yard: Yard, client: Client) -> None:
    yard.line(**CASH)
    pages = [
        at(yard, "espace_daybook"),
        at(yard, "espace_daybook_line", 1),
        at(yard, "espace_daybook_add"),
        at(yard, "espace_daybook_write", "cash"),
        at(yard, "espace_statements"),
        at(yard, "espace_statement", yard.bakery.pk),
        at(yard, "espace_closing"),
    ]
    for user, status in ((None, 404), (yard.stranger, 404), (yard.neighbour, 404), (yard.grower, 200)):
        if user:
            client.force_login(user)
        assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, status)


def test_the_book_shows_sums_by_nature_and_never_adds_them(yard: Yard, client: Client) -> None:
    client.force_login(yard.grower)
    yard.line(**CASH)
    yard.line()
    page = client.get(at(yard, "espace_daybook"))
    assert [(one.nature, one.cents, one.thousandths) for one in page.context["sums"]] == [
        ("cash", 12_050, 0),
        ("time", 0, 1_000),
    ]
    only = client.get(at(yard, "espace_daybook"), {"nature": "time", "acteur": yard.bakery.pk})
    assert [one.nature for one in only.context["page"].rows] == ["time"]


def test_a_member_corrects_what_they_wrote_the_animator_anything(yard: Yard, client: Client) -> None:
    mine, theirs = yard.line(by=yard.baker), yard.line(by=yard.animator, **CASH)
    client.force_login(yard.baker)
    said = {"reason": "Deux fois la même", "on": timezone.localdate().isoformat()}
    assert client.post(at(yard, "espace_daybook_line", theirs.rank), said).status_code == 403
    assert Refusal.objects.get().verb == "book.correct"
    assert client.post(at(yard, "espace_daybook_line", mine.rank), said).status_code == 302
    assert Flow.objects.get(reverses=mine).thousandths == -1_000
    again = client.post(at(yard, "espace_daybook_line", mine.rank), said)
    assert again.status_code == 422
    client.force_login(yard.animator)
    assert (
        client.post(at(yard, "espace_daybook_line", theirs.rank), {**said, "reason": ""}).status_code == 422
    )
    assert client.post(at(yard, "espace_daybook_line", theirs.rank), said).status_code == 302


def test_a_line_of_another_book_is_not_here(yard: Yard, client: Client) -> None:
    other = espace_yard.make("autre-pole")
    other.line(**CASH)
    client.force_login(yard.animator)
    assert client.get(at(yard, "espace_daybook_line", 1)).status_code == 404
    assert client.get(at(yard, "espace_statement", other.bakery.pk)).status_code == 404
    flow = Flow.objects.get()
    assert client.post(at(yard, "espace_hours_undo", flow.pk)).status_code == 404


def test_statements_agree_with_the_book(yard: Yard, client: Client) -> None:
    client.force_login(yard.grower)
    yard.line(**CASH)
    yard.line(giver=yard.pole.actor.pk, receiver=yard.orchard.pk, **{**CASH, "cents": 2_000})
    page = client.get(at(yard, "espace_statements"))
    assert page.context["found"].agrees
    net = {one.name.split()[0]: one.net.cents for one in page.context["rows"]}
    assert net == {"Fournil": -12_050, "Pôle": 10_050, "Verger": 2_000}
    book = client.get(at(yard, "espace_statements"), {"format": "ods"})
    rows = CalamineWorkbook.from_filelike(BytesIO(b"".join(book))).get_sheet_by_index(0).to_python()
    assert len(rows) == 4
    one = client.get(at(yard, "espace_statement", yard.orchard.pk))
    assert [line.cents for line in one.context["page"].rows] == [2_000]


def test_a_line_is_added_in_two_steps_with_its_proof(yard: Yard, client: Client) -> None:
    client.force_login(yard.baker)
    assert (
        at(yard, "espace_daybook_write", "cash")
        in client.get(at(yard, "espace_daybook_add")).content.decode()
    )
    file = SimpleUploadedFile("facture.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    answer = client.post(
        at(yard, "espace_daybook_write", "cash"), typed(yard, file=file, instrument="invoice")
    )
    assert answer.status_code == 302, answer.context["form"].errors
    flow = Flow.objects.get()
    assert (flow.cents, flow.instrument, flow.piece) == (12_050, "invoice", Piece.objects.get())
    assert Document.objects.get().title == "Pain du marché"
    client.force_login(yard.grower)
    sent = client.get(reverse("piece", args=[flow.piece_id]))
    assert sent.status_code == 200
    assert b"".join(sent).startswith(b"%PDF")
    client.force_login(yard.neighbour)
    assert client.get(reverse("piece", args=[flow.piece_id])).status_code == 404


def test_what_is_wrong_is_said_all_at_once_and_nothing_is_filed(yard: Yard, client: Client) -> None:
    client.force_login(yard.animator)
    file = SimpleUploadedFile("facture.pdf", b"%PDF-1.4\ntrailer\n<<>>\n%%EOF\n")
    values = typed(yard, receiver=yard.bakery.pk, on="2099-01-01", file=file, quantity="2", unit="km")
    answer = client.post(at(yard, "espace_daybook_write", "in_kind"), values)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"receiver", "on", "method"}
    assert not Document.objects.exists()
    assert not Flow.objects.exists()
    assert client.get(at(yard, "espace_daybook_write", "rien")).status_code == 404


def test_nobody_writes_between_two_others(yard: Yard, client: Client) -> None:
    client.force_login(yard.grower)
    values = typed(yard, receiver=yard.carrier.pk)
    assert client.post(at(yard, "espace_daybook_write", "cash"), values).status_code == 403
    assert client.post(at(yard, "espace_daybook_write", "cash"), typed(yard)).status_code == 302


def test_a_period_is_closed_by_who_animates_and_stays_closed(yard: Yard, client: Client) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    said = {"to": yesterday.isoformat(), "sure": "on"}
    client.force_login(yard.baker)
    assert client.post(at(yard, "espace_closing"), said).status_code == 403
    client.force_login(yard.animator)
    assert client.post(at(yard, "espace_closing"), {**said, "sure": ""}).status_code == 422
    assert client.post(at(yard, "espace_closing"), {**said, "to": "2099-01-01"}).status_code == 422
    assert client.post(at(yard, "espace_closing"), said).status_code == 302
    assert client.post(at(yard, "espace_closing"), said).status_code == 422
    assert Closing.objects.get().to == yesterday
    late = client.post(at(yard, "espace_daybook_write", "cash"), typed(yard, on=yesterday.isoformat()))
    assert late.status_code == 422
    assert "on" in late.context["form"].errors


def test_pages_do_not_grow_in_queries(
    yard: Yard, client: Client, django_assert_max_num_queries: object
) -> None:
    client.force_login(yard.animator)
    counts: dict[str, list[int]] = {}
    pages = ("espace_daybook", "espace_statements", "espace_daybook_add")
    for number in (3, 27):
        for _one in range(number):
            yard.line(**CASH)
        for name in pages:
            with django_assert_max_num_queries(30) as made:  # type: ignore[operator]
                client.get(at(yard, name))
            counts.setdefault(name, []).append(len(made))
    assert {name: found[0] == found[1] for name, found in counts.items()} == dict.fromkeys(pages, True)


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_the_book_is_taken_away(yard: Yard, client: Client, form: str) -> None:
    client.force_login(yard.grower)
    yard.line(**{**CASH, "label": "=1+1"})
    sent = client.get(at(yard, "espace_daybook"), {"format": form})
    content = b"".join(sent) if sent.streaming else sent.content
    if form == "csv":
        assert "'=1+1" in content.decode("utf-8-sig")
        assert "120,5" in content.decode("utf-8-sig")
    else:
        rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
        assert 120.5 in rows[1]
