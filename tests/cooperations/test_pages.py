"""The pages of cooperations and their network: who may, what they say, how many queries, what they export."""

import io
import zipfile
from datetime import date
from xml.etree import ElementTree

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from terreau.cooperations import deeds
from terreau.cooperations.models import Cooperation, Party
from terreau.journal.models import Refusal
from terreau.pieces.models import Document, DocumentLink
from tests.cooperations.conftest import Bench, make

PAGES = ("cooperations/", "cooperations/nouvelle/", "reseau/", "matieres/", "cooperations/finances/")
GRAPHML = "{http://graphml.graphdrawing.org/xmlns}"
GEXF = "{http://gexf.net/1.3}"


@pytest.mark.parametrize("page", PAGES)
def test_who_enters(bench: Bench, page: str) -> None:
    row = bench.begin(0, 1)
    for path in (bench.home + page, f"{bench.home}cooperations/{row.pk}/"):
        assert bench.client().get(path).status_code == 404
        assert bench.client(bench.elsewhere).get(path).status_code == 404
        for user in (bench.member, bench.by):
            answer = bench.client(user).get(path)
            assert answer.status_code == 200
            assert "no-store" in answer["Cache-Control"]


def test_a_cooperation_of_another_pole_is_not_found(bench: Bench) -> None:
    row = bench.begin(0, 1)
    path = f"/poles/autre-pole/espace/cooperations/{row.pk}/"
    assert bench.client(bench.elsewhere).get(path).status_code == 404


def typed(bench: Bench, *who: int, **values: str) -> dict[str, object]:
    parties = [str(bench.actors[one].pk) for one in who]
    said = {"title": "Veille", "parties": parties, "level": "information", "since": "2024-05"}
    return {**said, "object": "watch", **values}


def test_three_answers_write_a_cooperation(bench: Bench) -> None:
    path = f"{bench.home}cooperations/nouvelle/"
    answer = bench.client(bench.by).post(path, typed(bench, 0, 1, 2, public="on"))
    row = Cooperation.objects.get()
    assert answer["Location"] == f"{bench.home}cooperations/{row.pk}/"
    assert (row.form, row.valid_from, row.from_precision, row.public) == (
        "means",
        date(2024, 5, 1),
        "month",
        True,
    )
    page = bench.client(bench.member).get(answer["Location"]).content.decode()
    assert "Ferme" in page
    assert "Radio" not in page.split("Ajouter une organisation")[0]
    assert "mai 2024" in page


