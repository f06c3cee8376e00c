"""The pages: what each role sees and does there, what is refused and journalled, in few queries."""

import csv
import io
import shlex
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import escape

from terreau.dossiers.models import Dossier
from terreau.instruction import assigning, complements, conflicts
from terreau.instruction.models import (
    Appraisal,
    Assignment,
    Bulk,
    Complement,
    Conflict,
    Draw,
    Letter,
    Opinion,
)
from terreau.journal.models import Refusal
from tests.dossiers import making
from tests.instruction.conftest import WORDS, Office, region, sign_in

SHEET = "/instruction/{}/"


def text(response: Any) -> str:
    """Return the words of a page."""
    return response.content.decode()


def test_an_officer_reads_what_waits_and_what_to_ask(client: Client, office: Office) -> None:
    Dossier.objects.filter(pk=office.files[0].pk).update(previous=office.files[3])
    office.files[0].answers.filter(key="summary").delete()
    assigning.assign(office.files[0], office.officer, assigning.OFFICER, by=office.owner)
    sign_in(client, office.officer)
    found = text(client.get("/instruction/"))
    assert "Projet 0" in found
    assert "2 réponses obligatoires sur 3" in found
    assert "Ce qu'il faut demander : 1 point" in found
    assert "– Résumé" in found
    assert "il reste 90 jours" in found
    assert "Dossier précédent" in found
    rows = list(
        csv.reader(
            io.StringIO(client.get("/instruction/?format=csv").getvalue().decode("utf-8-sig")), delimiter=";"
        )
    )
    assert rows[1][0] == office.files[0].reference
    assert client.get("/instruction/").status_code == 200
    assert Client().get("/instruction/").status_code == 302


def test_somebody_without_a_role_finds_nothing(client: Client, office: Office) -> None:
    client.force_login(making.person("Curieuse"))
    found = text(client.get("/instruction/"))
    assert "Vous n'instruisez aucun appel" in found
    assert client.get(SHEET.format(office.call.slug)).status_code == 403
    assert Refusal.objects.filter(verb="instruction.list").exists()
    assert client.get(office.path(0)).status_code == 404
    assert client.get(f"/dossiers/{office.files[0].pk}/echanges/").status_code == 404


def test_an_applicant_does_not_enter_the_instruction(client: Client, office: Office) -> None:
    client.force_login(office.leads[0])
    for tail in ("", "avis/", "complements/", "relecture/", "conflit/", "lettre/"):
        assert client.get(office.path(0, tail)).status_code in {403, 404}
    assert client.get(f"/dossiers/{office.files[0].pk}/echanges/").status_code == 200
    assert client.get(f"/dossiers/{office.files[1].pk}/echanges/").status_code == 404


def test_an_officer_of_another_region_is_refused_and_it_is_journalled(client: Client, office: Office) -> None:
    breton = making.person("Bretonne")
    making.role(breton, office.call, "officer", zone=region("53", "Bretagne"))
    sign_in(client, breton)
    assert client.get(office.path(0)).status_code == 403
    assert Refusal.objects.filter(by=breton.pk, subject=office.files[0].subject).exists()
    listed = text(client.get(SHEET.format(office.call.slug)))
    assert "Projet 0" not in listed
    assert "Projet 0" not in client.get(SHEET.format(office.call.slug) + "?format=csv").getvalue().decode()


def test_a_reviewer_in_conflict_sees_the_file_nowhere(client: Client, office: Office) -> None:
    office.give(0, 0)
    office.give(1, 0)
    user, path = office.reviewers[0], office.path(0)
    sign_in(client, user)
    sent = client.post(
        office.path(0, "conflit/"), {"faire": "declare", "why": "Mon ancien employeur."}, follow=True
    )
    assert "ne vous est plus montré" in text(sent)
    assert Conflict.objects.count() == 1
    for tail in ("", "relecture/", "avis/", "conflit/"):
        assert client.get(f"{path}{tail}").status_code == 403
    for address in (SHEET.format(office.call.slug), "/instruction/"):
        assert "Projet 0" not in text(client.get(address))
    assert "Projet 0" not in client.get(SHEET.format(office.call.slug) + "?format=csv").getvalue().decode()
    assert "Projet 1" in text(client.get("/instruction/"))
    sent = client.post(office.path(0, "relecture/"), {"faire": "give", **WORDS})
    assert sent.status_code == 403
    assert Refusal.objects.filter(by=user.pk, subject=office.files[0].subject).exists()


