"""Owners: depositing a file, writing a grid from nothing, publishing for ever, and who may."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from terreau.accounts.models import GlobalRole, User
from terreau.actors import belonging
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, RefusedError, StaleWriteError
from terreau.common.permissions import Permission
from terreau.grids import drafts, remarks, sections
from terreau.grids.models import Grid, GridVersion, Remark
from terreau.grids.rereading import reread
from terreau.journal.models import Event, Refusal
from tests.grids.owned import FIRST, SECOND, criterion, file, grid
from tests.people import SINCE, People

pytestmark = pytest.mark.django_db
CODE = "grille-du-reseau"
EDIT = f"/grilles/{CODE}/modifier/"


@dataclass
class Owners:
    """An organisation, two of its people, a reader and a moderator of the whole register."""

    actor: Actor
    one: User
    two: User
    reader: User
    moderator: User


@pytest.fixture
def owners() -> Owners:
    """People around the organisation that holds the grid."""
    made = [
        User.objects.create_user(f"{name}@g.example.org", name=name)
        for name in ("un", "deux", "lit", "modere")
    ]
    one, two, reader, moderator = made
    actor = create_actor("Notre réseau", source=None, public=True)
    belonging.found(one, actor, by=one)
    belonging.confirm(belonging.ask(two, actor, by=two), by=one)
    GlobalRole.objects.create(user=moderator, role=GlobalRole.Role.MODERATOR, valid_from=SINCE)
    return Owners(actor, one, two, reader, moderator)


def signed(client: Client, user: User, *, proved: bool = False) -> Client:
    """Sign a person in, having just proved who they are when asked."""
    People.sign_in(People(None, *[user] * 7), client, user, proved=proved)  # type: ignore[arg-type]
    return client


def published(owners: Owners, document: dict[str, Any]) -> GridVersion:
    """Deposit a file and publish it."""
    row = drafts.deposit(file(document), owner=owners.actor, by=owners.one)
    return drafts.publish(row, revision=row.revision, note="", by=owners.one)


def sent(document: dict[str, Any] | bytes, **more: Any) -> dict[str, Any]:
    """What the form of a deposit sends."""
    content = document if isinstance(document, bytes) else file(document)
    return {"fichier": SimpleUploadedFile("grille.yaml", content), **more}


# Depositing


def test_a_file_becomes_a_draft_that_only_its_people_read(client: Client, owners: Owners) -> None:
    """The draft is private; the list, the page and the file say nothing of it to others."""
    signed(client, owners.one)
    answer = client.post("/grilles/deposer/", sent(FIRST, organisation=str(owners.actor.pk)))
    assert answer.headers["Location"] == EDIT
    assert client.get(f"/grilles/{CODE}/versions/1/").status_code == 200
    for other in (Client(), signed(Client(), owners.reader)):
        for path in (
            f"/grilles/{CODE}/",
            f"/grilles/{CODE}/versions/1/",
            f"/grilles/{CODE}/versions/1/grille.yaml",
        ):
            assert other.get(path).status_code == 404, path
        assert CODE not in other.get("/grilles/").content.decode()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"\xff\xfe\x00", "Ligne 1"),
        (b"code: x\nversion: '1'\nfoo: 1\n", "Ligne 3"),
        (b"a: &a [1,2]\nb: [*a, *a]\n", "Ligne 1"),
        (b"code: x\n\ttab: 1\n", "Ligne 2"),
        (file({**SECOND, "mapping": {"from": "0", "moves": [{"new": ["a"]}]}}), "0"),
        (b"x" * 1_100_000, "Ligne 1"),
    ],
)
def test_a_wrong_file_is_refused_whole_with_its_lines(
    client: Client, owners: Owners, content: bytes, line: str
) -> None:
    """Nothing half-loaded: no grid, no version, and the page says where."""
    signed(client, owners.one)
    answer = client.post("/grilles/deposer/", sent(content, organisation=str(owners.actor.pk)))
    assert answer.status_code == 422
    assert line in answer.content.decode()
    assert not Grid.objects.filter(owner=owners.actor).exists()
    assert not GridVersion.objects.filter(grid__owner=owners.actor).exists()


def test_who_may_not_deposit(client: Client, owners: Owners) -> None:
    """A stranger is led to sign in; who belongs to nothing is refused with why, and it is counted."""
    assert "connexion" in client.get("/grilles/deposer/").headers["Location"]
    assert Client().post("/grilles/deposer/", sent(FIRST)).status_code == 404
    signed(client, owners.reader)
    assert client.get("/grilles/deposer/").status_code == 403
    assert client.post("/grilles/deposer/", sent(FIRST)).status_code == 403
    assert Refusal.objects.filter(by=owners.reader.pk, verb="grid.deposit").exists()


def test_a_grid_is_of_its_owner_alone(owners: Owners) -> None:
    """Others may not deposit a version under its code, nor give it to an organisation that is not theirs."""
    published(owners, FIRST)
    with pytest.raises(RefusedError):
        drafts.deposit(file(SECOND), owner=owners.actor, by=owners.reader)
    with pytest.raises(DomainError, match="organisation"):
        drafts.deposit(file({**FIRST, "code": "autre"}), owner=owners.actor, by=owners.reader)


def test_a_second_deposit_replaces_the_draft_only_when_asked(owners: Owners) -> None:
    """The draft of somebody else is not lost by a file."""
    drafts.deposit(file(FIRST), owner=owners.actor, by=owners.one)
    with pytest.raises(DomainError) as refused:
        drafts.deposit(file(FIRST), owner=owners.actor, by=owners.two)
    assert refused.value.code == "draft_waits"
    row = drafts.deposit(
        file({**FIRST, "version": "1.1"}), owner=owners.actor, by=owners.two, replace_draft=True
    )
    assert (row.version, row.revision) == ("1.1", 2)


# Publishing


def test_publishing_needs_a_proof_and_is_for_ever(client: Client, owners: Owners) -> None:
    """Without the proof nothing is published; afterwards the same version is refused."""
    row = drafts.deposit(file(FIRST), owner=owners.actor, by=owners.one)
    signed(client, owners.two)
    data = {"revision": row.revision, "note": "Première"}
    assert client.post(f"{EDIT}publier/", data).status_code == 302
    row.refresh_from_db()
    assert row.state == "draft"
    signed(client, owners.two, proved=True)
    assert client.post(f"{EDIT}publier/", data).headers["Location"] == f"/grilles/{CODE}/"
    assert "Question a" in Client().get(f"/grilles/{CODE}/").content.decode()
    assert CODE in Client().get("/grilles/").content.decode()
    event = Event.objects.get(verb="grid.published")
    assert (event.subject_id, event.by, event.data["version"]) == (owners.actor.pk, owners.two.pk, "1")
    with pytest.raises(DomainError) as refused:
        drafts.deposit(file({**FIRST, "title": {"fr": "Autre", "en": "Other"}}), owner=None, by=owners.one)
    assert refused.value.facts["problems"][0]["code"] == "published_changed"


def test_a_draft_that_changed_since_it_was_read_is_not_published(owners: Owners) -> None:
    """Of two people, who publishes what the other has just changed is told so."""
    row = drafts.deposit(file(FIRST), owner=owners.actor, by=owners.one)
    drafts.change(row, lambda document: sections.move(document, "b", up=True), by=owners.two)
    with pytest.raises(StaleWriteError):
        drafts.publish(row, revision=row.revision, note="", by=owners.one)


def test_a_new_version_must_say_what_becomes_of_old_answers(owners: Owners) -> None:
    """Without a mapping, and with criteria gone, it is refused; partial or cyclic ones too."""
    published(owners, FIRST)
    without = {key: value for key, value in SECOND.items() if key != "mapping"}
    partial = {**SECOND, "mapping": {"from": "1", "moves": [{"keep": ["a"]}]}}
    swapped = [{"keep": ["c", "d"]}, *({"move": {"from": one, "to": other}} for one, other in ("ab", "ba"))]
    swap = grid("2", *FIRST["criteria"], mapping={"from": "1", "moves": swapped})
    for document, code in ((without, "mapping_needed"), (partial, "old_lost"), (swap, "cyclic")):
        with pytest.raises(DomainError) as refused:
            drafts.deposit(file(document), owner=None, by=owners.one)
        found = {problem["code"]: problem["line"] for problem in refused.value.facts["problems"]}
        assert code in found
        assert found[code] >= 1
    assert GridVersion.objects.count() == 1


def test_old_answers_are_read_under_the_new_version(owners: Owners) -> None:
    """The split is to be confirmed, the merge takes the lowest, the new question waits; nothing is lost."""
    published(owners, FIRST)
    published(owners, SECOND)
    read = reread({"a": 3, "b": 2, "c": 4, "d": 1}, CODE, "1")
    assert {code: (item.value, item.confidence.value) for code, item in read.items.items()} == {
        "a": (3, "sure"),
        "b1": (2, "to_check"),
        "b2": (2, "to_check"),
        "cd": (1, "stated"),
    }
    assert {origin.code for record in read.records for origin in record.origins} == {"a", "b", "c", "d"}
    assert not reread({"a": 3}, CODE, "2", "2").records
    with pytest.raises(DomainError):
        reread({"a": 3}, CODE, "2", "1")


def test_a_withdrawn_version_stays_readable_with_its_reason(client: Client, owners: Owners) -> None:
    """It needs a reason; the page says it; the one before is in force again."""
    published(owners, FIRST)
    row = published(owners, SECOND)
    with pytest.raises(DomainError):
        drafts.withdraw(row, reason=" ", by=owners.one)
    drafts.withdraw(row, reason="Déposée trop tôt", by=owners.one)
    page = client.get(f"/grilles/{CODE}/versions/2/").content.decode()
    assert "Déposée trop tôt" in page
    assert "Question b1" in page
    assert "Question b1" not in client.get(f"/grilles/{CODE}/").content.decode()


# The editor


def form_of(page: str) -> dict[str, Any]:
    """Return what a form of the editor would send back unchanged."""
    found: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="(?:text|hidden)" name="([^"]+)"(?: value="([^"]*)")?', page):
        found[name] = value
    for name, value in re.findall(r'<textarea name="([^"]+)"[^>]*>\n?(.*?)</textarea>', page, re.S):
        found[name] = value
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    unescape = {"&quot;": '"', "&#x27;": "'", "&amp;": "&", "&lt;": "<", "&gt;": ">"}
    for name, value in found.items():
        for code, character in unescape.items():
            value = value.replace(code, character)  # noqa: PLW2901
        found[name] = value
    return found


def test_a_grid_is_written_from_nothing(client: Client, owners: Owners) -> None:
    """A title, a scale, a question, a head: then nothing lacks and it is published."""
    signed(client, owners.one, proved=True)
    begun = {
        "code": "la-mienne",
        "title_fr": "La mienne",
        "title_en": "Mine",
        "nature": "scale",
        "subject": "pole",
    }
    data = {f"neuve-{name}": value for name, value in begun.items()} | {
        "neuve-organisation": str(owners.actor.pk)
    }
    edit = client.post("/grilles/deposer/neuve/", data).headers["Location"]
    assert edit == "/grilles/la-mienne/modifier/"
    page = client.get(edit).content.decode()
    assert "Réglez d'abord" in page.replace("&#x27;", "'")
    head = form_of(client.get(f"{edit}en-tete/").content.decode())
    texts = {"summary_fr": "Un essai", "summary_en": "A trial", "licence_fr": "Libre", "licence_en": "Free"}
    assert client.post(f"{edit}en-tete/", {**head, **texts, "source_document": "Nous"}).status_code == 302
    scale = form_of(client.get(f"{edit}echelle/").content.decode())
    rows = {"0_code": "0", "0_fr": "Non", "0_en": "No", "1_code": "1", "1_fr": "Oui", "1_en": "Yes"}
    assert client.post(f"{edit}echelle/", {**scale, **rows}).status_code == 302
    words = {f"{part}_{lang}": "Qui ?" for part in ("title", "text") for lang in ("fr", "en")}
    one = {"code": "q1", "kind": "echelle", "axis": "", **words, "source_document": "Nous", "base": "{}"}
    assert client.post(f"{edit}critere/", one).status_code == 302
    page = client.get(edit).content.decode()
    assert "Le brouillon est complet" in page
    row = GridVersion.objects.get(grid__code="la-mienne")
    assert client.post(f"{edit}publier/", {"revision": row.revision}).status_code == 302
    assert "Qui ?" in Client().get("/grilles/la-mienne/").content.decode()


def test_a_rule_is_typed_and_said_in_words(client: Client, owners: Owners) -> None:
    """YAML that cannot be read is told beside the field with its line; a good one is shown in words."""
    drafts.deposit(file(FIRST), owner=owners.actor, by=owners.one)
    signed(client, owners.one)
    address = f"{EDIT}critere/a/"
    fields = form_of(client.get(address).content.decode()) | {"kind": "incontournable"}
    wrong = client.post(address, {**fields, "rule": "all: [\n  &x 1"})
    assert wrong.status_code == 422
    assert "Ligne 2" in wrong.content.decode()
    assert client.post(address, {**fields, "rule": "{not: {fact: pole.legal_person}}"}).status_code == 302
    page = client.get(address).content.decode()
    assert ": non</span>" in page
    row = GridVersion.objects.get(grid__code=CODE)
    assert row.content["criteria"][0]["rule"] == {"not": {"fact": "pole.legal_person"}}


def test_two_people_on_one_criterion(client: Client, owners: Owners) -> None:
    """Different fields merge by themselves; the same field is shown twice and the person chooses."""
    drafts.deposit(file(FIRST), owner=owners.actor, by=owners.one)
    address = f"{EDIT}critere/a/"
    signed(client, owners.one)
    seen = form_of(client.get(address).content.decode())
    other = signed(Client(), owners.two)
    assert other.post(address, {**seen, "title_fr": "Titre de deux"}).status_code == 302
    assert client.post(address, {**seen, "text_fr": "Texte de un"}).status_code == 302
    kept = GridVersion.objects.get(grid__code=CODE).content["criteria"][0]
    assert (kept["title"]["fr"], kept["text"]["fr"]) == ("Titre de deux", "Texte de un")
    refused = client.post(address, {**seen, "title_fr": "Titre de un"})
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "Titre de deux" in page
    assert 'value="Titre de un"' in page
    again = form_of(page)
    assert client.post(address, again).status_code == 302
    assert GridVersion.objects.get(grid__code=CODE).content["criteria"][0]["title"]["fr"] == "Titre de un"


def test_a_new_version_is_prepared_in_the_editor_with_a_split_and_a_merge(
    client: Client, owners: Owners
) -> None:
    """From the version in force: two criteria added, two removed, and what becomes of each is said."""
    published(owners, FIRST)
    signed(client, owners.one, proved=True)
    assert client.post(EDIT, {"version": "2"}).status_code == 302
    assert "Le brouillon est complet" in client.get(EDIT).content.decode()
    base = form_of(client.get(f"{EDIT}critere/b/").content.decode())
    for code in ("b1", "b2", "cd"):
        assert (
            client.post(f"{EDIT}critere/", {**base, "base": "{}", "code": code, "title_fr": code}).status_code
            == 302
        )
    for code in ("b", "c", "d"):
        assert client.post(f"{EDIT}critere/{code}/ranger/", {"faire": "retirer"}).status_code == 302
    assert "Réglez d" in client.get(EDIT).content.decode()
    fates = form_of(client.get(f"{EDIT}correspondances/").content.decode())
    told = {
        "b|fate": "split",
        "b|to": "b1 b2",
        "c|fate": "merge",
        "c|to": "cd",
        "d|fate": "merge",
        "d|to": "cd",
    }
    assert client.post(f"{EDIT}correspondances/", {**fates, **told}).status_code == 302
    page = client.get(EDIT).content.decode()
    assert "Le brouillon est complet" in page
    changes = client.get(f"/grilles/{CODE}/comparer/?de=1&a=2").content.decode()
    assert "partage" in changes
    assert "fusion" in changes
    row = GridVersion.objects.get(version="2")
    assert (
        client.post(f"{EDIT}publier/", {"revision": row.revision, "note": "Partage et fusion"}).status_code
        == 302
    )
    read = reread({"b": 2, "c": 3, "d": 1}, CODE, "1")
    assert {code: item.value for code, item in read.items.items()} == {"b1": 2, "b2": 2, "cd": 1}


def test_a_scale_that_changes_is_told_degree_by_degree(client: Client, owners: Owners) -> None:
    """The form of the mapping asks how to read each old degree."""
    published(owners, FIRST)
    drafts.follow(Grid.objects.get(code=CODE), "2", by=owners.one)
    signed(client, owners.one)
    scale = form_of(client.get(f"{EDIT}echelle/").content.decode())
    assert client.post(f"{EDIT}echelle/", {**scale, "3_code": "", "4_code": ""}).status_code == 302
    fates = form_of(client.get(f"{EDIT}correspondances/").content.decode())
    degrees = {f"degree|{old}": str(new) for old, new in enumerate((0, 0, 1, 2, 2))}
    assert client.post(f"{EDIT}correspondances/", {**fates, **degrees}).status_code == 302
    row = GridVersion.objects.get(version="2")
    assert drafts.checked(row.text).ok, drafts.checked(row.text).problems
    drafts.publish(row, revision=row.revision, note="", by=owners.one)
    assert reread({"a": 4, "b": 1}, CODE, "1").items["a"].value == 2


def test_the_order_is_changed_and_a_draft_abandoned(client: Client, owners: Owners) -> None:
    """Up, down, out; abandoning asks first, and a grid that never was goes with its draft."""
    drafts.deposit(file(FIRST), owner=owners.actor, by=owners.one)
    signed(client, owners.one)
    for verb in ("monter", "monter", "descendre"):
        client.post(f"{EDIT}critere/c/ranger/", {"faire": verb})
    kept = [one["code"] for one in GridVersion.objects.get().content["criteria"]]
    assert kept == ["a", "c", "b", "d"]
    assert client.post(f"{EDIT}critere/c/ranger/", {"faire": "danser"}).status_code == 422
    assert client.get(f"{EDIT}abandonner/").status_code == 200
    assert client.post(f"{EDIT}abandonner/").status_code == 302
    assert not Grid.objects.filter(code=CODE).exists()


def test_every_page_of_the_editor_is_private(client: Client, owners: Owners) -> None:
    """A stranger finds nothing while it is a draft; once public, a reader is refused and it is counted."""
    published(owners, FIRST)
    drafts.follow(Grid.objects.get(code=CODE), "2", by=owners.one)
    pages = [EDIT, *(f"{EDIT}{part}/" for part in ("en-tete", "axes", "echelle", "critere", "critere/a",
             "correspondances", "abandonner"))]  # fmt: skip
    signed(client, owners.reader)
    for path in pages:
        assert Client().get(path).status_code == 302, path
        assert Client().post(path).status_code == 404, path
        assert client.get(path).status_code == 403, path
        assert client.post(path).status_code == 403, path
    assert Refusal.objects.filter(by=owners.reader.pk, verb="grid.edit").exists()
    assert Client().get(f"/grilles/{CODE}/versions/2/").status_code == 404
    assert client.get(f"/grilles/{CODE}/comparer/?de=1&a=2").status_code == 404
    signed(client, owners.two)
    assert all(client.get(path).status_code == 200 for path in pages)


# Remarks


def test_a_remark_is_read_by_all_and_hidden_with_a_reason(client: Client, owners: Owners) -> None:
    """Hidden by moderators alone; the reason stands in its place; on a draft there is none."""
    row = published(owners, FIRST)
    yes = Permission(ok=True)
    said = remarks.say(
        row, "La question b en cache deux.", by=owners.reader, actor=None, may=yes, criterion="b"
    )
    assert "en cache deux" in client.get(f"/grilles/{CODE}/").content.decode()
    with pytest.raises(RefusedError):
        remarks.hide(said.pk, row, by=owners.one, reason="gênant")
    with pytest.raises(DomainError):
        remarks.hide(said.pk, row, by=owners.moderator, reason=" ")
    remarks.hide(said.pk, row, by=owners.moderator, reason="Hors sujet")
    page = client.get(f"/grilles/{CODE}/").content.decode()
    assert "Hors sujet" in page
    assert "en cache deux" not in page
    assert Remark.objects.get().text == "La question b en cache deux."
    for text, more in (("", {}), ("x" * 4000, {}), ("ici", {"criterion": "zz"})):
        with pytest.raises(DomainError):
            remarks.say(row, text, by=owners.reader, actor=None, may=yes, **more)
    with pytest.raises(RefusedError):
        remarks.say(row, "Bonjour", by=owners.reader, actor=None, may=Permission(ok=False, reason="non"))


# Public pages


def test_a_version_is_taken_away_in_every_form(
    client: Client, owners: Owners, django_assert_max_num_queries: Any
) -> None:
    """YAML byte for byte, JSON with its digest, PDF tagged, tables; in few queries."""
    row = published(owners, FIRST)
    base = f"/grilles/{CODE}/versions/1/"
    assert client.get(f"{base}grille.yaml").content == file(FIRST)
    told = json.loads(client.get(f"{base}grille.json").content)
    assert (told["digest"], told["content"]["criteria"][0]["code"]) == (row.digest, "a")
    pdf = client.get(f"{base}grille.pdf")
    assert pdf.content.startswith(b"%PDF")
    table = b"".join(client.get(f"{base}?format=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Question a" in table
    assert "a;échelle" in table
    assert b"Grille du r" in b"".join(client.get("/grilles/?format=csv").streaming_content)  # type: ignore[attr-defined]
    with django_assert_max_num_queries(8):
        page = client.get(f"/en{base}").content.decode()
    assert "Question a (en)" in page
    assert client.get(f"/grilles/{CODE}/versions/9/").status_code == 404
    assert client.get("/grilles/nulle-part/").status_code == 404


def test_comparing_one_version_says_what_it_is_for(client: Client, owners: Owners) -> None:
    """An empty screen says what will be there."""
    published(owners, FIRST)
    page = client.get(f"/grilles/{CODE}/comparer/").content.decode()
    assert "une version" in page
    published(owners, SECOND)
    assert "Question b1" in client.get(f"/grilles/{CODE}/comparer/").content.decode()


def test_a_question_that_was_reworded_is_shown_word_by_word(client: Client, owners: Owners) -> None:
    """What left and what came are marked, in words too for those who do not see colours."""
    published(owners, FIRST)
    changed = [criterion("a", "Question autre"), *FIRST["criteria"][1:]]
    moves = [{"keep": ["a", "b", "c", "d"]}]
    published(owners, grid("2", *changed, mapping={"from": "1", "moves": moves}))
    page = client.get(f"/grilles/{CODE}/comparer/?de=1&a=2").content.decode()
    assert re.search(r"<del><span[^>]*>retiré : </span>a</del>", page)
    assert re.search(r"<ins><span[^>]*>ajouté : </span>autre</ins>", page)
