"""Pages of fees: who sees what, what is refused and kept, the same number of queries for three and thirty."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pypdf import PdfReader

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.billing import settling
from terreau.fees import calls, following, saying, scales
from terreau.fees.models import CalledFee, FeeCall, Grant, Measure, Reminder, ScaleVersion
from terreau.governance import bodies, meetings
from terreau.governance.models import Decision, Meeting
from terreau.journal.models import Refusal
from terreau.poles.composition import add_member
from tests.fees.conftest import SAID, Till

LISTED = ("", "baremes/", "simuler/")
RUN = ("baremes/nouveau/", "chiffres/", "appels/nouveau/", "relances/")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form_of(**values: object) -> dict[str, object]:
    """Return what the form of a scale sends: one line of two brackets, one empty, one reduction."""
    return {
        "name": "Barème d'essai",
        "valid_from": "2026-01-01",
        "roles": ["member", "founder"],
        "combine": "greatest",
        "prorata": "none",
        "years_back": "1",
        "round_to": "1",
        "l0-label": "Structures",
        "l0-basis": "turnover",
        "l0-b0-floor": "0",
        "l0-b0-amount": "50",
        "l0-b0-rate": "",
        "l0-b1-floor": "100 000",
        "l0-b1-amount": "150",
        "l0-b1-rate": "0,01",
        "l0-b2-floor": "",
        "l0-b2-amount": "",
        "l0-b2-rate": "",
        "r0-code": "",
        "r0-label": "Première année",
        "r0-part": "50",
        **values,
    }


def test_pages_are_for_the_people_of_the_pole_and_some_for_who_animates(till: Till) -> None:
    till.figures()
    row = till.call(till.voted())
    runs, reads, other = (signed_in(one) for one in (till.animator, till.member, till.elsewhere))
    tails = [*LISTED, *RUN, f"appels/{row.pk}/", "baremes/1/", f"membres/{till.canteen.pk}/"]
    for tail in tails:
        assert runs.get(till.path(tail)).status_code == 200, tail
        assert other.get(till.path(tail)).status_code == 404, tail
        assert Client().get(till.path(tail)).status_code == 404, tail
    for tail in (*LISTED, "baremes/1/", f"membres/{till.canteen.pk}/"):
        assert reads.get(till.path(tail)).status_code == 200, tail
    for tail in (*RUN, f"appels/{row.pk}/", f"appels/{row.pk}/lettres.pdf", "relances/lettres.pdf"):
        assert reads.get(till.path(tail)).status_code == 403, tail
    assert Refusal.objects.filter(by=till.member.pk, verb="fees.call").exists()


def test_a_member_reads_its_own_fee_and_no_other(till: Till) -> None:
    till.figures()
    till.call(till.voted())
    rows = till.called()
    client = signed_in(till.member)
    page = client.get(till.path()).content.decode()
    assert "Cantine" in page
    assert "Moulin" not in page
    mine = client.get(till.path(f"dues/{rows['Cantine'].pk}/"))
    assert "première tranche" in mine.content.decode()
    for tail in (
        f"dues/{rows['Moulin'].pk}/",
        f"dues/{rows['Moulin'].pk}/appel.pdf",
        f"membres/{till.mill.pk}/",
    ):
        assert client.get(till.path(tail)).status_code == 404, tail
    listed = b"".join(client.get(till.path("simuler/?apres=1&format=csv"))).decode()
    assert "Cantine" in listed
    assert "Moulin" not in listed
    assert "Totaux non montrés" in client.get(till.path("simuler/?apres=1")).content.decode()
    assert client.get(till.path("simuler/?apres=1&avant=0")).status_code == 200


def test_a_draft_is_seen_by_who_animates_only(till: Till) -> None:
    till.draft("Brouillon secret")
    reads = signed_in(till.member)
    assert "Brouillon secret" not in reads.get(till.path("baremes/")).content.decode()
    assert "Brouillon secret" not in reads.get(till.path("simuler/?apres=1")).content.decode()
    for tail in ("baremes/1/", "baremes/1/bareme.json"):
        assert reads.get(till.path(tail)).status_code == 404
    assert reads.post(till.path("baremes/1/"), {"faire": "drop"}).status_code == 404
    till.voted("Public")
    for act in ("copy", "drop"):
        assert reads.post(till.path("baremes/2/"), {"faire": act}).status_code == 403
    assert ScaleVersion.objects.count() == 2


def test_a_scale_is_written_without_code_and_changed(till: Till) -> None:
    client = signed_in(till.animator)
    answer = client.post(till.path("baremes/nouveau/"), form_of())
    row = ScaleVersion.objects.get()
    assert answer["Location"] == till.path("baremes/1/")
    line = row.said["lines"][0]
    assert line["brackets"] == [
        {"floor": 0, "cents": 5_000, "ppm": 0},
        {"floor": 10_000_000, "cents": 15_000, "ppm": 100},
    ]
    assert row.said["reductions"] == [{"code": "premiere-annee", "label": "Première année", "part": 5_000}]
    shown = client.get(till.path("baremes/1/modifier/")).content.decode()
    assert 'value="100000"' in shown
    changed = form_of(seen=row.version, **{"l0-b0-amount": "60,50"})
    assert client.post(till.path("baremes/1/modifier/"), changed).status_code == 302
    assert ScaleVersion.objects.get().said["lines"][0]["brackets"][0]["cents"] == 6_050


def test_a_row_is_added_without_saving_and_what_is_typed_stays(till: Till) -> None:
    client = signed_in(till.animator)
    for what, name in (("l0", "l0-b3-floor"), ("line", "l1-basis"), ("reduction", "r1-label")):
        page = client.post(till.path("baremes/nouveau/"), form_of(ajouter=what, name="")).content.decode()
        assert f'name="{name}"' in page
        assert 'value="100 000"' in page
        assert "has-error" not in page
    tried = client.post(till.path("baremes/nouveau/"), form_of(ajouter="essai")).content.decode()
    assert "155" in tried
    assert not ScaleVersion.objects.exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"l0-b1-floor": "0"}, "commence plus haut"),
        ({"l0-b0-amount": "cinquante"}, "cinquante"),
        ({"l0-b0-amount": "-5"}, "négatif"),
        ({"l0-b1-rate": "200"}, "entre 0 et 100"),
        ({"l0-basis": "weight"}, "assiette"),
        ({"r0-part": "150"}, "entre 0 et 100"),
        (
            {"l0-b0-amount": "", "l0-b0-floor": "", "l0-b1-floor": "", "l0-b1-amount": "", "l0-b1-rate": ""},
            "une ligne",
        ),
        ({"least": "10", "most": "5"}, "plus petit que le minimum"),
        ({"name": ""}, "obligatoire"),
        ({"valid_from": "hier"}, "hier"),
        ({"roles": []}, "obligatoire"),
        ({"l0-b1-floor": "9" * 25}, "9"),
    ],
)
def test_a_scale_without_sense_is_refused_and_what_is_typed_is_kept(
    till: Till, values: dict[str, object], words: str
) -> None:
    answer = signed_in(till.animator).post(till.path("baremes/nouveau/"), form_of(**values))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert 'value="Structures"' in page
    assert not ScaleVersion.objects.exists()


def test_two_people_on_a_draft_are_told(till: Till) -> None:
    client = signed_in(till.animator)
    client.post(till.path("baremes/nouveau/"), form_of())
    seen = ScaleVersion.objects.get().version
    client.post(till.path("baremes/1/modifier/"), form_of(seen=seen, name="Un"))
    answer = client.post(till.path("baremes/1/modifier/"), form_of(seen=seen, name="Deux"))
    assert answer.status_code == 409
    assert 'value="Deux"' in answer.content.decode()
    assert ScaleVersion.objects.get().name == "Un"
    fresh = ScaleVersion.objects.get().version
    assert f'name="seen" value="{fresh}"' in answer.content.decode()


def _meeting(till: Till) -> Meeting:
    body = bodies.create_body(till.pole, name="Assemblée", by=till.animator)
    soon = timezone.now() + timedelta(days=20)
    return meetings.prepare(
        body, title="", starts_at=soon, ends_at=soon + timedelta(hours=2), by=till.animator
    )


def test_a_scale_is_put_on_an_agenda_or_its_vote_written(till: Till) -> None:
    client = signed_in(till.animator)
    till.figures()
    till.draft()
    meeting = _meeting(till)
    page = client.get(till.path("baremes/1/voter/")).content.decode()
    assert "700" in page
    sent = {"faire": "propose", "meeting": str(meeting.pk), "text": "Pour tenir l'année."}
    assert client.post(till.path("baremes/1/voter/"), sent).status_code == 302
    decision = Decision.objects.get()
    assert decision.item is not None
    assert "Pour tenir l'année." in decision.text
    assert client.get(till.path("baremes/1/voter/")).status_code == 302
    till.draft("Ancien")
    wrong = {"faire": "voted", "on": (till.today + timedelta(days=1)).isoformat(), "why": "Assemblée"}
    assert client.post(till.path("baremes/2/voter/"), wrong).status_code == 422
    assert (
        client.post(till.path("baremes/2/voter/"), {**wrong, "on": till.today.isoformat()}).status_code == 302
    )
    assert scales.in_force(till.pole, till.today) == ScaleVersion.objects.get(number=2)


def test_a_simulation_says_who_pays_more_and_whose_figure_lacks(till: Till) -> None:
    till.voted()
    dearer = {
        **SAID,
        "lines": [{**SAID["lines"][0], "brackets": [{"floor": 0, "cents": 8_000}]}, SAID["lines"][1]],
    }
    till.draft("Plus cher", dearer)
    till.figure(till.canteen, 4_000_000)
    client = signed_in(till.animator)
    path = till.path(f"simuler/?apres=2&annee={till.today.year}")
    page = client.get(path).content.decode()
    assert "Paieraient plus : 1" in page
    assert f"membres/{till.mill.pk}/" in page
    assert "580" in page
    assert "550" in page
    for kind in ("csv", "xlsx", "ods"):
        answer = client.get(f"{path}&format={kind}")
        assert answer.status_code == 200
        assert b"".join(answer)
    assert "Plus cher" in client.get(till.path("simuler/?apres=9&annee=1")).content.decode()


def test_figures_are_written_at_once_and_a_wrong_one_loses_no_other(till: Till) -> None:
    till.voted()
    client = signed_in(till.animator)
    year = till.today.year - 1
    sent = {
        "annee": year,
        "source": "Comptes annuels",
        f"turnover-{till.canteen.pk}": "40 000,50",
        f"turnover-{till.mill.pk}": "beaucoup",
    }
    answer = client.post(till.path("chiffres/"), sent)
    assert answer.status_code == 422
    assert 'value="beaucoup"' in answer.content.decode()
    assert Measure.objects.get().value == 4_000_050
    assert f'name="vu-turnover-{till.canteen.pk}" value="1"' in answer.content.decode()
    sent[f"vu-turnover-{till.canteen.pk}"] = "0"
    sent[f"turnover-{till.mill.pk}"] = "12"
    assert client.post(till.path("chiffres/"), sent).status_code == 302
    assert Measure.objects.count() == 2
    without = {"annee": year, "source": "", f"turnover-{till.town.pk}": "3"}
    assert client.post(till.path("chiffres/"), without).status_code == 422


def test_a_figure_written_by_another_meanwhile_is_not_lost(till: Till) -> None:
    till.voted()
    till.figure(till.canteen, 1_000_000)
    sent = {
        "annee": till.today.year - 1,
        "source": "Comptes",
        f"turnover-{till.canteen.pk}": "20 000",
        f"vu-turnover-{till.canteen.pk}": "0",
    }
    assert signed_in(till.animator).post(till.path("chiffres/"), sent).status_code == 422
    assert Measure.objects.get().value == 1_000_000


def test_a_member_says_and_confirms_its_figures_the_animator_does_not_confirm(till: Till) -> None:
    till.voted()
    till.figure(till.canteen, 4_000_000)
    row = Measure.objects.get()
    path = till.path(f"membres/{till.canteen.pk}/")
    press = {"faire": "confirm", "about": f"turnover:{row.version}"}
    assert signed_in(till.animator).post(path, press).status_code == 403
    assert signed_in(till.miller).post(path, press).status_code == 404
    client = signed_in(till.member)
    assert "Un chiffre attend votre confirmation" in client.get(till.path()).content.decode()
    assert client.post(path, press).status_code == 302
    assert Measure.objects.get().confirmed_by == till.member
    say = {"faire": "say_turnover", "value": "50 000", "source": "Bilan", "seen": "1"}
    assert client.post(path, say).status_code == 409
    say["seen"] = str(Measure.objects.get().version)
    assert client.post(path, say).status_code == 302
    assert Measure.objects.get().confirmed_at is not None
    assert client.post(path, {"faire": "grant", "code": "first_year"}).status_code == 403
    assert not Grant.objects.exists()


def test_a_reduction_is_granted_and_ended_with_its_reason(till: Till) -> None:
    till.voted()
    till.figures()
    client = signed_in(till.animator)
    path = till.path(f"membres/{till.mill.pk}/")
    first = till.year[0].isoformat()
    sent = {"faire": "grant", "code": "first_year", "reason": "", "valid_from": first}
    assert client.post(path, sent).status_code == 422
    assert client.post(path, {**sent, "reason": "Nouvelle"}).status_code == 302
    page = client.get(path).content.decode()
    assert "75" in page
    assert (
        client.post(path, {"faire": "end", "about": str(Grant.objects.get().pk), "on": first}).status_code
        == 302
    )
    exempt = {**sent, "code": "exoneration", "reason": "Dissoute"}
    assert client.post(path, exempt).status_code == 302
    assert "Exonération" in client.get(path).content.decode()


def test_a_call_is_seen_then_written_once(till: Till) -> None:
    till.figures()
    client = signed_in(till.animator)
    assert "Aucun barème" in client.get(till.path("appels/nouveau/")).content.decode()
    scale = till.voted()
    first, last = till.year
    period = {
        "bareme": "1",
        "first": first.isoformat(),
        "last": last.isoformat(),
        "seller": str(till.pole.pk),
        "on": till.today.isoformat(),
        "due": (till.today + timedelta(days=30)).isoformat(),
    }
    seen = client.get(till.path("appels/nouveau/"), period)
    assert "700" in seen.content.decode()
    digest = calls.preview(till.pole, scale, first, last, on=till.today).digest
    assert digest in seen.content.decode()
    members = [str(one.pk) for one in (till.canteen, till.mill, till.town)]
    key = "0198a3f0-0000-7000-8000-000000000001"
    sent = {**period, "key": key, "vu": "autre", "membre": members}
    stale = client.post(till.path("appels/nouveau/"), sent)
    assert stale.status_code == 409
    assert not FeeCall.objects.exists()
    assert client.post(till.path("appels/nouveau/"), {**sent, "vu": digest, "membre": []}).status_code == 422
    for _time in range(2):
        assert client.post(till.path("appels/nouveau/"), {**sent, "vu": digest}).status_code == 302
    assert FeeCall.objects.count() == 1
    row = FeeCall.objects.get()
    pdf = client.get(till.path(f"appels/{row.pk}/lettres.pdf"))
    read = PdfReader(BytesIO(b"".join(pdf)))
    assert len(read.pages) == 3
    text = " ".join(" ".join(page.extract_text() for page in read.pages).split())
    assert all(word in text for word in ("Cantine", "Moulin", "Ville", "TVA", "reçu fiscal"))


@pytest.mark.parametrize(
    "values", [{"last": "2020-01-01"}, {"first": "x"}, {"due": "2020-01-01"}, {"seller": "x"}]
)
def test_a_period_without_sense_is_said_and_calls_nothing(till: Till, values: dict[str, str]) -> None:
    till.voted()
    period = {"bareme": "1", "first": "2026-01-01", "last": "2026-12-31", "seller": str(till.pole.pk)}
    sent = {**period, "on": "2026-01-02", "due": "2026-02-02", **values}
    client = signed_in(till.animator)
    assert client.get(till.path("appels/nouveau/"), sent).status_code == 422
    assert client.post(till.path("appels/nouveau/"), {**sent, "vu": "", "key": "x"}).status_code == 422
    assert not FeeCall.objects.exists()


def test_letters_receipts_reminders_and_credit_notes(till: Till) -> None:
    till.figures()
    till.call(till.voted())
    row = till.called()["Moulin"]
    assert row.invoice is not None
    client, reads = signed_in(till.animator), signed_in(till.miller)
    base = f"dues/{row.pk}/"
    assert client.get(till.path(f"{base}recu.pdf")).status_code == 404
    settling.settle(row.invoice, 5_000, on=till.today, how="bank", by=till.animator)
    text = PdfReader(BytesIO(b"".join(reads.get(till.path(f"{base}recu.pdf"))))).pages[0].extract_text()
    assert "n'est pas un reçu fiscal" in " ".join(text.split()).replace("’", "'")
    assert reads.get(till.path(f"{base}relance.pdf")).status_code == 404
    assert client.post(till.path("relances/"), {"due": [str(row.pk), "n'importe"]}).status_code == 302
    assert Reminder.objects.get().told == 1
    again = client.post(till.path("relances/"), {"due": [str(row.pk)]}, follow=True)
    assert "déjà relancé aujourd" in again.content.decode()
    assert Reminder.objects.count() == 1
    assert reads.get(till.path(f"{base}relance.pdf"))["Content-Type"] == "application/pdf"
    assert client.get(till.path("relances/lettres.pdf")).status_code == 200
    assert reads.post(till.path(base), {"faire": "credit", "reason": "Non"}).status_code == 403
    too_much = {"faire": "credit", "cents": "900", "reason": "Erreur"}
    assert client.post(till.path(base), too_much).status_code == 409
    assert client.post(till.path(base), {"faire": "credit", "cents": "100", "reason": ""}).status_code == 422
    assert (
        client.post(till.path(base), {"faire": "credit", "cents": "100", "reason": "Erreur"}).status_code
        == 302
    )
    page = reads.get(till.path(base)).content.decode()
    assert "réglée" in page
    assert "Erreur" in page
    assert following.owed(CalledFee.objects.filter(pk=row.pk), on=till.today)[0].left == 0


def test_pages_speak_english(till: Till) -> None:
    till.figures()
    row = till.call(till.voted())
    client = signed_in(till.animator)
    for tail in (*LISTED, *RUN, f"appels/{row.pk}/", "baremes/1/"):
        assert client.get(f"/en{till.path(tail)}").status_code == 200, tail


def test_queries_do_not_grow_with_members(till: Till) -> None:
    till.figures()
    scale = till.voted()
    row = till.call(scale)
    client = signed_in(till.animator)
    tails = ("", "simuler/", "chiffres/", "appels/nouveau/", "relances/", f"appels/{row.pk}/", "baremes/")
    few = {tail: _queries(client, till.path(tail)) for tail in tails}
    for number in range(27):
        actor = create_actor(f"Membre {number}", source=None, public=False)
        add_member(till.pole, actor, by=till.animator)
        till.figure(actor, 1_000)
        if number % 2:
            saying.grant(till.pole, actor, None, reason="x", valid_from=till.year[0], by=till.animator)
    till.call(scale)
    many = {tail: _queries(client, till.path(tail)) for tail in tails}
    assert max(many.values()) <= 30
    assert {tail: many[tail] - few[tail] for tail in tails if many[tail] > few[tail] + 1} == {}


def _queries(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(path).status_code == 200
    return len(asked)


def test_next_year_is_simulated_on_the_last_known_figures_and_called_on_none(till: Till) -> None:
    till.figures()
    scale = till.voted()
    client = signed_in(till.animator)
    page = client.get(till.path(f"simuler/?apres=1&annee={till.today.year + 1}")).content.decode()
    assert "c&#x27;est le dernier connu qui sert" in page
    assert "700" in page
    first, last = (
        till.year[0].replace(year=till.today.year + 1),
        till.year[1].replace(year=till.today.year + 1),
    )
    seen = calls.preview(till.pole, scale, first, last, on=till.today)
    assert [one.member.actor.name for one in seen.unknown] == ["Cantine", "Moulin"]


def test_what_a_flat_line_does_not_ask_is_neither_asked_nor_read(till: Till) -> None:
    till.voted()
    client = signed_in(till.animator)
    page = client.get(till.path("chiffres/")).content.decode()
    assert f'name="turnover-{till.canteen.pk}"' in page
    assert f'name="turnover-{till.town.pk}"' not in page
    flat = {"l0-basis": "flat", "l0-b1-amount": "", "l0-b1-rate": "12"}
    assert client.post(till.path("baremes/nouveau/"), form_of(**flat)).status_code == 302