def test_a_review_is_kept_then_given_and_read_once_all_are(client: Client, office: Office) -> None:
    office.give(0, 0, 1)
    path = office.path(0, "relecture/")
    sign_in(client, office.reviewers[0])
    assert "Une conserverie de quartier" in text(client.get(path))
    refused = client.post(
        path, {"faire": "give", "score:utility": "4", "text:utility": "Utile.", "advice": "Oui"}
    )
    assert refused.status_code == 422
    assert "Ce champ est obligatoire" in text(refused)
    assert "Utile." in text(refused)
    client.post(path, {"faire": "keep", "score:utility": "4"})
    assert Appraisal.objects.get().scores == {"utility": 4}
    given = client.post(
        path, {"faire": "give", **{key: str(value) for key, value in WORDS.items()}}, follow=True
    )
    assert "scellées" in text(given)
    sign_in(client, office.officer)
    found = text(client.get(office.path(0)))
    assert "1 relecture rendue sur 2" in found
    assert "Répond à un besoin." not in found
    sign_in(client, office.reviewers[1])
    client.post(
        path, {"faire": "give", **{key: str(value) for key, value in (WORDS | {"score:utility": 2}).items()}}
    )
    sign_in(client, office.officer)
    found = text(client.get(office.path(0)))
    assert "63,334" in found
    assert "Répond à un besoin." in found


def test_an_officer_checks_asks_and_goes_on(client: Client, office: Office) -> None:
    dossier, path = office.files[0], office.path(0)
    sign_in(client, office.officer)
    found = text(client.get(path))
    assert "Déposé dans les délais" in found
    client.post(
        path, {"faire": "sheet", "verdict:complete": "oui", "note:complete": "Vu.", "summary": "Solide."}
    )
    assert "Solide." in text(client.get(path))
    asked = client.get(f"{path}complements/")
    assert asked.status_code == 200
    due = (timezone.localdate() + timedelta(days=10)).isoformat()
    sent = {
        "faire": "ask",
        "keys": ["summary"],
        "text": "Précisez.",
        "due": due,
        "seen": office.fresh(0).version,
    }
    assert client.post(f"{path}complements/", {**sent, "seen": 99}).status_code == 409
    assert "déjà" not in text(client.post(f"{path}complements/", sent, follow=True))
    assert Complement.objects.get().keys == ["summary"]
    sign_in(client, office.leads[0])
    page = text(client.get(f"/dossiers/{dossier.pk}/echanges/"))
    assert "Précisez." in page
    assert "refusé d&#x27;office" in page
    assert office.officer.name not in page
    assert "L'instruction a ouvert ce dossier." in page
    client.post(f"/dossiers/{dossier.pk}/echanges/", {"faire": "send", "key": "k", "text": "Fait."})
    assert Complement.objects.get().answer == "Fait."
    sign_in(client, office.officer)
    client.post(path, {"faire": "admit", "seen": office.fresh(0).version})
    assert office.fresh(0).state == "admissible"
    refused = client.post(path, {"faire": "undo", "reason": "", "seen": office.fresh(0).version})
    assert refused.status_code == 422
    client.post(path, {"faire": "undo", "reason": "Erreur.", "seen": office.fresh(0).version})
    assert office.fresh(0).state == "deposited"
    client.post(path, {"faire": "reject", "reason": "Hors territoire.", "seen": office.fresh(0).version})
    assert "Hors territoire." in Letter.objects.get().text
    sign_in(client, office.leads[0])
    page = text(client.get(f"/dossiers/{dossier.pk}/echanges/"))
    assert "Hors territoire." in page
    assert "Votre place au registre ne change pas" in page


def test_a_file_is_withdrawn_for_who_wrote_so_and_reopened_by_the_owner(
    client: Client, office: Office
) -> None:
    """Who came on paper has no page of their own; an appeal is heard by who owns the call alone."""
    sign_in(client, office.officer)
    path = office.path(0)
    assert "Retirer le dossier" in text(client.get(path))
    assert client.post(path, {"faire": "withdraw", "reason": ""}).status_code == 422
    client.post(path, {"faire": "withdraw", "reason": "Lettre du 3.", "seen": office.fresh(0).version})
    assert office.fresh(0).state == "withdrawn"
    assert "Lettre du 3." in text(client.get(path))
    assert client.post(path, {"faire": "reopen", "reason": "Non."}).status_code == 403
    Dossier.objects.filter(pk=office.files[1].pk).update(state="inadmissible")
    other = office.path(1)
    assert "Rouvrir le dossier" not in text(client.get(other))
    assert client.post(other, {"faire": "reopen", "reason": "Non."}).status_code == 403
    sign_in(client, office.owner)
    assert "Rouvrir le dossier" in text(client.get(other))
    client.post(other, {"faire": "reopen", "reason": "Recours fondé.", "seen": office.fresh(1).version})
    assert office.fresh(1).state == "deposited"


