"""Pages of labels: what anybody reads, what a pole and the keepers do, what each is refused."""

import html
import json
from datetime import timedelta
from typing import Any

from django.test import Client

from terreau.common.canonical import digest
from terreau.journal.models import Refusal
from terreau.labels.models import Advantage, Certificate, Finding, Keeper, LabelRequest, Scheme
from terreau.labels.national import statements
from tests.followup import making as followup
from tests.labels.making import Labelling
from tests.people import People


def _in(client: Client, user: Any) -> Client:
    """Sign somebody in who has just proved who they are."""

    class Nobody:
        moderator = moderator_elsewhere = officer = administrator = user

    People.sign_in(Nobody, client, user, proved=True)  # type: ignore[arg-type]
    return client


def _text(answer: Any) -> str:
    content = answer.getvalue() if answer.streaming else answer.content
    return html.unescape(content.decode())


def test_the_list_says_that_there_is_no_national_label(client: Client, labelling: Labelling) -> None:
    text = _text(client.get("/labels/"))
    assert "Pôle durable" in text
    assert "Il n'existe pas de label national" in text
    assert "§7" in text
    assert [one.code for one in statements()] == ["proposed", "never", "advantages"]
    for status in ("Reconnu par la charte", "Lauréat", "Labellisé"):
        assert status in text
    assert "never instituted" in _text(client.get("/en/labels/"))


def test_a_stranger_reads_the_register_and_never_a_request(client: Client, labelling: Labelling) -> None:
    row = labelling.ask()
    for tail in (f"{row.number}/", f"{row.number}.pdf", f"{row.number}/suivre/", f"instruire/{row.number}/"):
        assert client.get(labelling.path(tail)).status_code == 404
    assert labelling.course.pole.actor.name not in _text(client.get(labelling.path()))
    labelling.grant(labelling.found(row))
    assert labelling.course.pole.actor.name in _text(client.get(labelling.path()))
    page = _text(client.get(labelling.path("1/")))
    assert "en vigueur" in page
    assert "Les critères sont là." not in page


def test_the_register_is_exported(client: Client, labelling: Labelling) -> None:
    labelling.granted()
    text = _text(client.get(labelling.path("?format=csv")))
    assert "POLE-DURABLE-0001" in text
    assert labelling.decider.name not in text