def test_a_refused_form_keeps_what_was_typed(bench: Bench) -> None:
    path = f"{bench.home}cooperations/nouvelle/"
    answer = bench.client(bench.by).post(path, typed(bench, 0, title="Un titre gardé", object="treasury"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Un titre gardé" in page
    assert "Dites quelle forme" in page
    late = bench.client(bench.by).post(path, typed(bench, 0, 1, since="demain"))
    assert "Écrivez une année" in late.content.decode()


def test_a_member_writes_what_its_organisation_takes_part_in(bench: Bench) -> None:
    path = f"{bench.home}cooperations/nouvelle/"
    member = bench.client(bench.member)
    refused = member.post(path, typed(bench, 1, 2))
    assert refused.status_code == 422
    assert "cochez-la" in refused.content.decode()
    assert member.post(path, typed(bench, 0, 1, public="on")).status_code == 302
    row = Cooperation.objects.get()
    assert row.public is False, "a member publishes nothing"
    other = bench.begin(1, 2)
    one, two = (f"{bench.home}cooperations/{pk}/" for pk in (row.pk, other.pk))
    move = {"act": "level", "level-level": "shared", "level-on": "2025-01-01", "level-reason": "Convention"}
    assert member.post(one, move).status_code == 302
    assert member.post(two, move).status_code == 403
    assert member.get(f"{two}modifier/").status_code == 403
    read = member.get(two)
    assert read.status_code == 200
    assert "Elle finit" not in read.content.decode()
    assert Refusal.objects.filter(verb="cooperation.change", by=bench.member.pk).exists()


def test_each_act_of_the_page_does_what_it_says(bench: Bench) -> None:
    row = bench.begin(0, 1)
    path, client = f"{bench.home}cooperations/{row.pk}/", bench.client(bench.by)
    joined = {"act": "join", "join-actor": str(bench.actors[2].pk), "join-role": "takes_part"}
    assert client.post(path, joined).status_code == 302
    named = {"act": "join", "join-other": "Banque du bourg", "join-role": "supports", "join-on": "2024-01-01"}
    assert client.post(path, named).status_code == 302
    unknown = client.post(path, {**named, "join-other": "Personne ne connaît"})
    assert unknown.status_code == 422
    assert "Le registre ne connaît pas" in unknown.content.decode()
    party = Party.objects.get(actor=bench.actors[2])
    assert client.post(path, {"act": "leave", "party": party.pk, "leave-on": "2025-01-01"}).status_code == 302
    wrong = client.post(path, {"act": "end", "end-on": "2019-01-01", "end-reason": "x"})
    assert wrong.status_code == 422
    assert client.post(path, {"act": "end", "end-on": "2026-01-01", "end-reason": "Fini"}).status_code == 302
    page = client.get(path).content.decode()
    assert "Finie le 1 janvier 2026" in page
    assert client.post(path, {"act": "reopen"}).status_code == 302
    assert client.post(path, {"act": "nothing"}).status_code == 422


def test_what_attests_it_is_joined_and_named(bench: Bench) -> None:
    row = bench.begin(0, 1)
    path, client = f"{bench.home}cooperations/{row.pk}/", bench.client(bench.member)
    file = SimpleUploadedFile("convention.csv", b"a;b\n1;2\n")
    assert client.post(path, {"act": "attest", "attest-file": file}).status_code == 302
    row.refresh_from_db()
    assert row.piece is not None
    assert row.piece.public is False
    document = Document.objects.create(
        subject=bench.pole.actor.subject, title="Pour l'animation", audience="animators"
    )
    DocumentLink.objects.create(document=document, subject=row.subject)
    assert "convention.csv" in client.get(path).content.decode()
    assert "Pour l&#x27;animation" not in client.get(path).content.decode()
    assert "Pour l&#x27;animation" in bench.client(bench.by).get(path).content.decode()
    empty = client.post(path, {"act": "attest", "attest-file": SimpleUploadedFile("x.exe", b"MZ\x00")})
    assert empty.status_code == 422
    assert client.post(path, {"act": "attest"}).status_code == 422


def test_a_stale_change_shows_what_the_other_wrote(bench: Bench) -> None:
    row = bench.begin(0, 1, title="Atelier")
    path, client = f"{bench.home}cooperations/{row.pk}/modifier/", bench.client(bench.by)
    names = ("title", "object", "form", "text", "evidence", "formal", "since", "purpose", "public")
    first = {"title": "Atelier", "object": "equipment", "form": "means", "since": "2020-01-01"}
    base = {f"base-{name}": first.get(name, "") for name in names}
    deeds.change(row, base={"title": "Atelier"}, mine={"title": "Fablab"}, today=bench.today, by=bench.by)
    answer = client.post(path, {**first, **base, "title": "Menuiserie"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Fablab" in page
    assert 'value="Menuiserie"' in page
    again = client.post(path, {**first, **base, "base-title": "Fablab", "title": "Menuiserie"})
    assert again.status_code == 302
    row.refresh_from_db()
    assert row.title == "Menuiserie"


def test_filters_narrow_the_list(bench: Bench) -> None:
    bench.begin(0, 1, title="Prêt de scie")
    row = bench.begin(1, 2, title="Vision", object="common_vision", level="complete")
    deeds.end(row, on=date(2024, 1, 1), reason="x", today=bench.today, by=bench.by)
    client = bench.client(bench.member)

    def said(query: str) -> str:
        return client.get(f"{bench.home}cooperations/{query}").content.decode().split('id="resultats"')[1]

    assert "Prêt de scie" in said("")
    assert "Vision" not in said("")
    assert "Vision" in said("?etat=finies")
    assert "Prêt de scie" not in said("?etat=toutes&forme=strategic")
    assert "Prêt de scie" in said("?q=PRET+de")
    assert "Prêt de scie" not in said("?intensite=shared")
    assert "Prêt de scie" not in said(f"?membre={bench.actors[2].pk}")
    assert "Prêt de scie" in said("?membre=nimporte&forme=quoi&cursor=")


def test_the_network_changes_with_a_level_and_a_day(bench: Bench) -> None:
    row = bench.begin(0, 1, 2, since="2021")
    client, path = bench.client(bench.member), f"{bench.home}reseau/"
    page = client.get(path).content.decode()
    assert "3 paires de membres coopèrent sur 10 possibles" in page
    assert page.count('tabindex="-1" aria-label="') == 3
    assert "Aucun lien ne répond" in client.get(f"{path}?intensite=shared").content.decode()
    deeds.move(row, "shared", on=date(2024, 1, 1), reason="x", today=bench.today, by=bench.by)
    assert "30" in client.get(f"{path}?intensite=shared").content.decode()
    assert "Aucun lien" in client.get(f"{path}?jour=2020-06-01").content.decode()
    focus = client.get(f"{path}?membre={bench.actors[0].pk}").content.decode()
    assert "Le réseau de Bois" in focus


def test_the_network_is_exported_with_its_links(bench: Bench) -> None:
    bench.begin(0, 1, 2, title="<Atelier> & Cie", level="shared")
    client, path = bench.client(bench.member), f"{bench.home}reseau/"
    sheet = CalamineWorkbook.from_filelike(
        io.BytesIO(b"".join(client.get(f"{path}?format=ods")))
    ).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert len(rows) == 4
    assert rows[1][:3] == ["Bois", "noyau dur", "Cantine"]
    assert zipfile.is_zipfile(io.BytesIO(b"".join(client.get(f"{path}?format=xlsx"))))
    graph = ElementTree.fromstring(client.get(f"{path}?format=graphml").content)
    assert len(graph.findall(f".//{GRAPHML}node")) == 5
    edges = graph.findall(f".//{GRAPHML}edge")
    assert {one.find(f"{GRAPHML}data[@key='titles']").text for one in edges} == {"<Atelier> & Cie"}  # type: ignore[union-attr]
    nodes = {one.get("id") for one in graph.findall(f".//{GRAPHML}node")}
    assert nodes >= {one.get(end) for one in edges for end in ("source", "target")}
    gexf = ElementTree.fromstring(client.get(f"{path}?format=gexf").content)
    assert len(gexf.findall(f".//{GEXF}edge")) == 3
    assert client.get(f"{path}?format=exe").status_code == 422


def test_queries_do_not_grow(db: None) -> None:
    bench = make(33)
    pages = ("cooperations/", "reseau/", "matieres/", "cooperations/finances/")
    for rank in range(3):
        bench.begin(rank, rank + 1)
    few = [_queries(bench, page) for page in pages]
    for rank in range(4, 31):
        bench.begin(rank, rank + 1, rank - 1)
    assert [_queries(bench, page) for page in pages] == few
    assert max(few) <= 30


def _queries(bench: Bench, page: str) -> int:
    client = bench.client(bench.by)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(bench.home + page).status_code == 200
    return len(caught)


def test_one_cooperation_asks_few_questions(bench: Bench) -> None:
    row = bench.begin(0, 1, 2, 3, 4)
    assert _queries(bench, f"cooperations/{row.pk}/") <= 30
    assert _queries(bench, f"cooperations/{row.pk}/modifier/") <= 30


def test_pages_speak_english(bench: Bench) -> None:
    row = bench.begin(0, 1)
    for page in ("cooperations/", f"cooperations/{row.pk}/", "reseau/"):
        answer = bench.client(bench.by).get(f"/en{bench.home}{page}")
        assert answer.status_code == 200
        assert "We keep each other informed" in answer.content.decode()