def test_an_opinion_that_waits_is_said(client: Client, office: Office) -> None:
    office.sponsor.opinion = "asked"
    office.sponsor.save()
    sign_in(client, office.officer)
    assert "attendu" in text(client.get(office.path(0)))


def test_who_only_reads_changes_nothing(client: Client, office: Office) -> None:
    auditor = making.person("Contrôle")
    making.role(auditor, office.call, "auditor")
    sign_in(client, auditor)
    path = office.path(0)
    assert client.get(path).status_code == 200
    assert client.post(path, {"faire": "admit", "seen": 1}).status_code == 403
    assert client.get(f"{path}lettre/").status_code == 403
    assert client.post(SHEET.format(office.call.slug), {"faire": "preview"}).status_code == 403
    assert office.fresh(0).state == "deposited"
    assert Refusal.objects.filter(by=auditor.pk).count() >= 2


def test_an_opinion_is_given_by_the_ministry_on_its_page(client: Client, office: Office) -> None:
    office.sponsor.opinion = "mandatory"
    office.sponsor.save()
    Dossier.objects.filter(pk=office.files[0].pk).update(state="national")
    sign_in(client, office.ministry)
    assert "Projet 0" in text(client.get("/instruction/"))
    path = office.path(0, "avis/")
    assert "Avis obligatoire" in text(client.get(path))
    refused = client.post(path, {"faire": "opinion-0", "value": "reserved", "text": ""})
    assert refused.status_code == 422
    client.post(path, {"faire": "opinion-0", "value": "favourable", "text": "Bien."})
    assert Opinion.objects.get().by == office.ministry
    assert "Projet 0" not in text(client.get("/instruction/"))
    sign_in(client, office.officer)
    assert (
        client.post(path, {"faire": "opinion-0", "value": "unfavourable", "text": "Non."}).status_code == 403
    )


def test_many_files_are_given_in_one_go_after_being_shown(client: Client, office: Office) -> None:
    sign_in(client, office.officer)
    path = SHEET.format(office.call.slug)
    ids = [str(one.pk) for one in office.files[:2]]
    shown = client.post(path, {"faire": "preview", "acte": "move:admit", "dossier": ids})
    assert "2 dossiers changeraient" in text(shown)
    assert office.fresh(0).state == "deposited"
    key = shown.context["key"]
    sent = {"faire": "do", "cle": str(key), "acte": "move", "etape": "admit", "dossier": ids}
    for _twice in range(2):
        assert "C&#x27;est fait pour 2 dossiers" in text(client.post(path, sent, follow=True))
    assert Bulk.objects.count() == 1
    done = client.post(path, {"faire": "undo", "about": str(Bulk.objects.get().pk)}, follow=True)
    assert "2 dossiers sont revenus" in text(done)
    assert client.post(path, {"faire": "preview", "acte": "move:admit"}).status_code == 422
    shown = client.post(path, {"faire": "preview", "acte": "reviewers", "lesquels": "tous"})
    assert "4 dossiers changeraient" in text(shown)


def test_reviews_are_shared_and_taken_back_by_hand(client: Client, office: Office) -> None:
    sign_in(client, office.owner)
    path = f"/instruction/{office.call.slug}/relectures/"
    assert "8 relectures sont à confier" in text(client.get(path))
    client.post(path, {"faire": "share", "about": ""})
    assert Assignment.objects.filter(part="reviewer", ended_at=None).count() == 8
    row = Assignment.objects.filter(part="reviewer").order_by("pk")[0]
    client.post(path, {"faire": "remove", "about": str(row.pk)})
    client.post(path, {"faire": "add", "dossier": str(row.dossier_id), "user": str(row.user_id)})
    assert Assignment.objects.filter(part="reviewer", ended_at=None).count() == 8
    sent = {"faire": "setup", "each": "3", "days": "60", "complement_days": "10", "totals": "mean"}
    client.post(path, sent)
    assert "4 relectures sont à confier" in text(client.get(path))
    sign_in(client, office.officer)
    assert client.post(path, sent).status_code == 403