def test_the_certificate_is_a_pdf_that_says_where_to_check(client: Client, labelling: Labelling) -> None:
    labelling.granted()
    answer = client.get(labelling.path("1.pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert b"/StructTreeRoot" in answer.content or b"StructTreeRoot" in answer.content
    assert client.get(labelling.path("1.pdf")).content == answer.content


def test_a_passer_by_reads_what_a_certificate_is_worth(client: Client, labelling: Labelling) -> None:
    made = labelling.granted()
    token = Certificate.objects.get().token
    people = (labelling.decider, labelling.keeper, labelling.course.animator)
    for verb, word in (("", "En vigueur"), ("suspend", "Suspendu"), ("withdraw", "Retiré")):
        if verb:
            labelling.decide(made, verb)
        answer = client.get(f"/verifier/{token}/")
        text = _text(answer)
        assert f'<p class="worth-word">{word}' in text
        assert "no-store" in answer["Cache-Control"]
        assert not [user for user in people if user.name in text or user.email in text]
        assert "Parce que." not in text


def test_the_proof_is_enough_to_check_without_the_site(client: Client, labelling: Labelling) -> None:
    labelling.granted()
    token = Certificate.objects.get().token
    found = json.loads(client.get(f"/verifier/{token}/preuve.json").content)
    assert digest(found["content"]) == found["sha256"] == found["event"]["data"]["digest"]
    assert (found["sound"], found["state"], found["seal"]) == (True, "valid", None)


def test_a_code_is_typed_and_an_unknown_one_is_said(client: Client, labelling: Labelling) -> None:
    labelling.granted()
    token = Certificate.objects.get().token
    answer = client.get("/verifier/", {"code": token.lower().replace("-", " ")})
    assert answer["Location"].endswith(f"/verifier/{token}/")
    assert client.get("/verifier/", {"code": "trop court"}).status_code == 422
    unknown = client.get("/verifier/0000-0000-0000/")
    assert unknown.status_code == 404
    assert "Inconnu" in _text(unknown)
    assert b"<code><script>" not in client.get("/verifier/%3Cscript%3E/").content
    assert client.get("/verifier/0000-0000-0000/preuve.json").status_code == 404


def test_a_pole_asks_from_the_page_once_its_evaluation_is_concluded(
    client: Client, labelling: Labelling
) -> None:
    page = labelling.path("demander/")
    assert "/compte/connexion/" in client.get(page)["Location"]
    _in(client, labelling.course.animator)
    assert labelling.course.dossier.reference in _text(client.get(page))
    answer = client.post(page, {"pole": labelling.course.pole.pk, "words": "Nous y sommes."})
    assert answer.status_code == 422
    answer = client.post(page, {"pole": labelling.course.pole.pk, "words": "Prêts.", "agreed": "on"})
    assert answer["Location"].endswith("/1/suivre/")
    again = _text(client.get(page))
    assert "attend déjà une réponse" in again


def test_who_animates_no_pole_is_told_why(client: Client, labelling: Labelling) -> None:
    _in(client, labelling.course.stranger)
    assert "Il faut animer un pôle" in _text(client.get(labelling.path("demander/")))


def test_a_keeper_answers_the_criteria_and_two_are_told_of_each_other(
    client: Client, labelling: Labelling
) -> None:
    row = labelling.ask()
    page = labelling.path(f"instruire/{row.number}/")
    _in(client, labelling.keeper)
    client.post(page, {"faire": "take", "seen": row.version})
    sent = {"faire": "find", "answer-A1": "oui", "seen-A1": "0", "answer-A2": "non", "seen-A2": "0"}
    refused = client.post(page, sent)
    assert refused.status_code == 422
    assert not Finding.objects.exists()
    client.post(page, {**sent, "words-A2": "Rien."})
    assert dict(Finding.objects.values_list("criterion", "answer")) == {"A1": "oui", "A2": "non"}
    stale = client.post(page, {"faire": "find", "answer-A1": "a_verifier", "words-A1": "Hm.", "seen-A1": "0"})
    assert stale.status_code == 409
    text = _text(stale)
    assert "Hm." in text
    assert "vient d" in text
    done = client.post(page, {"faire": "find", "answer-A1": "a_verifier", "words-A1": "Hm.", "seen-A1": "1"})
    assert done.status_code == 302


def test_a_decision_asks_for_a_proof_and_is_made_once(client: Client, labelling: Labelling) -> None:
    row = labelling.found(labelling.ask())
    page = labelling.path(f"instruire/{row.number}/")
    client.force_login(labelling.decider)
    sent = {"faire": "grant", "reason": "Tout y est.", "seen": row.version}
    answer = client.post(page, sent)
    assert "/compte/" in answer["Location"]
    row.refresh_from_db()
    assert row.state == "instructed"
    _in(client, labelling.decider)
    assert client.post(page, sent).status_code == 302
    row.refresh_from_db()
    assert row.state == "granted"
    again = client.post(page, {"faire": "refuse", "reason": "Non.", "seen": sent["seen"]})
    assert again.status_code == 409
    assert "Relisez la page" in _text(again)


def test_who_instructs_does_not_decide_and_it_is_journalled(client: Client, labelling: Labelling) -> None:
    row = labelling.found(labelling.ask())
    _in(client, labelling.keeper)
    page = labelling.path(f"instruire/{row.number}/")
    text = _text(client.get(page))
    assert "Accorder le label" not in text
    answer = client.post(page, {"faire": "grant", "reason": "Oui.", "seen": row.version})
    assert answer.status_code == 403
    assert Refusal.objects.filter(by=labelling.keeper.pk, verb="label.decides").exists()


def test_a_keeper_of_the_pole_is_refused(client: Client, labelling: Labelling) -> None:
    row = labelling.ask()
    followup.belong(labelling.keeper, labelling.course.member)
    _in(client, labelling.keeper)
    assert client.get(labelling.path(f"instruire/{row.number}/")).status_code == 403
    assert client.get(labelling.path(f"{row.number}/suivre/")).status_code == 200


def test_keepers_pages_are_theirs(client: Client, labelling: Labelling) -> None:
    row = labelling.ask()
    for who, expected in (("stranger", 404), ("officer", 404), ("animator", 403)):
        _in(client, getattr(labelling.course, who))
        assert client.get(labelling.path("instruire/")).status_code == 403
        assert client.get(labelling.path("tenir/")).status_code == 403
        assert client.get(labelling.path(f"instruire/{row.number}/")).status_code == expected
        client.logout()


def test_an_expired_role_is_no_role(client: Client, labelling: Labelling) -> None:
    Keeper.objects.update(valid_to=labelling.today)
    _in(client, labelling.keeper)
    assert client.get(labelling.path("instruire/")).status_code == 403


def test_the_pole_follows_contests_and_answers_its_plan(client: Client, labelling: Labelling) -> None:
    row = labelling.found(labelling.ask(), no=("A1",))
    _in(client, labelling.owner)
    page = labelling.path(f"instruire/{row.number}/")
    due = (labelling.today + timedelta(days=90)).isoformat()
    sent = {
        "faire": "grant",
        "reason": "Avec un plan.",
        "seen": row.version,
        "step_1": "Ouvrir",
        "due_1": due,
    }
    assert client.post(page, {**sent, "due_1": ""}).status_code == 422
    assert client.post(page, sent).status_code == 302
    row.refresh_from_db()
    client.post(page, {"faire": "suspend", "reason": "Comptes absents.", "seen": row.version})
    row.refresh_from_db()
    client.logout()
    _in(client, labelling.course.animator)
    mine = labelling.path(f"{row.number}/suivre/")
    text = _text(client.get(mine))
    for said in ("Comptes absents.", "Avec un plan.", "Contester cette décision", "Ouvrir"):
        assert said in text
    step = row.plan.get()
    assert client.post(mine, {"faire": f"done-{step.pk}", "words": "Fait."}).status_code == 302
    client.post(mine, {"faire": "appeal", "reason": "Ils sont envoyés.", "seen": row.version})
    row.refresh_from_db()
    assert row.state == "in_appeal"
    client.logout()
    client.force_login(labelling.course.colleague)
    assert client.get(mine).status_code == 404


def test_a_member_of_the_pole_reads_and_does_not_act(client: Client, labelling: Labelling) -> None:
    row = labelling.granted()
    member = followup.belong(labelling.course.stranger, labelling.course.member)
    _in(client, member)
    page = labelling.path(f"{row.number}/suivre/")
    assert client.get(page).status_code == 200
    assert client.post(page, {"faire": "drop", "reason": "x", "seen": row.version}).status_code == 403


def test_an_advantage_is_written_and_interrupted(client: Client, labelling: Labelling) -> None:
    row = labelling.granted()
    _in(client, labelling.keeper)
    page = labelling.path(f"instruire/{row.number}/")
    sent = {
        "faire": "advantage",
        "actor": labelling.course.member.pk,
        "kind": "social",
        "legal_basis": "Délibération 2026-12",
        "starts_on": labelling.today.isoformat(),
        "cents": "12 000,50",
    }
    assert client.post(page, {**sent, "legal_basis": ""}).status_code == 422
    assert client.post(page, {**sent, "actor": labelling.scheme.owner_id}).status_code == 422
    assert client.post(page, sent).status_code == 302
    made = Advantage.objects.get()
    assert made.cents == 1_200_050
    assert "Délibération 2026-12" in _text(client.get(labelling.path("avantages/")))
    assert "12000.5" in _text(client.get(labelling.path("avantages/?format=csv"))).replace(",", ".")
    client.post(page, {"faire": "end", "about": made.pk, "reason": "Arrêté"})
    made.refresh_from_db()
    assert made.ended_on == labelling.today


def test_an_owner_makes_a_label_and_names_its_keepers(client: Client, labelling: Labelling) -> None:
    _in(client, labelling.owner)
    sent = {
        "owner": labelling.scheme.owner_id,
        "version": labelling.scheme.grid_version_id,
        "name": "Pôle solidaire",
        "summary": "Autre chose.",
        "months": 24,
        "renew_months": 6,
        "appeal_days": 30,
    }
    taken = client.post("/labels/nouveau/", {**sent, "name": "Pôle durable"})
    assert "porte déjà ce nom" in _text(taken)
    answer = client.post("/labels/nouveau/", sent)
    assert answer["Location"].endswith("/labels/pole-solidaire/tenir/")
    assert Client().get("/labels/pole-solidaire/").status_code == 404
    page = "/labels/pole-solidaire/tenir/"
    missing = client.post(page, {"faire": "name", "email": "personne@example.org", "role": "decides"})
    assert missing.status_code == 422
    client.post(page, {"faire": "name", "email": labelling.decider.email.upper(), "role": "decides"})
    assert client.post(page, {"faire": "close"}).status_code == 409
    assert Client().get("/labels/pole-solidaire/").status_code == 404
    client.post(page, {"faire": "publish"})
    assert Client().get("/labels/pole-solidaire/").status_code == 200
    held = Keeper.objects.get(scheme__slug="pole-solidaire")
    client.post(page, {"faire": "end", "about": held.pk})
    held.refresh_from_db()
    assert held.valid_to is not None
    assert Scheme.objects.get(slug="pole-solidaire").months == 24


def test_who_animates_many_poles_is_told_of_each_in_few_queries(
    client: Client, labelling: Labelling, django_assert_max_num_queries: Any
) -> None:
    for rank in range(25):
        pole = followup.pole(f"Pôle {rank}", slug=f"pole-{rank}")
        followup.belong(labelling.course.animator, pole.actor)
    _in(client, labelling.course.animator)
    with django_assert_max_num_queries(30):
        text = _text(client.get(labelling.path("demander/")))
    assert text.count("ne peut pas le demander aujourd'hui") == 25
    assert labelling.course.dossier.reference in text


def test_lists_ask_few_queries_whatever_they_hold(
    client: Client, labelling: Labelling, django_assert_max_num_queries: Any
) -> None:
    row = labelling.granted()
    with django_assert_max_num_queries(30):
        client.get(labelling.path())
    with django_assert_max_num_queries(30):
        client.get(f"/verifier/{Certificate.objects.get().token}/")
    _in(client, labelling.decider)
    with django_assert_max_num_queries(30):
        client.get(labelling.path("instruire/"))
    with django_assert_max_num_queries(30):
        client.get(labelling.path(f"instruire/{row.number}/"))
    assert LabelRequest.objects.count() == 1
