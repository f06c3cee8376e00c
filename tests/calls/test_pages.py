"""Pages: what strangers, people without a role and owners see; forms that keep what was typed."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from terreau.accounts.models import GlobalRole, User
from terreau.calls import loading
from terreau.calls.field_form import FieldForm
from terreau.calls.models import Call, FormVersion, Programme, Role
from terreau.journal.models import Refusal
from tests.calls import making

pytestmark = pytest.mark.django_db
PARTS = (
    *("", "cadre/", "candidats/", "volets/", "financeurs/", "formulaire/", "formulaire/question/name/"),
    *("etapes/", "relecture/", "courriers/", "personnes/"),
)


def build(call: Call, part: str = "") -> str:
    return f"/appels/{call.slug}/construire/{part}"


@pytest.fixture
def call() -> Call:
    return making.call("appel-du-val", title="Appel du Val", summary="Pour coopérer.")


@pytest.fixture
def owner(call: Call) -> User:
    return making.somebody(call.programme, "owner")


def test_every_part_is_for_owners_alone(client: Client, call: Call, owner: User) -> None:
    making.sponsor(call)
    stranger, officer = making.user(), making.somebody(call, "officer")
    for part in PARTS:
        url = build(call, part)
        assert client.get(url).status_code == 302, part
        assert "/compte/connexion/" in client.get(url)["Location"]
    for person in (stranger, officer):
        making.sign_in(client, person)
        assert {client.get(build(call, part)).status_code for part in PARTS} == {403}
    assert Refusal.objects.filter(subject=call.subject, by=officer.pk).exists()
    making.sign_in(client, owner)
    for part in PARTS:
        answer = client.get(build(call, part))
        assert answer.status_code == 200, part
        assert answer.content.decode().count("<h1") == 1, part
        assert "no-store" in answer["Cache-Control"]


def test_a_draft_does_not_exist_for_strangers(client: Client) -> None:
    call = making.call("secret", state="draft", title="Secret")
    owner = making.somebody(call.programme, "owner")
    urls = [
        "/appels/secret/",
        "/appels/secret/puis-je/",
        "/appels/secret/copier/",
        build(call),
        build(call, "cadre/"),
    ]
    for person in (None, making.user(), making.somebody(making.call(), "owner")):
        if person:
            making.sign_in(client, person)
        assert {client.get(url).status_code for url in urls} == {404}
        assert "Secret" not in client.get("/appels/").content.decode()
    making.sign_in(client, owner)
    assert {client.get(url).status_code for url in urls} == {200}
    assert "Secret" in client.get("/appels/").content.decode()
    Role.objects.filter(user=owner).update(valid_to=date(2021, 1, 1))
    assert {client.get(url).status_code for url in urls} == {404}


def test_a_draft_programme_does_not_exist_for_strangers(client: Client) -> None:
    programme = making.programme("cache", state="draft", name="Caché")
    assert client.get("/programmes/cache/").status_code == 404
    assert client.get("/programmes/cache/modifier/").status_code == 404
    assert "Caché" not in client.get("/programmes/").content.decode()
    making.sign_in(client, making.somebody(programme, "owner"))
    assert client.get("/programmes/cache/").status_code == 200
    assert client.get("/programmes/cache/modifier/").status_code == 200


def test_without_a_second_factor_a_role_is_nothing(client: Client, call: Call) -> None:
    person = making.user()
    Role.objects.create(user=person, call=call, role="owner", valid_from=date(2020, 1, 1))
    client.force_login(person)
    answer = client.get(build(call))
    assert answer.status_code == 302
    assert "/compte/securite/obligatoire/" in answer["Location"]


def test_the_shipped_calls_are_shown_with_their_sources(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    loading.load_shipped(save=True)
    with django_assert_max_num_queries(12):
        page = client.get("/appels/").content.decode()
    assert page.count("exemple reconstruit des sources") == 9
    with django_assert_max_num_queries(20):
        page = client.get("/appels/appel-2015/").content.decode()
    assert "laissé au porteur du programme" in page
    assert "30 juin 2015 à 23:59 (heure de Paris)" in page
    assert "defi-metiers.fr" in page
    english = client.get("/en/appels/appel-2015/").content.decode()
    assert "2015 call for projects" in english
    page = client.get("/programmes/experimentation-20-millions/").content.decode()
    assert "jamais été institué" in page
    exported = client.get("/appels/?format=csv").getvalue().decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(exported)))) == 10


def test_an_invented_call_says_so_and_one_closed_by_hand_too(client: Client) -> None:
    soon = timezone.now() + timedelta(days=3)
    making.call("essai", title="Essai", example=True, state="closed", closes_at=soon)
    making.call("relu", title="Relu", example=True, source="un rapport")
    page = client.get("/appels/").content.decode()
    assert page.count("exemple fictif") == page.count("exemple reconstruit des sources") == 1
    assert f"fermé avant le {date_format(timezone.localtime(soon), 'DATE_FORMAT')}" in page
    invented = client.get("/appels/essai/").content.decode()
    assert "exemple fictif" in invented
    assert "reconstruit" not in invented


def test_who_begins_a_programme_then_a_call(client: Client) -> None:
    making.sign_in(client, making.user())
    assert client.get("/programmes/nouveau/").status_code == 403
    assert client.get("/appels/nouveau/").status_code == 403
    officer = making.user(factor=True)
    GlobalRole.objects.create(user=officer, role="officer", valid_from=date(2020, 1, 1))
    making.sign_in(client, officer)
    assert client.get("/appels/nouveau/")["Location"] == "/programmes/nouveau/"
    answer = client.post("/programmes/nouveau/", {"name": "Fonds", "summary": "Un fonds.", "level": "local"})
    assert answer.status_code == 422
    values = {
        "name": "Fonds",
        "summary": "Un fonds.",
        "level": "local",
        "owner_name": "Agglo",
        "envelope_cents": "12,5",
    }
    answer = client.post("/programmes/nouveau/", values)
    assert answer["Location"] == "/programmes/fonds/"
    assert Programme.objects.get().envelope_cents == 1250
    answer = client.post("/appels/nouveau/", {"programme": "fonds", "title": "Appel 2030"})
    assert answer["Location"] == "/appels/appel-2030/construire/"
    page = client.get(answer["Location"]).content.decode()
    assert "Dites quand l&#x27;appel ouvre" in page or "Dites quand l'appel ouvre" in page
    strand: dict[str, Any] = {
        "name": "Études",
        "kind": "feasibility",
        "support": ["intellectual"],
        "dimensions": ["governance"],
    }
    assert client.post("/programmes/fonds/volets/nouveau/", strand).status_code == 302
    assert client.post("/appels/appel-2030/construire/volets/", {"volets": ["etudes"]}).status_code == 302
    assert Call.objects.get().strands.get().dimensions == ["governance"]
    strand |= {"support": ["job"], "seen": '{"support": "intellectual", "dimensions": "governance"}'}
    assert client.post("/programmes/fonds/volets/etudes/", strand).status_code == 302
    assert Call.objects.get().strands.get().support == ["job"]


def test_the_frame_keeps_what_was_typed_and_two_owners_apart(client: Client, call: Call, owner: User) -> None:
    making.sign_in(client, owner)
    url = build(call, "cadre/")
    seen = client.get(url).context["form"].initial["seen"]
    values = {
        "title": "Appel du Val",
        "summary": "Pour coopérer.",
        "opens_at": "2026-01-05T09:00",
        "closes_at": "2026-01-04T09:00",
        "tolerance": "0",
        "late": "refuse",
        "min_cents": "30000",
        "seen": seen,
    }
    answer = client.post(url, values)
    assert answer.status_code == 422
    assert "La fermeture suit l" in answer.content.decode()
    assert 'value="30000"' in answer.content.decode()
    values["closes_at"] = "2026-06-30T23:59:59"
    assert client.post(url, values).status_code == 302
    call.refresh_from_db()
    assert (call.min_cents, call.closes_at.isoformat()) == (3_000_000, "2026-06-30T21:59:59+00:00")  # type: ignore[union-attr]
    Call.objects.filter(pk=call.pk).update(title="Titre d'Ola", version=9)
    answer = client.post(url, {**values, "title": "Mon titre"})
    assert answer.status_code == 409
    assert "Titre d&#x27;Ola" in answer.content.decode()
    again = answer.context["form"].data["seen"]
    assert client.post(url, {**values, "title": "Mon titre", "seen": again}).status_code == 302
    call.refresh_from_db()
    assert call.title == "Mon titre"


def test_rows_grow_are_refused_and_kept(client: Client, call: Call, owner: User) -> None:
    making.sign_in(client, owner)
    url = build(call, "relecture/")
    page = client.get(url)
    values = {
        "seen": page.context["form"].initial["seen"],
        "count": "1",
        "reviewers": "2",
        "l0-label": "Coopération réelle",
        "l0-weight": "deux",
    }
    assert client.post(url, values).status_code == 422
    grown = client.post(url, {**values, "l0-weight": "2", "ajouter": "1"})
    assert grown.status_code == 200
    assert 'name="l1-label"' in grown.content.decode()
    assert "Coopération réelle" in grown.content.decode()
    call.refresh_from_db()
    assert call.review == {}
    assert client.post(url, {**values, "l0-weight": "2", "l0-text": "on"}).status_code == 302
    call.refresh_from_db()
    [one] = call.review["criteria"]
    assert (one["code"], one["weight"], one["max"], one["text"]) == ("critere-1", 2, None, True)
    stale = client.post(url, {**values, "l0-label": "Autre", "l0-weight": ""})
    assert stale.status_code == 409
    again = {**values, "l0-label": "Autre", "l0-weight": "", "seen": stale.context["form"].data["seen"]}
    assert client.post(url, again).status_code == 302


def test_a_new_row_never_takes_the_code_of_another(client: Client, call: Call, owner: User) -> None:
    rows = [{"code": f"critere-{n}", "label": f"Critère {n}", "source": f"source {n}"} for n in (2, 3)]
    Call.objects.filter(pk=call.pk).update(review={"reviewers": 2, "criteria": rows})
    making.sign_in(client, owner)
    url = build(call, "relecture/")
    seen = client.get(url).context["form"].initial["seen"]
    sent = {"seen": seen, "count": "4", "l2-label": "Neuf", "l3-label": "Neuf aussi"}
    sent |= {f"l{place}-{name}": row[name] for place, row in enumerate(rows) for name in ("code", "label")}
    assert client.post(url, sent).status_code == 302
    call.refresh_from_db()
    made = [(one["code"], one["source"]) for one in call.review["criteria"]]
    assert made == [
        ("critere-2", "source 2"),
        ("critere-3", "source 3"),
        ("critere-4", ""),
        ("critere-5", ""),
    ]


def test_numbers_that_no_page_sends_break_nothing(client: Client, call: Call, owner: User) -> None:
    making.sign_in(client, owner, proved=True)
    assert client.post(build(call, "relecture/"), {"count": "²", "ajouter": "1"}).status_code == 200
    sponsor = {"count": "1", "seen": "[]", "l0-name": "Agglo", "l0-id": "x", "l0-opinion": "none"}
    assert client.post(build(call, "financeurs/"), sponsor).status_code == 302
    assert client.post(build(call, "personnes/"), {"faire": "finir", "role": "²"}).status_code == 404


def test_applicants_sponsors_stages_and_letters_are_written(client: Client, call: Call, owner: User) -> None:
    making.sign_in(client, owner)
    url = build(call, "candidats/")
    values: dict[str, Any] = {
        "count": "1",
        "applicants": ["pole"],
        "categories": ["existing"],
        "l0-label": "Chez nous",
    }
    assert client.post(url, {**values, "l0-rule": "territory"}).status_code == 422
    rule = {"l0-rule": "territory", "l0-what": "region:27, region:11", "l0-expected": "oui"}
    assert client.post(url, {**values, **rule}).status_code == 302
    call.refresh_from_db()
    assert call.criteria[0]["zones"] == ["region:27", "region:11"]
    assert (call.applicants, call.categories, call.deposit) == (["pole"], ["existing"], {})
    signed = {"seen": client.get(url).context["form"].initial["seen"], "l0-code": "regle-1", "signed": "on"}
    assert client.post(url, {**values, **rule, **signed, "channels": ["paper"]}).status_code == 302
    call.refresh_from_db()
    assert call.deposit == {"channels": ["paper"], "both": False, "signed": True}
    sponsors = {
        "count": "1",
        "seen": "[]",
        "l0-name": "Agglo",
        "l0-share_rate": "75",
        "l0-opinion": "mandatory",
    }
    assert client.post(build(call, "financeurs/"), sponsors).status_code == 302
    assert call.sponsors.get().share_rate == 7500
    stages = {"by": "score", "tie": "draw", "committee-used": "on", "committee-opinion": "mandatory"}
    others = {"region-opinion": "none", "national-opinion": "none", "committee-label": "Le bureau"}
    refused = client.post(build(call, "etapes/"), {**stages, **others})
    assert (refused.status_code, "l&#x27;étape «" in refused.content.decode()) == (409, True)
    assert 'value="Le bureau"' in refused.content.decode()
    Call.objects.filter(pk=call.pk).update(opens_at=timezone.now() + timedelta(days=1))
    assert client.post(build(call, "etapes/"), {**stages, **others}).status_code == 302
    call.refresh_from_db()
    assert call.stage_codes == ("committee",)
    assert call.ranking == {"by": "score", "tie": "draw"}
    url = build(call, "courriers/")
    assert client.post(url, {"refused-subject": "Non", "refused-body": "{motifs}"}).status_code == 422
    assert client.post(url, {"refused-subject": "Non", "refused-body": "{motif}"}).status_code == 302
    call.refresh_from_db()
    assert call.letters == {"refused": {"subject": "Non", "body": "{motif}"}}


def test_a_question_is_written_without_code(client: Client, call: Call, owner: User) -> None:
    making.sign_in(client, owner)
    home = build(call, "formulaire/")
    new = f"{home}question/"
    place = {"page": "projet", "partie": "aide"}
    assert client.get(new, place).status_code == 200
    assert client.get(new, {"page": "x", "partie": "y"}).status_code == 404
    values = {**place, "label": "Quelle énergie ?", "kind": "choice", "options": ""}
    assert client.post(new, values).status_code == 422
    values |= {
        "options": "Soleil | Sun\nVent",
        "when_field": "category",
        "when_op": "eq",
        "when_value": "Autre",
    }
    assert client.post(new, values).status_code == 422
    answer = client.post(new, {**values, "when_value": "Pôle existant"})
    assert answer.status_code == 302
    draft = FormVersion.objects.get(call=call, published_at=None)
    one = draft.content["pages"][1]["sections"][0]["fields"][-1]
    assert one == {
        "key": "quelle_energie",
        "kind": "choice",
        "label": "Quelle énergie ?",
        "options": [
            {"code": "soleil", "label": "Soleil", "label_en": "Sun"},
            {"code": "vent", "label": "Vent"},
        ],
        "show_when": {"field": "category", "op": "eq", "value": "existing"},
    }
    url = f"{home}question/quelle_energie/"
    form = client.get(url).context["form"]
    typed = {name: form.initial.get(name) or "" for name in form.fields}
    typed |= {"options": "Vent\nSoleil\nEau", "required": "on"}
    assert client.post(url, typed).status_code == 302
    draft.refresh_from_db()
    one = draft.content["pages"][1]["sections"][0]["fields"][-1]
    assert [option["code"] for option in one["options"]] == ["vent", "soleil", "eau"]
    stale = client.post(url, {**typed, "label": "Autre"})
    assert stale.status_code == 409
    for asked, expected in (
        ({"faire": "deplacer", "cle": "quelle_energie", "sens": "monter"}, 302),
        ({"faire": "page", "title": "Fin"}, 302),
        ({"faire": "renommer", "page": "fin", "section": "", "title": "La fin", "title_en": "End"}, 302),
        ({"faire": "retirer", "cle": "quelle_energie"}, 302),
        ({"faire": "retirer-partie", "page": "fin", "section": ""}, 302),
    ):
        assert client.post(home, asked).status_code == expected, asked
    assert "La fin" not in client.get(home).content.decode()
    page = client.get(f"{home}publier/")
    assert page.status_code in {200, 302}


def test_a_table_and_a_complex_condition_survive_the_page(client: Client) -> None:
    call = making.call(content=_content())
    making.sign_in(client, making.somebody(call, "owner"))
    url = build(call, "formulaire/question/table/")
    form = client.get(url).context["form"]
    assert form.initial["columns"] == "Poste : texte *\nMontant | Amount : euros"
    typed = {name: form.initial.get(name) or "" for name in form.fields}
    assert client.post(url, {**typed, "columns": "Poste : sorte"}).status_code == 422
    assert client.post(url, {**typed, "label": "Le tableau"}).status_code == 302
    held = FormVersion.objects.get(call=call, published_at=None).content["pages"][0]["sections"][0]["fields"]
    assert held[1]["show_when"] == _content()["pages"][0]["sections"][0]["fields"][1]["show_when"]
    assert [one["key"] for one in held[1]["columns"]] == ["post", "cents"]
    assert (held[1]["label"], held[1]["origin"]) == ("Le tableau", "une source")


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("number", "12,50", "12.5"),
        ("number", "1 250", "1250"),
        ("number", "beaucoup", None),
        ("date", "30/06/2026", "2026-06-30"),
        ("date", "2026-06-30", "2026-06-30"),
        ("date", "demain", None),
        ("euro", "1\u202f000", 100_000),
    ],
)
def test_the_value_of_a_condition_is_typed_as_people_write(kind: str, typed: str, value: Any) -> None:
    read = {"key": "read", "kind": kind, "label": "Lue"}
    data = {"kind": "text", "label": "Suite", "when_field": "read", "when_op": "at_least"}
    form = FieldForm(data | {"when_value": typed}, before=[read], grids={})
    assert form.is_valid() is (value is not None)
    if value is not None:
        condition = form.field(set())["show_when"]
        assert condition == {"field": "read", "op": "at_least", "value": value}


def _content() -> dict[str, Any]:
    asked = {"key": "asked", "kind": "yes_no", "label": "Demandé ?"}
    table = {
        "key": "table",
        "kind": "table",
        "label": "Tableau",
        "origin": "une source",
        "columns": [
            {"key": "post", "label": "Poste", "kind": "text", "required": True},
            {"key": "cents", "label": "Montant", "label_en": "Amount", "kind": "euro"},
        ],
        "show_when": {
            "any": [{"field": "asked", "op": "eq", "value": True}, {"field": "asked", "op": "filled"}]
        },
    }
    section = {"code": "s", "title": "S", "fields": [asked, table]}
    return {"pages": [{"code": "p", "title": "P", "sections": [section]}]}


def test_publishing_and_naming_ask_for_a_fresh_proof(client: Client, call: Call, owner: User) -> None:
    making.sign_in(client, owner)
    for url, sent in (
        (build(call), {"faire": "closed"}),
        (build(call, "personnes/"), {"email": "a@b.example"}),
    ):
        answer = client.post(url, sent)
        assert answer.status_code == 302
        assert "/compte/" in answer["Location"]
    call.refresh_from_db()
    assert call.state == "open"


def test_people_are_named_and_ended_from_the_page(client: Client, call: Call, owner: User) -> None:
    making.sign_in(client, owner, proved=True)
    other = making.user("Otto")
    url = build(call, "personnes/")
    assert (
        client.post(url, {"email": "x@y.example", "role": "officer", "since": "2026-01-01"}).status_code
        == 422
    )
    assert (
        client.post(url, {"email": other.email, "role": "reviewer", "since": "2026-01-01"}).status_code == 302
    )
    row = Role.objects.get(user=other)
    assert row.named_by == owner
    assert client.post(url, {"faire": "finir", "role": str(row.pk)}).status_code == 302
    row.refresh_from_db()
    assert row.valid_to is not None
    assert client.post(url, {"faire": "finir", "role": "99999"}).status_code == 404


def test_who_begins_programmes_names_the_first_owner_and_nobody_after(client: Client) -> None:
    programme, first, other = making.programme(), making.user("Ola"), making.user("Otto")
    admin = making.user(factor=True)
    GlobalRole.objects.create(user=admin, role="administrator", valid_from=date(2020, 1, 1))
    making.sign_in(client, admin, proved=True)
    home = f"/programmes/{programme.slug}/"
    assert f"{home}personnes/" in client.get(home).content.decode()
    named = {"role": "owner", "since": "2026-01-01"}
    done = client.post(f"{home}personnes/", {**named, "email": first.email}, follow=True)
    assert done.status_code == 200
    assert "Cette personne a le rôle" in done.content.decode()
    assert f"{home}personnes/" not in client.get(home).content.decode()
    assert client.post(f"{home}personnes/", {**named, "email": other.email}).status_code == 403
    assert not Role.objects.filter(user__in=[admin, other]).exists()
    assert Refusal.objects.filter(subject=programme.subject, by=admin.pk).exists()
    first.is_active = False
    first.save()
    assert client.post(f"{home}personnes/", {**named, "email": other.email}).status_code == 302


def test_the_next_year_is_a_copy(client: Client, owner: User, call: Call) -> None:
    Call.objects.filter(pk=call.pk).update(title="Appel 2026 du Val")
    making.sign_in(client, owner)
    url = f"/appels/{call.slug}/copier/"
    assert client.get(url).context["form"].initial["title"] == "Appel 2027 du Val"
    answer = client.post(url, {"title": "Appel 2027 du Val", "people": "on"})
    assert answer["Location"] == "/appels/appel-2027-du-val/construire/"
    assert client.get(answer["Location"]).status_code == 200