def test_the_meeting_changes_a_score_with_its_reason(client: Client, office: Office) -> None:
    from terreau.instruction import appraising

    office.give(0, 0)
    appraising.give(office.files[0], office.reviewers[0], base={}, mine_=WORDS)
    sign_in(client, office.owner)
    path = f"/instruction/{office.call.slug}/harmonisation/"
    client.post(path, {"faire": "open", "on": "2026-06-01", "present": "Tous"})
    row = Appraisal.objects.get()
    sent = {
        "faire": "change",
        "review": str(row.pk),
        "criterion": "utility",
        "before": "4",
        "after": "3",
        "reason": "",
    }
    refused = client.post(f"{path}?dossier={row.dossier_id}", sent)
    assert refused.status_code == 422
    assert "La note n'a pas changé" in text(refused)
    client.post(f"{path}?dossier={row.dossier_id}", {**sent, "reason": "Trop haut."})
    found = text(client.get(f"{path}?dossier={row.dossier_id}"))
    assert "d'abord 4" in found
    assert "4 → 3" in found
    assert client.get(f"{path}?format=csv").status_code == 200
    sign_in(client, office.reviewers[0])
    assert client.get(path).status_code == 403


def test_a_draw_is_public_and_run_by_officers_alone(client: Client, office: Office) -> None:
    path = f"/instruction/{office.call.slug}/tirage/"
    assert "Aucun tirage" in text(Client().get(path))
    sent = {
        "faire": "announce",
        "purpose": "Départager",
        "places": "1",
        "rule": "Loto",
        "seed_day": "2099-01-01",
    }
    assert client.post(path, sent).status_code == 403
    sign_in(client, office.officer)
    client.post(path, sent)
    row = Draw.objects.get()
    client.post(
        path, {"faire": "list", "about": str(row.pk), "chosen": [str(one.pk) for one in office.files]}
    )
    Draw.objects.update(seed_day="2026-01-01")
    client.post(path, {"faire": "draw", "about": str(row.pk), "seed": "l'eau ; ls"})
    found = text(Client().get(path))
    assert escape(shlex.quote("l'eau ; ls")) in found
    assert "Refait à l'instant : même ordre" in found
    assert "Projet 0" not in found
    assert office.files[0].reference in found


def test_a_letter_is_read_mended_and_sent(client: Client, office: Office) -> None:
    sign_in(client, office.officer)
    path = office.path(0, "lettre/")
    page = client.get(f"{path}?lettre=refused")
    assert "motif" in text(page)
    sent = {"event": "refused", "title": "Réponse", "text": "Bonjour {motif}"}
    assert client.post(path, sent).status_code == 422
    for _twice in range(2):
        client.post(path, {**sent, "text": "Bonjour, voici pourquoi."})
    assert Letter.objects.get().text == "Bonjour, voici pourquoi."


def test_pages_take_the_same_few_queries_whatever_the_number_of_files(client: Client, office: Office) -> None:
    def count(address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(address).status_code == 200
        return len(found)

    office.give(0, 0, 1)
    for one in office.files[:2]:
        assigning.assign(one, office.officer, assigning.OFFICER, by=office.owner)
    sign_in(client, office.officer)
    addresses = [
        "/instruction/",
        SHEET.format(office.call.slug),
        f"/instruction/{office.call.slug}/relectures/",
    ]
    client.get(addresses[0])
    before = [count(one) for one in addresses]
    for i in range(6):
        more = making.dossier(office.call, state="deposited", answers=making.COMPLETE, title=f"Autre {i}")
        assigning.assign(more, office.officer, assigning.OFFICER, by=office.owner)
        assigning.assign(more, office.reviewers[2], assigning.REVIEWER, by=office.owner)
    assert [count(one) for one in addresses] == before
    assert max(before) <= 30, before
    assert count(office.path(0)) <= 34


def test_a_reminder_leaves_from_the_page_once(client: Client, office: Office) -> None:
    due = timezone.localdate() + timedelta(days=9)
    complements.ask(office.files[0], keys=[], text="Devis.", due=due, by=office.officer)
    sign_in(client, office.officer)
    path = office.path(0, "complements/")
    assert "Le rappel est parti." in text(client.post(path, {"faire": "remind", "about": ""}, follow=True))
    assert "Un rappel est déjà parti." in text(
        client.post(path, {"faire": "remind", "about": ""}, follow=True)
    )
    assert conflicts.why_not(office.officer, office.files[0]) == ""
