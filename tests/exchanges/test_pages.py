"""The pages of exchanges: who reads, who writes, what is refused, and how many questions they ask."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from terreau.actors.actions import create_actor
from terreau.exchanges import catalogue, consortium, purchases, results, skills, tenders, watching
from terreau.exchanges.models import (
    Commitment,
    InsertionHours,
    Offering,
    Party,
    Purchase,
    SkillEntry,
    Task,
    Tender,
    Watch,
)
from terreau.flows.models import Flow
from terreau.journal.models import Refusal
from terreau.pieces.models import Piece
from terreau.poles.composition import add_member
from tests.exchanges.conftest import Fair

HOME = "/poles/pole-essais/espace/"
LISTS = ("echanges/", "marches/", "achats/", "offres/", "competences/")
NEW = ("marches/nouveau/", "achats/nouveau/", "offres/nouvelle/")


def sign_in(client: Client, user: Any) -> Client:
    client.force_login(user)
    return client


def fill(fair: Fair, number: int) -> Tender:
    """Give the pole as many of each thing, one answer with as many parties; return that answer, won."""
    actors = [create_actor(f"Membre {i}", source=None, public=False) for i in range(number)]
    for actor in actors:
        add_member(fair.pole, actor, by=fair.by)
    for i, actor in enumerate(actors):
        fair.tender(f"Marché {i}", brought_by=actor)
        watching.put(fair.pole, actor, title=f"Avis {i}", needs=["Élagage"], by=fair.by)
        fair.holds(actor, "Élagage", f"Savoir {i}")
        skills.declare(skills.named(fair.pole, f"Quête {i}"), actor, "sought", by=fair.by)
        skill = skills.named(fair.pole, "Élagage")
        skills.exchange(skill, actor, fair.one, minutes=60, on=fair.today, by=fair.by)
        offer = catalogue.offer(fair.pole, actor, kind="good", title=f"Offre {i}", by=fair.by)
        catalogue.set_price(offer, "member", cents=100, vat="ht", since=fair.today, by=fair.by)
        purchases.begin(fair.pole, actor, title=f"Achat {i}", unit="kg", by=fair.by)
    bought = Purchase.objects.order_by("pk")[0]
    for actor in actors:
        purchases.commit(bought, actor, quantity=1_000, before=200_000, by=fair.by)
        purchases.quote(bought, supplier_name=actor.name, price=100_000, by=fair.by)
    big = fair.tender("Le grand marché", buyer=fair.buyer)
    tenders.need(big, skills.named(fair.pole, "Élagage"), by=fair.by)
    parties = fair.group(big, *actors)
    fair.share_out(big, parties, *[f"1/{number}"] * number)
    for actor in actors:
        tenders.add_task(big, f"Tâche de {actor.name}", actor=actor, by=fair.by)
    for verb in ("decide", "submit", "win"):
        big = tenders.move(big, verb, by=fair.by)
    for actor in actors:
        hours = {"minutes": 60, "first": fair.day(-9), "last": fair.day(-1), "by": fair.by}
        results.do_hours(big, actor, **hours)
    return big


def pages(tender: Tender) -> list[str]:
    bought, offer = Purchase.objects.order_by("pk")[0], Offering.objects.order_by("pk")[0]
    return [
        *(HOME + page for page in (*LISTS, *NEW)),
        tenders.path(tender),
        f"{tenders.path(tender)}resultat/",
        f"{HOME}achats/{bought.pk}/",
        f"{HOME}offres/{offer.pk}/",
    ]


def test_who_reads(fair: Fair) -> None:
    tender = fill(fair, 2)
    for page in pages(tender):
        for user, status in ((fair.by, 200), (fair.member, 200), (fair.stranger, 404)):
            assert sign_in(Client(), user).get(page).status_code == status, (page, user)
        response = Client().get(page)
        assert response.status_code in {302, 404}, page
        assert "private" in sign_in(Client(), fair.member).get(page)["Cache-Control"]


def test_questions_do_not_grow(fair: Fair) -> None:
    def asked(client: Client, page: str) -> int:
        client.get(page)
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(page).status_code == 200
        return len(found)

    few = fill(fair, 3)
    client = sign_in(Client(), fair.by)
    before = {page: asked(client, page) for page in pages(few)}
    assert max(before.values()) <= 30, before
    for i in range(9):
        actor = create_actor(f"Autre {i}", source=None, public=False)
        add_member(fair.pole, actor, by=fair.by)
        fair.holds(actor, f"Autre savoir {i}", "Élagage")
        fair.tender(f"Autre {i}", due_at=None)
        watching.put(fair.pole, actor, title=f"Autre avis {i}", needs=["paie"], by=fair.by)
        offer = catalogue.offer(fair.pole, actor, kind="good", title=f"Autre offre {i}", by=fair.by)
        catalogue.set_price(offer, "outside", cents=1, vat="", since=fair.today, by=fair.by)
        bought = purchases.begin(fair.pole, actor, title=f"Autre achat {i}", unit="kg", by=fair.by)
        first = Purchase.objects.order_by("pk")[0]
        purchases.commit(first, actor, quantity=1, by=fair.by)
        purchases.quote(bought, supplier_name="Moulin", price=1, by=fair.by)
    after = {page: asked(client, page) for page in before}
    assert after == before


def test_a_group_of_many_asks_no_more(fair: Fair) -> None:
    def asked(number: int) -> int:
        tender = fair.tender(f"À {number}")
        tenders.need(tender, skills.named(fair.pole, "Élagage"), by=fair.by)
        for i in range(number):
            actor = create_actor(f"Du groupe {number} {i}", source=None, public=False)
            add_member(fair.pole, actor, by=fair.by)
            consortium.invite(tender, actor, by=fair.by)
            tenders.add_task(tender, "Lire l'avis", actor=actor, by=fair.by)
        tenders.move(tender, "decide", by=fair.by)
        with CaptureQueriesContext(connection) as found:
            assert client.get(tenders.path(tender)).status_code == 200
        return len(found)

    client = sign_in(Client(), fair.by)
    asked(1)
    few = asked(3)
    assert asked(12) == few <= 30


POSTS: list[tuple[str, dict[str, str]]] = [
    ("tender", {"faire": "step", "verb": "study"}),
    ("tender", {"faire": "end", "verb": "drop", "reason": "non"}),
    ("tender", {"faire": "need", "skill": "élagage"}),
    ("tender", {"faire": "group"}),
    ("tender", {"faire": "said", "attributable": ""}),
    ("tender", {"faire": "task", "title": "x"}),
    ("tender", {"faire": "lot", "title": "x"}),
    ("tender/modifier", {"title": "x"}),
    ("tender/partage", {"sharing": "parts"}),
    ("tender/reponse", {"comes": "oui"}),
    ("purchase", {"faire": "quote", "supplier_name": "x", "price": "1"}),
    ("purchase", {"faire": "compare"}),
    ("purchase", {"faire": "order"}),
    ("purchase/modifier", {"title": "x"}),
    ("offer", {"faire": "end"}),
    ("offer/modifier", {"title": "x"}),
    ("watch", {"faire": "take"}),
    ("skill", {"faire": "end"}),
]


@pytest.mark.parametrize(("where", "data"), POSTS, ids=[f"{w}-{d.get('faire', '')}" for w, d in POSTS])
def test_a_member_does_not_write_for_others(fair: Fair, where: str, data: dict[str, str]) -> None:
    tender = fair.tender(brought_by=fair.two)
    party = consortium.invite(tender, fair.two, by=fair.by)
    bought = purchases.begin(fair.pole, fair.two, title="Farine", unit="kg", by=fair.by)
    offer = catalogue.offer(fair.pole, fair.two, kind="good", title="Bois", by=fair.by)
    watch = watching.put(fair.pole, fair.two, title="Avis", by=fair.by)
    entry = skills.declare(skills.named(fair.pole, "Paie"), fair.two, "held", by=fair.by)
    base = tenders.path(tender)
    paths = {
        "tender": base,
        "tender/modifier": f"{base}modifier/",
        "tender/partage": f"{base}partage/",
        "tender/reponse": f"{base}reponse/{party.pk}/",
        "purchase": purchases.path(bought),
        "purchase/modifier": f"{purchases.path(bought)}modifier/",
        "offer": f"{HOME}offres/{offer.pk}/",
        "offer/modifier": f"{HOME}offres/{offer.pk}/modifier/",
        "watch": f"{HOME}marches/",
        "skill": f"{HOME}competences/",
    }
    about = {"watch": watch.pk, "skill": entry.pk}.get(where, "")
    sent = {"about": str(about), **data}
    for user, status in ((fair.stranger, 404), (fair.member, 403)):
        assert sign_in(Client(), user).post(paths[where], sent).status_code == status
    assert Refusal.objects.filter(by=fair.member.pk).count() == 1


def test_other_poles_things_are_not_here(fair: Fair) -> None:
    client = sign_in(Client(), fair.by)
    nothing = "00000000-0000-7000-8000-000000000000"
    for page in ("marches", "achats", "offres"):
        assert client.get(f"{HOME}{page}/{nothing}/").status_code == 404
    assert client.post(f"{HOME}marches/", {"faire": "take", "about": "x"}).status_code == 404
    assert client.post(f"{HOME}competences/", {"faire": "end", "about": nothing}).status_code == 404
    assert client.post(f"{HOME}competences/", {"faire": "rien"}).status_code == 404


@pytest.fixture
def post(fair: Fair) -> Callable[..., int]:
    """Return what sends a form as the animator, or as ``who``, and returns the status."""

    def send(path: str, *, who: Any = None, **data: Any) -> int:
        client = sign_in(Client(), who or fair.by)
        return client.post(path, data).status_code

    return send


def test_from_the_watch_to_the_insertion_hours(fair: Fair, post: Callable[..., int]) -> None:
    fair.holds(fair.two, "Élagage")
    told = {"kind": "tender", "title": "Berges", "needs": "élagage, paie", "actor": str(fair.one.pk)}
    assert post(f"{HOME}marches/", who=fair.member, faire="put", **told) == 302
    watch = Watch.objects.get()
    assert post(f"{HOME}marches/", who=fair.member, faire="take", about=str(watch.pk)) == 302
    tender = Tender.objects.get()
    path = tenders.path(tender)
    page = sign_in(Client(), fair.member).get(path).content.decode()
    assert "Coopérative du bâti" in page
    assert "Aucun membre ne sait faire cela" in page
    assert post(path, who=fair.member, faire="group") == 302
    assert post(path, faire="ask", actor=str(fair.one.pk)) == 302
    mine, other = Party.objects.get(actor=fair.one), Party.objects.get(actor=fair.two)
    assert post(f"{path}reponse/{mine.pk}/", who=fair.member, comes="oui", minutes_promised="12 h 30") == 302
    assert post(f"{path}reponse/{other.pk}/", who=fair.member, comes="oui") == 403
    assert post(f"{path}reponse/{other.pk}/", comes="oui", minutes_promised="douze") == 422
    assert post(f"{path}reponse/{other.pk}/", comes="oui") == 302
    mine.refresh_from_db()
    assert (mine.answer, mine.minutes_promised) == ("in", 750)
    assert post(path, faire="step", verb="decide") == 302
    client = sign_in(Client(), fair.by)
    refused = client.post(path, {"faire": "step", "verb": "submit"})
    assert refused.status_code == 422
    assert "La réponse ne peut pas encore partir" in refused.content.decode()
    seen = Tender.objects.get().consortium
    shares = {f"part-{mine.pk}": "60 %", f"part-{other.pk}": "39", "lead": str(mine.pk), "sharing": "parts"}
    wrong = client.post(f"{path}partage/", {**shares, "seen": seen, "offer_cents": "1000"})
    assert wrong.status_code == 422
    assert "il manque 1\u00a0%" in wrong.content.decode()
    assert 'value="39"' in wrong.content.decode()
    assert (
        post(f"{path}partage/", **{**shares, f"part-{other.pk}": "40"}, seen=seen, offer_cents="1000") == 302
    )
    stale = client.post(f"{path}partage/", {**shares, f"part-{other.pk}": "40", "seen": seen})
    assert stale.status_code == 409
    assert f'value="{Tender.objects.get().consortium}"' in stale.content.decode()
    for verb in ("submit", "win"):
        assert post(path, faire="step", verb=verb) == 302
    assert Flow.objects.filter(nature="opportunity").count() == 1  # who brought it gives to the other
    hours = {"actor": str(fair.one.pk), "hours": "7,5", "first": fair.day(-9), "last": fair.day(-1)}
    hours["key"] = "11111111-1111-4111-8111-111111111111"
    for _time in range(2):
        assert post(f"{path}resultat/", who=fair.member, faire="do", **hours) == 302
    row = InsertionHours.objects.get()
    assert row.minutes == 450
    assert post(f"{path}resultat/", who=fair.member, faire="back", about=row.pk, reason="") == 422
    assert post(f"{path}resultat/", who=fair.member, faire="back", about=row.pk, reason="doublon") == 302
    paid = {"actor": str(fair.one.pk), "what": "receipt", "cents": "600", "on": fair.today, "key": "k"}
    assert post(f"{path}resultat/", faire="pay", **paid) == 422
    Tender.objects.update(buyer=fair.buyer)
    assert post(f"{path}resultat/", faire="pay", **paid) == 302
    assert Flow.objects.get(nature="cash").cents == 60_000


def test_tasks_and_papers(fair: Fair, post: Callable[..., int]) -> None:
    tender = fair.tender()
    path = tenders.path(tender)
    assert post(path, who=fair.member, faire="piece", file=BytesIO(b"x")) == 403
    fair.group(tender, fair.one)
    assert post(path, faire="task", title="Lire l'avis", actor=str(fair.one.pk)) == 302
    task = Task.objects.get()
    assert post(path, who=fair.member, faire="tick", about=str(task.pk)) == 302
    task.refresh_from_db()
    assert task.done_by == fair.member
    pdf = BytesIO(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    pdf.name = "memoire.pdf"
    assert post(path, who=fair.member, faire="piece", file=pdf) == 302
    assert Piece.objects.get().subject_id == tender.pk
    exe = BytesIO(b"MZ\x90\x00")
    exe.name = "memoire.pdf"
    assert post(path, faire="piece", file=exe) == 415


def test_two_people_change_a_tender(fair: Fair) -> None:
    tender = fair.tender("Berges", buyer_name="Syndicat")
    path = f"{tenders.path(tender)}modifier/"
    client = sign_in(Client(), fair.by)
    form = client.get(path).context["form"]
    seen = form["seen"].value()
    one = {"title": "Berges", "buyer_name": "Syndicat de rivière", "seen": seen}
    assert client.post(path, one).status_code == 302
    other = {"title": "Berges", "buyer_name": "Métropole", "seen": seen}
    refused = client.post(path, other)
    assert refused.status_code == 409
    assert "Syndicat de rivière" in refused.content.decode()
    assert 'value="Métropole"' in refused.content.decode()
    merged = {"title": "Berges du canal", "buyer_name": "Syndicat", "seen": seen}
    assert client.post(path, merged).status_code == 302
    tender.refresh_from_db()
    assert (tender.title, tender.buyer_name) == ("Berges du canal", "Syndicat de rivière")


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("cpv", "773"),
        ("url", "javascript:alert(1)"),
        ("estimated_cents", "12,345"),
        ("commission", "101"),
        ("minutes_asked", "beaucoup"),
        ("due_at", "demain"),
        ("title", " "),
    ],
)
def test_bad_input_says_why(fair: Fair, field: str, typed: str) -> None:
    client = sign_in(Client(), fair.by)
    data = {"title": "Berges", "brought_by": str(fair.one.pk), field: typed}
    response = client.post(f"{HOME}marches/nouveau/", data)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not Tender.objects.exists()


def test_a_purchase_from_the_need_to_the_delivery(fair: Fair, post: Callable[..., int]) -> None:
    begun = {"organiser": str(fair.one.pk), "title": "Farine", "unit": "kg", "vat": "ttc"}
    assert post(f"{HOME}achats/nouveau/", who=fair.member, **begun) == 302
    path = purchases.path(Purchase.objects.get())
    answer = {"faire": "commit", "quantity": "12,5", "before": "1,20", "firm": "True"}
    assert post(path, who=fair.member, actor=str(fair.one.pk), **answer) == 302
    assert post(path, who=fair.member, actor=str(fair.two.pk), **answer) == 422
    assert post(path, actor=str(fair.two.pk), **{**answer, "quantity": "1,2345"}) == 422
    assert post(path, actor=str(fair.two.pk), **{**answer, "before": ""}) == 302
    assert post(path, who=fair.member, faire="quote", supplier_name="Moulin", price="0,95") == 302
    quote = Purchase.objects.get().quotes.get()
    assert post(path, who=fair.member, faire="order") == 409
    assert post(path, who=fair.member, faire="choose", about=str(quote.pk)) == 302
    assert post(path, who=fair.member, faire="order") == 302
    assert sorted(Commitment.objects.values_list("cents", flat=True)) == [1_187, 1_188]
    page = sign_in(Client(), fair.member).get(path).content.decode()
    assert "3,12" in page  # 15,00 € before, 11,88 € now
    assert post(path, who=fair.member, faire="deliver", on=fair.today) == 302
    got = {"faire": "got", "actor": str(fair.two.pk), "received": "12", "paid_on": fair.today}
    assert post(path, who=fair.member, **got) == 422
    assert post(path, **got) == 302
    assert Flow.objects.get().receiver_id == fair.one.pk
    page = sign_in(Client(), fair.member).get(path).content.decode()
    assert "écart" in page


def test_two_colleagues_say_a_quantity(fair: Fair) -> None:
    bought = purchases.begin(fair.pole, fair.one, title="Farine", unit="kg", by=fair.by)
    path = purchases.path(bought)
    client = sign_in(Client(), fair.member)
    fresh = client.get(path).context["forms"]["commit"]["seen"].value()
    sent = {"faire": "commit", "actor": str(fair.one.pk), "firm": "True", "seen": fresh}
    assert client.post(path, {**sent, "quantity": "10"}).status_code == 302
    late = sign_in(Client(), fair.by).post(path, {**sent, "quantity": "12"})
    assert late.status_code == 409
    assert "Quelqu&#x27;un vient d&#x27;écrire : « 10 »" in late.content.decode()
    again = late.context["forms"]["commit"]["seen"].value()
    assert client.post(path, {**sent, "quantity": "12", "seen": again}).status_code == 302
    assert Commitment.objects.get().quantity == 12_000


def test_a_button_that_is_refused_says_why(fair: Fair) -> None:
    tender = fair.tender()
    lot = tenders.add_lot(tender, "Taille", by=fair.by)
    consortium.invite(tender, fair.one, lot=lot, by=fair.by)
    client = sign_in(Client(), fair.by)
    response = client.post(tenders.path(tender), {"faire": "no_lot", "about": str(lot.pk)})
    assert response.status_code == 409
    assert "a changé" in response.content.decode()
    assert "placez-les ailleurs" in response.content.decode()


def test_the_buyer_is_named_once_won(fair: Fair) -> None:
    tender = fair.won()
    Tender.objects.update(buyer=None)
    path = f"{tenders.path(tender)}modifier/"
    client = sign_in(Client(), fair.by)
    seen = client.get(path).context["form"]["seen"].value()
    sent = {"title": tender.title, "seen": seen}
    assert client.post(path, {**sent, "buyer_name": "Syndicat"}).status_code == 302
    assert client.post(path, {**sent, "title": "Autre"}).status_code == 409
    tender.refresh_from_db()
    assert (tender.title, tender.buyer_name) == ("Entretien des rives", "Syndicat")


def test_long_lists_have_pages(fair: Fair) -> None:
    for i in range(101):
        fair.holds(fair.one, f"Savoir {i:03d}")
        catalogue.offer(fair.pole, fair.one, kind="good", title=f"Offre {i:03d}", by=fair.by)
    client = sign_in(Client(), fair.by)
    for page, words in (("offres/", "Offre 100"), ("competences/", "Savoir 100")):
        assert words not in client.get(HOME + page).content.decode().partition("<datalist")[0]
        assert words in client.get(f"{HOME}{page}?page=2").content.decode()
        assert client.get(f"{HOME}{page}?page=x").status_code == 200


def test_offers_and_skills_are_written(fair: Fair, post: Callable[..., int]) -> None:
    offer = {"actor": str(fair.one.pk), "kind": "service", "title": "Haies", "unit": "heure", "vat": "ht"}
    prices = {"member_cents": "30", "outside_cents": "45,50"}
    assert post(f"{HOME}offres/nouvelle/", who=fair.member, **offer, **prices) == 302
    row = Offering.objects.get()
    path = f"{HOME}offres/{row.pk}/"
    assert post(path, who=fair.member, faire="price", **{**prices, "member_cents": "x"}) == 422
    changed = {"member_cents": "32", "outside_cents": "", "since": fair.day(1), "vat": "ht"}
    assert post(path, who=fair.member, faire="price", **changed) == 302
    assert row.prices.filter(valid_to=None).count() == 1
    page = sign_in(Client(), fair.by).get(f"{HOME}offres/?q=haie&nature=service").content.decode()
    assert "30\u00a0€" in page or "30,00" in page
    assert post(f"{path}modifier/", who=fair.member, kind="service", title="Haies", public="on") == 302
    assert Offering.objects.get().public
    said = {"faire": "declare", "way": "held", "skill": "Taille", "actor": str(fair.one.pk)}
    me = str(fair.member.pk)
    assert post(f"{HOME}competences/", who=fair.member, **said, person=me, shown="on") == 302
    page = sign_in(Client(), fair.by).get(f"{HOME}competences/").content.decode()
    assert "Membre" in page
    entry = SkillEntry.objects.get()
    assert post(f"{HOME}competences/", who=fair.member, faire="name", about=f"{entry.pk}/non") == 302
    assert post(f"{HOME}competences/", faire="name", about=f"{entry.pk}/oui") == 403
    page = sign_in(Client(), fair.by).get(f"{HOME}competences/").content.decode()
    assert "une personne de Brigade verte" in page
    given = {"skill": "taille", "hours": "1,5", "on": fair.today, "key": "k", "receiver": str(fair.two.pk)}
    assert post(f"{HOME}competences/", who=fair.member, faire="exchange", giver=me, **given) == 422
    one, three = str(fair.one.pk), str(fair.three.pk)
    assert post(f"{HOME}competences/", who=fair.member, faire="exchange", giver=three, **given) == 403
    assert post(f"{HOME}competences/", who=fair.member, faire="exchange", giver=one, **given) == 302
    assert Flow.objects.get().thousandths == 1_500


def test_exports_open(fair: Fair) -> None:
    tender = fill(fair, 2)
    client = sign_in(Client(), fair.member)
    bought = Purchase.objects.order_by("pk")[0]
    first = {
        f"{HOME}marches/": "Le grand marché",
        f"{HOME}achats/": "Achat 0",
        f"{HOME}offres/": "Offre 0",
        f"{HOME}competences/": "Élagage",
        f"{tenders.path(tender)}resultat/": "Membre 0",
        purchases.path(bought): "Membre 0",
    }
    for page, words in first.items():
        book = b"".join(client.get(f"{page}?format=xlsx").streaming_content)  # type: ignore[attr-defined]
        ods = b"".join(client.get(f"{page}?format=ods").streaming_content)  # type: ignore[attr-defined]
        for made in (book, ods):
            rows = CalamineWorkbook.from_filelike(BytesIO(made)).get_sheet_by_index(0).to_python()
            assert words in [cell for row in rows for cell in row], page
        csv = b"".join(client.get(f"{page}?format=csv").streaming_content)  # type: ignore[attr-defined]
        assert words in csv.decode()
        assert sign_in(Client(), fair.stranger).get(f"{page}?format=csv").status_code == 404


def test_in_english_too(fair: Fair) -> None:
    tender = fill(fair, 2)
    client = sign_in(Client(), fair.by)
    for page in pages(tender):
        assert client.get(f"/en{page}").status_code == 200, page
