"""Pages of the committee: who enters, what is shown, what is proposed and decided there, few queries."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terreau.calls.models import Call
from terreau.calls.perms import standing
from terreau.dossiers.models import Dossier
from terreau.instruction import conflicts, draws, lots
from terreau.instruction.models import Draw, Progress
from terreau.journal.models import Refusal
from terreau.selection import assisting, committee, deciding, proposing, read
from terreau.selection.models import Committee, Decision, PortfolioRun, Proposal
from tests.dossiers import making
from tests.people import People, enrol
from tests.selection.conftest import Table

PAGES = ("", "decisions/", "composition/", "assistant/")


def _sign_in(client: Client, user: object, *, proved: bool = False) -> None:
    People.sign_in(_Nobody(), client, user, proved=proved)  # type: ignore[arg-type]


class _Nobody:
    """What ``People.sign_in`` looks at: none of these people hold a global role."""

    class _One:
        pk = None

    moderator = moderator_elsewhere = officer = administrator = _One()


def _scores(table: Table, *scores: int) -> None:
    for one, score in zip(table.files, scores, strict=False):
        Progress.objects.update_or_create(dossier=one, defaults={"call": table.call, "mean": score})


def _post(client: Client, path: str, **said: object) -> int:
    return client.post(path, {key: str(value) for key, value in said.items()}).status_code


@pytest.mark.parametrize("tail", PAGES)
def test_who_enters(table: Table, client: Client, tail: str) -> None:
    assert client.get(table.path(tail)).status_code == 302
    for user, codes in (
        (table.owner, {200}),
        (table.member, {200}),
        (table.officer, {200} if tail != "assistant/" else {403}),
        (table.stranger, {403}),
    ):
        _sign_in(client, user)
        assert client.get(table.path(tail)).status_code in codes, (tail, user.name)
    assert client.get("/comite/rien/").status_code == 404
    assert Refusal.objects.filter(verb="committee.enter").exists()


def test_a_member_whose_role_ended_no_longer_enters(table: Table, client: Client) -> None:
    _sign_in(client, table.member)
    committee.unseat(table.body.seats.get(), by=table.owner)
    assert client.get(table.path()).status_code == 403


def test_the_ranking_says_ties_and_what_is_left(table: Table, client: Client) -> None:
    _scores(table, 80_000, 90_500, 80_000)
    _sign_in(client, table.member)
    page = client.get(table.path()).content.decode()
    assert page.index("Projet 1") < page.index("Projet 0") < page.index("Projet 2") < page.index("Projet 3")
    assert "ex æquo avec 1 autre" in page
    assert "90,5" in page
    assert "Reste 100\u202f000\u00a0€" in page
    one = table.files[0]
    assert (
        _post(
            client, table.path(), faire="propose", dossier=one.pk, seen=0, outcome="laureate", cents="60 000"
        )
        == 302
    )
    assert "Reste 40\u202f000\u00a0€" in client.get(table.path()).content.decode()


def test_a_proposal_refused_keeps_what_was_typed(table: Table, client: Client) -> None:
    _sign_in(client, table.member)
    said = {"faire": "propose", "dossier": table.files[0].pk, "seen": 0, "outcome": "laureate"}
    answer = client.post(table.path(), {**said, "cents": "70 000", "reason": "Il le vaut."})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "On n&#x27;accorde pas plus que ce qui est demandé" in page
    assert "70 000" in page
    assert "Il le vaut." in page
    proposing.propose(table.files[0], "reserve", by=table.owner)
    assert client.post(table.path(), {**said, "cents": "1"}).status_code == 409
    assert Proposal.objects.count() == 1


def test_who_is_in_conflict_leaves_the_room(table: Table, client: Client) -> None:
    _sign_in(client, table.member)
    assert _post(client, table.path(), faire="conflict", dossier=table.files[0].pk, why="J'y siège.") == 302
    for tail in ("", "decisions/", "?format=csv"):
        assert "Projet 0" not in client.get(table.path(tail)).getvalue().decode()
    assert "1 dossier ne vous est pas montré" in client.get(table.path()).content.decode()
    said = {"faire": "propose", "dossier": table.files[0].pk, "seen": 0, "outcome": "reserve"}
    assert client.post(table.path(), said).status_code == 403
    assert not Proposal.objects.exists()


def test_an_officer_reads_and_does_not_propose(table: Table, client: Client) -> None:
    _sign_in(client, table.officer)
    assert 'name="outcome"' not in client.get(table.path()).content.decode()
    said = {"faire": "propose", "dossier": table.files[0].pk, "seen": 0, "outcome": "reserve"}
    assert client.post(table.path(), said).status_code == 403


def test_deciding_asks_for_a_proof_then_decides_everything(table: Table, client: Client) -> None:
    proposing.propose(table.files[0], "laureate", cents=6_000_000, by=table.member)
    proposing.propose(table.files[1], "refused", by=table.member)
    _sign_in(client, table.owner)
    path = table.path("decisions/")
    answer = client.post(path, {"faire": "all"})
    assert answer.status_code == 302
    assert "/compte/confirmer-acces/" in answer["Location"]
    _sign_in(client, table.owner, proved=True)
    answer = client.post(path, {"faire": "all"})
    assert answer.status_code == 422
    assert "Projet 1" in answer.content.decode()
    assert not Decision.objects.exists()
    seen = client.get(path).context["forms"]["all"].initial["seen"]
    proposing.propose(table.files[1], "refused", reason="Hors du périmètre.", by=table.member)
    answer = client.post(path, {"faire": "all", "seen": seen})
    assert answer.status_code == 409
    assert "viennent de changer" in answer.content.decode()
    assert not Decision.objects.exists()
    now = client.get(path).context["forms"]["all"].initial["seen"]
    assert client.post(path, {"faire": "all", "seen": now}).status_code == 302
    assert Decision.objects.count() == 2
    said = {"faire": "change", "dossier": table.files[1].pk, "outcome": "laureate", "reason": "Recours."}
    answer = client.post(path, {**said, "cents": "45 000"})
    assert answer.status_code == 409
    assert "Il reste 40" in answer.content.decode()
    assert "45 000" in answer.content.decode()
    said["outcome"] = "reserve"
    before = Decision.objects.get(dossier=table.files[1]).at.timestamp() - 1
    answer = client.post(path, {**said, "drawn": str(before)})
    assert answer.status_code == 409
    assert "Une autre décision" in answer.content.decode()
    assert client.post(path, {**said, "drawn": str(before + 2)}).status_code == 302
    page = client.get(path).content.decode()
    assert "Hors du périmètre." in page
    assert "auparavant" in page
    assert "Projet 1" in client.get(f"{path}?format=csv").getvalue().decode()


def test_the_list_is_public_once_published(table: Table, client: Client) -> None:
    path = table.path("composition/")
    assert client.get(path).status_code == 302
    _sign_in(client, table.owner)
    assert _post(client, path, faire="publish", about="") == 302
    client.logout()
    page = client.get(path)
    assert page.status_code == 200
    assert "Ministère de la ville" in page.content.decode()
    assert table.member.email not in page.content.decode()
    assert client.post(path, {"faire": "publish"}).status_code == 302
    _sign_in(client, table.stranger)
    assert client.get(path).status_code == 200
    assert client.post(path, {"faire": "publish"}).status_code == 403


def test_the_owner_seats_and_notes_a_sitting(table: Table, client: Client) -> None:
    newcomer = making.person("Nouvelle")
    enrol(newcomer)
    path = table.path("composition/")
    _sign_in(client, table.owner)
    said = {"faire": "seat", "name": "Nouvelle", "quality": "Région", "since": "2026-01-01"}
    assert _post(client, path, **said, email="personne@example.org") == 422
    assert _post(client, path, **said, email=newcomer.email) == 302
    assert standing(newcomer, table.call, date(2026, 2, 1)).committee
    assert (
        _post(client, path, faire="session", on="2026-03-01", place="Paris", minutes="Tout est dit.") == 302
    )
    assert "Tout est dit." in client.get(path).content.decode()


def test_the_assistant_is_off_then_proposes_and_the_committee_changes(table: Table, client: Client) -> None:
    _scores(table, 80_000, 90_000, 70_000, 60_000)
    path = table.path("assistant/")
    _sign_in(client, table.member)
    search = {"faire": "search", "envelope": "100 000", "keep": "on", "most_files": "2"}
    assert _post(client, path, **search) == 409
    assert "Il est éteint" in client.get(path).content.decode()
    assert _post(client, path, faire="ask", why="À l'unanimité.") == 302
    assert Committee.objects.get(pk=table.body.pk).assistant_by == table.member
    assert _post(client, path, **search) == 302
    run = PortfolioRun.objects.get()
    assert (run.state, run.result["status"], run.result["score"]) == ("done", "optimal", 160_000)
    page = client.get(path).content.decode()
    assert "prouvé" in page
    assert not Proposal.objects.exists()
    assert _post(client, path, faire="take", about=run.pk) == 302
    now = proposing.standing_ones([one.pk for one in table.files])
    assert [now[one.pk].outcome for one in table.files] == ["reserve", "laureate", "laureate", "reserve"]
    assert {one.run_id for one in now.values()} == {run.pk}
    proposing.propose(
        table.files[0], "refused", reason="Doublon.", by=table.member, seen=now[table.files[0].pk].pk
    )
    assert _post(client, path, **search) == 302
    last = PortfolioRun.objects.all()[0]
    assert str(table.files[0].pk) not in {one["id"] for one in last.result["awards"]}
    proposing.propose(table.files[2], "refused", reason="Vu depuis.", by=table.owner)
    proposing.take(last, by=table.member)
    now = proposing.standing_ones([one.pk for one in table.files])
    assert [now[one.pk].outcome for one in table.files[:3]] == ["refused", "laureate", "refused"]


def test_what_the_committee_keeps_has_the_amount_that_it_said(table: Table) -> None:
    _scores(table, 80_000, 90_000, 70_000, 60_000)
    proposing.propose(table.files[0], "laureate", cents=1_000_000, by=table.member)
    found = read.sheet(table.call, user=table.member, held=standing(table.member, table.call))
    held = {str(table.files[0].pk): "in"}
    asked = assisting.problem(found, [], envelope=10_000_000, step=100_000, minimum_rate=5000, decided=held)
    kept = next(one for one in asked.files if one.key in held)
    assert (kept.asked, kept.minimum, kept.decided) == (1_000_000, 1_000_000, "in")


def test_rules_that_cannot_hold_are_said_on_the_page(table: Table, client: Client) -> None:
    _scores(table, 80_000, 90_000, 70_000, 60_000)
    committee.ask_assistant(table.body, why="Oui.", by=table.member)
    _sign_in(client, table.member)
    path = table.path("assistant/")
    assert _post(client, path, faire="search", envelope="10", keep="", step="5") == 422
    proposing.propose(table.files[0], "laureate", cents=6_000_000, by=table.member)
    assert _post(client, path, faire="search", envelope="50 000", keep="on") == 302
    page = client.get(path).content.decode()
    assert "ne peuvent pas tenir ensemble" in page
    assert "Projet 0" in page


def test_the_pages_ask_few_queries_whatever_the_files(table: Table, client: Client) -> None:
    def count(tail: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(table.path(tail)).status_code == 200
        return len(asked)

    _sign_in(client, table.member)
    deciding.decide(table.files[0], "reserve", by=table.member)
    proposing.propose(table.files[1], "reserve", by=table.member)
    client.get(table.path())
    before = [count(tail) for tail in PAGES]
    for n in range(6):
        one = making.dossier(table.call, state="committee", title=f"Autre {n}")
        if n % 2:
            proposing.propose(one, "reserve", by=table.member)
        else:
            deciding.decide(one, "refused", reason="Non.", by=table.owner)
    after = [count(tail) for tail in PAGES]
    assert after == before
    assert max(after) <= 30


def test_home_lists_the_committees(table: Table, client: Client) -> None:
    assert client.get("/comite/").status_code == 302
    _sign_in(client, table.member)
    assert table.call.title in client.get("/comite/").content.decode()
    _sign_in(client, table.stranger)
    assert "Vous ne siégez dans aucun comité" in client.get("/comite/").content.decode()


def test_an_officer_of_one_region_reads_its_files_with_the_ranks_and_the_sums_of_all(table: Table) -> None:
    _scores(table, 90_000, 80_000, 70_000, 60_000)
    here, elsewhere = making.region("53"), making.region("76")
    for one, zone in zip(table.files, (elsewhere, here, elsewhere, here), strict=True):
        Dossier.objects.filter(pk=one.pk).update(zone=zone)
    proposing.propose(table.files[0], "laureate", cents=6_000_000, by=table.member)
    breton = making.person("Bretonne")
    making.role(breton, table.call, "officer", zone=here)
    found = read.sheet(table.call, user=breton, held=standing(breton, table.call))
    assert [(row.dossier, row.rank) for row in found.rows] == [(table.files[1], 2), (table.files[3], 4)]
    assert (found.purse.left, found.hidden) == (4_000_000, 0)


def test_the_draw_breaks_the_tie_when_the_call_says_so(table: Table) -> None:
    Call.objects.filter(pk=table.call.pk).update(ranking={"by": "score", "tie": "draw"})
    table.call.refresh_from_db()
    _scores(table, 80_000, 80_000, 80_000, 80_000)
    names = [one.reference for one in table.files]
    order, now = lots.draw("4 8 15", names), timezone.now()
    made = Draw.objects.create(
        call=table.call,
        purpose="Départager",
        places=1,
        rule="Loto",
        seed="4 8 15",
        names=names,
        list_hash=lots.list_hash(names),
        published_at=now - timedelta(days=2),
        listed_at=now - timedelta(days=1),
        drawn_at=now,
        result=[{"rank": one.rank, "name": one.name, "digest": one.digest} for one in order],
    )
    assert draws.verified(made)
    found = read.sheet(table.call, user=table.member, held=standing(table.member, table.call))
    assert [row.dossier.reference for row in found.rows] == [one.name for one in order]
    assert [(row.rank, row.tied) for row in found.rows] == [(1, 0), (2, 0), (3, 0), (4, 0)]


def test_who_is_in_conflict_counts_among_the_hidden(table: Table) -> None:
    held = standing(table.officer, table.call)
    assert len(read.sheet(table.call, user=table.officer, held=held).rows) == 4
    conflicts.declare(table.files[1], table.officer, why="Un proche.")
    assert len(read.sheet(table.call, user=table.officer, held=held).rows) == 3
