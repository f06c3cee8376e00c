"""The pages of a file, by each of those who may or may not open them."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from terreau.actors.models import Belonging
from terreau.calls.models import FormVersion
from terreau.dossiers import actions, deposit, frozen, moving
from terreau.dossiers.models import Dossier, FrozenCopy, Receipt
from terreau.journal.models import Refusal
from terreau.poles.models import Carrier
from tests.dossiers import making
from tests.dossiers.conftest import Desk
from tests.people import enrol


def page(desk: Desk, tail: str = "") -> str:
    return f"/dossiers/{desk.dossier.pk}/{tail}"


def sent(**answers: Any) -> dict[str, Any]:
    """Return what the browser sends for questions of the page that nobody had answered."""
    data = dict(answers)
    for key in answers:
        data |= {f"{key}--sent": "1", f"{key}--base": "0"}
    return data


def belong(user: Any, actor: Any, role: str = "member") -> None:
    now = timezone.now()
    Belonging.objects.create(
        user=user, actor=actor, role=role, asked_at=now, confirmed_at=now, confirmed_by=user
    )


def enter(client: Client, user: Any) -> None:
    """Sign in, with the second factor that a role asks for."""
    enrol(user)
    client.force_login(user)


PAGES = ("", "ecrire/projet/", "deposer/", "copies/")


@pytest.mark.parametrize(
    ("who", "status"), [("lead", 200), ("writer", 200), ("reader", 200), ("stranger", 404), ("officer", 403)]
)
def test_a_draft_is_read_by_its_team_alone(desk: Desk, client: Client, who: str, status: int) -> None:
    enter(client, getattr(desk, who))
    found = {client.get(page(desk, tail)).status_code for tail in PAGES}
    assert found == ({200, 302} if who == "reader" else {status})
    assert Refusal.objects.filter(by=desk.officer.pk).exists() is (who == "officer")
    client.logout()
    assert client.get(page(desk)).status_code == 404


def test_an_officer_of_another_region_is_refused_and_it_is_journalled(desk: Desk, client: Client) -> None:
    here, elsewhere = making.region("27"), making.region("53")
    done = making.dossier(desk.call, state="deposited", zone=here, answers=making.COMPLETE)
    other = making.person("Ailleurs")
    making.role(other, desk.call, zone=elsewhere)
    mine = making.person("Ici")
    making.role(mine, desk.call, zone=here)
    for user, status in ((other, 403), (mine, 200), (desk.officer, 200)):
        enter(client, user)
        assert client.get(f"/dossiers/{done.pk}/").status_code == status
        assert client.post(f"/dossiers/{done.pk}/ecrire/projet/", sent(title="x")).status_code == 403
    assert Refusal.objects.filter(subject=done.subject, by=other.pk, verb="dossier.read").exists()


def test_a_page_is_written_without_javascript(desk: Desk, client: Client) -> None:
    client.force_login(desk.writer)
    data = sent(title="Une conserverie", summary="Des bocaux.", asked="45 000,50")
    answer = client.post(page(desk, "ecrire/projet/"), data)
    assert (answer.status_code, answer["Location"]) == (302, page(desk, "ecrire/equipe/"))
    assert actions.values_of(desk.dossier) == {
        "title": "Une conserverie",
        "summary": "Des bocaux.",
        "asked": 4_500_050,
    }


def test_what_cannot_be_read_is_shown_again_and_the_rest_is_kept(desk: Desk, client: Client) -> None:
    client.force_login(desk.lead)
    answer = client.post(page(desk, "ecrire/projet/"), sent(title="Une conserverie", asked="beaucoup"))
    assert answer.status_code == 422
    assert 'value="beaucoup"' in answer.content.decode()
    assert actions.values_of(desk.dossier) == {"title": "Une conserverie"}


def test_a_field_is_saved_by_itself_and_opens_another(desk: Desk, client: Client) -> None:
    client.force_login(desk.lead)
    data = sent(jobs="3", employs="oui") | {"seulement": "employs"}
    text = client.post(page(desk, "ecrire/equipe/"), data).content.decode()
    assert actions.values_of(desk.dossier) == {"employs": True}
    assert "Enregistré" in text
    assert 'id="q-since"' in text
    assert 'id="q-jobs"' not in text
    assert 'id="base-employs"' in text


def test_two_on_one_field_see_both_answers_and_choose(desk: Desk, client: Client) -> None:
    actions.answer(desk.dossier, "title", "Une cuisine", base_version=0, by=desk.writer)
    client.force_login(desk.lead)
    data = sent(title="Une conserverie", summary="Des bocaux.")
    answer = client.post(page(desk, "ecrire/projet/"), data)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Karim a répondu pendant que vous écriviez" in text
    assert "Une cuisine" in text
    assert "Une conserverie" in text
    held = actions.values_of(desk.dossier)
    assert held == {"title": "Une cuisine", "summary": "Des bocaux."}
    again = data | {"title--base": "1", "summary--base": "1", "rester": "title"}
    assert client.post(page(desk, "ecrire/projet/"), again).status_code == 302
    assert actions.values_of(desk.dossier)["title"] == "Une conserverie"


def test_ones_own_words_sent_twice_in_a_row_are_no_conflict(desk: Desk, client: Client) -> None:
    client.force_login(desk.lead)
    for words in ("Une cuis", "Une cuisine"):
        data = sent(title=words) | {"seulement": "title"}
        assert "Enregistré" in client.post(page(desk, "ecrire/projet/"), data).content.decode()
    assert actions.values_of(desk.dossier)["title"] == "Une cuisine"


def test_a_field_left_as_it_was_never_undoes_the_work_of_another(desk: Desk, client: Client) -> None:
    actions.answer(desk.dossier, "title", "Une cuisine", base_version=0, by=desk.lead)
    actions.answer(desk.dossier, "title", "Une cuisine mobile", base_version=1, by=desk.writer)
    client.force_login(desk.lead)
    data = {"title": "Une cuisine", "title--sent": "1", "title--base": "1"}
    assert client.post(page(desk, "ecrire/projet/"), data).status_code == 302
    assert actions.values_of(desk.dossier)["title"] == "Une cuisine mobile"


def test_the_deposit_says_what_lacks_then_gives_a_receipt(desk: Desk, client: Client) -> None:
    client.force_login(desk.lead)
    text = client.get(page(desk, "deposer/")).content.decode()
    assert "Il manque 3 réponses" in text
    assert 'name="cle"' not in text
    assert client.post(page(desk, "deposer/"), {"cle": "k"}).status_code == 422
    making.fill(desk.dossier, making.COMPLETE)
    text = client.get(page(desk, "deposer/")).content.decode()
    assert "Tout est prêt" in text
    for _click in range(2):
        answer = client.post(page(desk, "deposer/"), {"cle": "k"})
        assert answer["Location"] == page(desk, "recepisse/")
    receipt = Receipt.objects.get()
    text = client.get(page(desk, "recepisse/")).content.decode()
    assert receipt.number in text
    assert "10 mars 2026 à 14:30:00" in text
    assert receipt.sha256 in text
    paper = client.get(page(desk, "recepisse.pdf"))
    assert paper.content.startswith(b"%PDF")
    given = client.get(page(desk, "copies/1.json")).content
    assert given == frozen.bytes_of(FrozenCopy.objects.get())
    client.force_login(desk.writer)
    assert client.post(page(desk, "ecrire/projet/"), sent(title="x")).status_code == 403


def test_a_writer_does_not_deposit(desk: Desk, client: Client) -> None:
    making.fill(desk.dossier, making.COMPLETE)
    client.force_login(desk.writer)
    assert "Qui mène le dossier le dépose" in client.get(page(desk, "deposer/")).content.decode()
    assert client.post(page(desk, "deposer/"), {"cle": "k"}).status_code == 403
    assert Refusal.objects.filter(by=desk.writer.pk, verb="dossier.deposit").exists()


def test_what_changed_since_the_deposit_is_read_word_by_word(desk: Desk, client: Client) -> None:
    making.fill(desk.dossier, making.COMPLETE)
    deposit.deposit(desk.dossier, by=desk.lead, key="k")
    client.force_login(desk.lead)
    assert "Rien n'a changé" in client.get(page(desk, "copies/1/differences/")).content.decode().replace(
        "&#x27;", "'"
    )
    moved = {"etape": "take_back", "version": Dossier.objects.get(pk=desk.dossier.pk).version}
    assert client.post(page(desk, "etape/"), moved).status_code == 302
    actions.answer(
        desk.dossier, "summary", "Transformer les surplus du marché.", base_version=1, by=desk.lead
    )
    text = client.get(page(desk, "copies/1/differences/")).content.decode()
    assert "<del>invendus</del>" in text
    assert "<ins>surplus</ins>" in text
    enter(client, desk.officer)
    assert client.get(page(desk, "copies/1/differences/")).status_code == 403


def test_an_officer_reads_what_was_given_and_not_what_is_being_written(desk: Desk, client: Client) -> None:
    making.fill(desk.dossier, making.COMPLETE)
    deposit.deposit(desk.dossier, by=desk.lead, key="k")
    moving.move(desk.dossier, "ask", by=desk.officer, reason="Précisez.")
    actions.answer(desk.dossier, "summary", "Pas encore fini.", base_version=1, by=desk.lead)
    for user, reads in ((desk.lead, True), (desk.officer, False)):
        enter(client, user)
        text = client.get(page(desk)).content.decode()
        assert ("Pas encore fini." in text, "invendus du marché" in text) == (reads, not reads)


def test_a_file_is_withdrawn_by_its_lead_with_a_reason(desk: Desk, client: Client) -> None:
    making.fill(desk.dossier, making.COMPLETE)
    deposit.deposit(desk.dossier, by=desk.lead, key="k")
    client.force_login(desk.writer)
    assert client.post(page(desk, "etape/"), {"etape": "withdraw", "reason": "Non."}).status_code == 403
    client.force_login(desk.lead)
    assert client.post(page(desk, "etape/"), {"etape": "admit"}).status_code == 404
    stale = {"etape": "withdraw", "reason": "Un partenaire part.", "version": 99}
    assert client.post(page(desk, "etape/"), stale).status_code == 409
    assert client.post(page(desk, "etape/"), stale | {"version": ""}).status_code == 302
    text = client.get(page(desk)).content.decode()
    assert "retiré" in text
    assert "Un partenaire part." in text


def test_a_piece_is_joined_read_and_taken_away(desk: Desk, client: Client) -> None:
    content = json.loads(json.dumps(making.CONTENT))
    field = {"key": "letter", "kind": "file", "label": "Lettre", "required": True}
    content["pages"][0]["sections"][0]["fields"].append(field)
    FormVersion.objects.create(call=desk.call, number=2, content=content, published_at=timezone.now())
    client.force_login(desk.lead)
    assert "Le formulaire de l" in client.get(page(desk)).content.decode()
    assert client.post(page(desk, "formulaire/")).status_code == 302
    letter = SimpleUploadedFile("lettre.txt", b"Nous soutenons ce projet.", "text/plain")
    assert client.post(page(desk, "ecrire/projet/"), {"letter": letter}).status_code == 302
    (row,) = actions.pieces_of(Dossier.objects.get(pk=desk.dossier.pk))
    assert actions.values_of(desk.dossier)["letter"] == [{"piece": str(row.pk), "name": "lettre.txt"}]
    where = page(desk, f"pieces/{row.pk}/")
    answer = client.get(where)
    assert b"".join(answer) == b"Nous soutenons ce projet."
    client.force_login(desk.stranger)
    assert client.get(where).status_code == 404
    client.force_login(desk.writer)
    client.post(page(desk, "ecrire/projet/"), {"enlever": str(row.pk)})
    assert actions.values_of(desk.dossier)["letter"] == []


def test_a_page_takes_its_own_pieces_away_and_not_what_an_officer_scanned(desk: Desk, client: Client) -> None:
    scan = actions.join(desk.dossier, "_paper", BytesIO(b"%PDF-1.4 cachet"), "enveloppe.pdf", by=desk.officer)
    client.force_login(desk.lead)
    assert client.post(page(desk, "ecrire/projet/"), {"enlever": str(scan.pk)}).status_code == 404
    assert client.post(page(desk, "ecrire/projet/"), {"enlever": "x"}).status_code == 404
    assert actions.pieces_of(desk.dossier) == [scan]


def test_a_carrier_begins_a_file_for_a_pole_without_legal_form(desk: Desk, client: Client) -> None:
    pole, carrier = making.pole("Les Tanneries"), making.actor("Association porteuse")
    from terreau.pieces.actions import declaration

    Carrier.objects.create(
        pole=pole, actor=carrier, source=declaration(desk.lead, timezone.localdate()), status="declare"
    )
    belong(desk.lead, pole.actor, "animator")
    where = f"/appels/{desk.call.slug}/deposer/"
    assert client.get(where).status_code in {302, 303}
    client.force_login(desk.lead)
    assert "Les Tanneries, porté par Association porteuse" in client.get(where).content.decode()
    belong(desk.lead, making.actor("Avant les autres"))
    asked = client.get(where, {"pour": str(pole.pk)}).context["form"]
    assert asked["who"].value() == f"{carrier.pk}:{pole.pk}"
    chosen = {"who": f"{carrier.pk}:{pole.pk}"}
    first = client.post(where, chosen)
    assert client.post(where, chosen)["Location"] == first["Location"]
    made = Dossier.objects.get(pole=pole)
    assert (made.applicant_id, made.writers.get().user_id) == (carrier.pk, desk.lead.pk)
    colleague = making.person("Collègue")
    belong(colleague, carrier)
    client.force_login(colleague)
    assert client.post(where, chosen).status_code == 422


def test_the_page_says_one_next_step(desk: Desk, client: Client) -> None:
    client.force_login(desk.lead)
    assert "Il reste 3 réponses à donner" in client.get(page(desk)).content.decode()
    making.fill(desk.dossier, making.COMPLETE)
    assert "déposez-le" in client.get(page(desk)).content.decode()
    deposit.deposit(desk.dossier, by=desk.lead, key="k")
    moving.move(desk.dossier, "reject", by=desk.officer, reason="Hors du territoire de l'appel.")
    assert "Hors du territoire" in client.get(page(desk)).content.decode()


def test_pages_ask_few_queries(desk: Desk, client: Client, django_assert_max_num_queries: Any) -> None:
    making.fill(desk.dossier, making.COMPLETE)
    client.force_login(desk.lead)
    for tail in PAGES:
        with django_assert_max_num_queries(30):
            assert client.get(page(desk, tail)).status_code == 200
