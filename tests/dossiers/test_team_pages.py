"""The pages of the team, the signatures and the presence: who enters, what is refused, what is kept."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terreau.actors.models import Actor, Belonging
from terreau.dossiers import sign_off, team
from terreau.dossiers.models import Answer, Dossier, SignOff, Writer
from terreau.journal.models import Refusal
from tests.dossiers import making
from tests.dossiers.seen import client_of, words

Role = Writer.Role


def _file(**values: Any) -> tuple[Dossier, Any, Actor]:
    lead, applicant = making.person("Ana"), making.actor("La Régie")
    call = making.call(deposit={"signed": True})
    row = making.dossier(call, applicant=applicant, answers=making.COMPLETE, **values)
    making.joins(row, lead, Role.LEAD, actor=applicant)
    return row, lead, applicant


@pytest.mark.parametrize("tail", ["equipe", "signatures"])
def test_who_enters_the_pages_of_a_file(db: None, tail: str) -> None:
    row, lead, _applicant = _file()
    reader, officer = making.person(), making.person()
    making.joins(row, reader, Role.READER)
    making.role(officer, row.call)
    path = f"/dossiers/{row.pk}/{tail}/"
    assert Client().get(path).status_code == 404
    assert client_of(making.person()).get(path).status_code == 404
    assert client_of(officer).get(path).status_code == 403
    for user in (lead, reader):
        page = client_of(user).get(path)
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
    Dossier.objects.filter(pk=row.pk).update(state="deposited", deposited_at=timezone.now())
    Writer.objects.create(dossier=row, email="attendue@ailleurs.example.org", invited_by=lead)
    seen = client_of(officer).get(path)
    assert seen.status_code == 200
    assert "attendue@" not in words(seen)


def test_the_lead_invites_by_mail_and_through_an_organisation(
    db: None, mailoutbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    row, lead, applicant = _file()
    path = f"/dossiers/{row.pk}/equipe/"
    client, bea = client_of(lead), making.person("Béa")
    sent = {"faire": "invite", "email": "nouvelle@ailleurs.example.org", "role": "writer", "language": "en"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(path, sent).status_code == 302
    link = next(part for part in mailoutbox[0].body.split() if "/rejoindre/" in part)
    assert "/en/dossiers/rejoindre/" in link
    join = link.partition("testserver")[2]
    offered = words(Client().get(join))
    assert "Sign in" in offered or "Se connecter" in offered
    assert client_of(bea).post(join, {"rejoindre": "oui"}).status_code == 302
    assert team.part_of(row, bea) is not None
    assert client_of(bea).get(join).status_code == 302
    assert "ne sert plus" in words(client_of(making.person()).get(join.replace("/en/", "/")))
    now, chloe = timezone.now(), making.person("Chloé")
    Belonging.objects.create(
        user=chloe, actor=applicant, role="member", asked_at=now, confirmed_at=now, confirmed_by=lead
    )
    sent = {"faire": "invite", "actor": str(applicant.pk), "role": "reader", "language": "fr"}
    assert client.post(path, sent).status_code == 302
    assert chloe.email not in words(client.get(path))
    mine = client_of(chloe).get("/mes-dossiers/")
    assert row.title in words(mine)
    waiting = team.waiting_for(chloe).get()
    client_of(chloe).post("/mes-dossiers/", {"faire": "join", "about": str(waiting.pk)})
    assert team.part_of(row, chloe) is not None


def test_a_refused_invitation_keeps_what_was_typed(db: None) -> None:
    row, lead, _applicant = _file()
    page = client_of(lead).post(
        f"/dossiers/{row.pk}/equipe/",
        {"faire": "invite", "email": "pas bon", "role": "writer", "language": "fr"},
    )
    assert page.status_code == 422
    assert 'value="pas bon"' in page.content.decode()
    assert "n'est pas une adresse" in words(page)


def test_only_the_lead_composes_the_team_and_refusals_are_counted(db: None) -> None:
    row, _lead, _applicant = _file()
    writer = making.person()
    theirs = making.joins(row, writer)
    path = f"/dossiers/{row.pk}/equipe/"
    for sent in (
        {"faire": "invite", "email": "x@y.example.org", "role": "writer", "language": "fr"},
        {"faire": "change", "who": str(theirs.pk), "role": "lead"},
        {"faire": "cancel", "about": str(theirs.pk)},
        {"faire": "take", "about": ""},
    ):
        assert client_of(writer).post(path, sent).status_code == 403
    assert Refusal.objects.filter(subject=row.subject).count() >= 3
    assert Writer.objects.filter(dossier=row).count() == 2


def test_the_lead_hands_over_then_leaves(db: None) -> None:
    row, lead, _applicant = _file()
    other = making.person("Béa")
    theirs = making.joins(row, other)
    path, client = f"/dossiers/{row.pk}/equipe/", client_of(lead)
    assert client.post(path, {"faire": "leave", "about": ""}).status_code == 409
    assert client.post(path, {"faire": "change", "who": str(theirs.pk), "role": "lead"}).status_code == 302
    assert client.post(path, {"faire": "leave", "about": ""}).status_code == 302
    assert client.get(path).status_code == 404
    assert "1 personne n'est plus" in words(client_of(other).get(path))


def test_a_signature_asks_for_a_proof_and_for_having_read(db: None) -> None:
    row, lead, applicant = _file()
    path = f"/dossiers/{row.pk}/signatures/signer/"
    sent = {"organisation": str(applicant.pk), "vu": sign_off.digest_of(row), "lu": "oui"}
    assert client_of(lead).post(path, sent).status_code == 302
    assert not SignOff.objects.exists()
    proved = client_of(lead, proved=True)
    assert proved.post(path, {**sent, "lu": ""} | {"lu": "oui"}).status_code == 302
    assert SignOff.objects.count() == 1
    page = proved.get(f"/dossiers/{row.pk}/signatures/")
    assert "L'organisation a signé" in words(page)
    Answer.objects.filter(dossier=row, key="title").update(value="Autre titre")
    assert "à signer de nouveau" in words(proved.get(f"/dossiers/{row.pk}/signatures/"))
    unread = {key: value for key, value in sent.items() if key != "lu"}
    assert proved.post(path, unread).status_code == 422
    stale = proved.post(path, sent)
    assert stale.status_code == 409
    assert "a changé depuis que vous l'avez lu" in words(stale)
    row_of = SignOff.objects.get()
    assert proved.post(f"/dossiers/{row.pk}/signatures/retirer/", {"signature": row_of.pk}).status_code == 302
    assert not SignOff.objects.filter(withdrawn_at=None).exists()


def test_nobody_signs_for_another_organisation(db: None) -> None:
    row, _lead, applicant = _file()
    other = making.person()
    making.joins(row, other, Role.SIGNATORY, actor=making.actor("Le Moulin"))
    sent = {"organisation": str(applicant.pk), "vu": sign_off.digest_of(row), "lu": "oui"}
    client = client_of(other, proved=True)
    assert client.post(f"/dossiers/{row.pk}/signatures/signer/", sent).status_code == 403
    assert (
        client.post(f"/dossiers/{row.pk}/signatures/signer/", sent | {"organisation": "x"}).status_code == 404
    )
    assert client.post(f"/dossiers/{row.pk}/signatures/prevenir/").status_code == 403
    assert Refusal.objects.filter(subject=row.subject, verb="dossier.sign").exists()


def test_an_officer_sees_who_writes_and_stays_unnamed(db: None) -> None:
    row, lead, _applicant = _file(state="complements")
    officer = making.person("Omar")
    making.role(officer, row.call)
    path = f"/dossiers/{row.pk}/presence/"
    client_of(officer).post(path, {"champ": ""})
    seen = words(client_of(lead).post(path, {"champ": "summary"}))
    assert "L'instruction a ouvert ce dossier" in seen
    assert "Omar" not in seen
    assert "Ana écrit aussi dans ce dossier : « Résumé »" in words(
        client_of(officer).post(path, {"champ": ""})
    )
    assert client_of(making.person()).post(path, {"champ": ""}).status_code == 404


def test_two_writers_see_each_other_on_the_page_of_the_form(db: None) -> None:
    row, lead, _applicant = _file()
    bea = making.person("Béa")
    making.joins(row, bea)
    client_of(bea).post(f"/dossiers/{row.pk}/presence/", {"champ": "summary"})
    seen = words(client_of(lead).get(f"/dossiers/{row.pk}/ecrire/projet/"))
    assert "Béa écrit aussi dans ce dossier : « Résumé »" in seen


def test_pages_ask_few_questions_whatever_the_people(db: None) -> None:
    row, lead, _applicant = _file()
    for _turn in range(12):
        making.joins(row, making.person(), Role.SIGNATORY, actor=making.actor())
    for tail in ("equipe", "signatures"):
        client = client_of(lead)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(f"/dossiers/{row.pk}/{tail}/").status_code == 200
        assert len(asked) <= 30, [one["sql"] for one in asked]
