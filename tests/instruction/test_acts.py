"""Admissibility, opinions, complements and their clock, letters with reasons, draws, batches undone."""

from datetime import date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine

from terreau.calls.models import Call
from terreau.common.errors import DomainError, RefusedError, StaleWriteError
from terreau.dossiers import moving
from terreau.dossiers.actions import answer
from terreau.dossiers.models import Dossier, FrozenCopy
from terreau.envelopes import actions as envelopes
from terreau.instruction import bulk, complements, desk, draws, letters, lots, opinions, progress, read
from terreau.instruction.models import Assignment, Complement, Letter, Progress
from terreau.jobs.work import start
from terreau.notices.models import Notice
from tests.dossiers import making
from tests.instruction.conftest import Office, make, region

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 6, 1, 10, tzinfo=PARIS)


@pytest.fixture
def june(db: None) -> Office:
    """The call on the first of June, its files deposited that day."""
    with time_machine.travel(NOW, tick=False):
        return make()


def test_the_admissibility_sheet_is_prefilled_and_an_officer_answers_it(office: Office) -> None:
    dossier = office.files[0]
    found = {one.code: one for one in desk.points(dossier, None)}
    assert (found["on_time"].answer, found["complete"].answer) == ("oui", "oui")
    row = desk.write(
        dossier, base={}, mine={"verdict:complete": "non", "note:complete": "Devis."}, by=office.officer
    )
    points = desk.points(dossier, row)
    assert desk.reasons(points) == "– Dossier complet : Devis."
    with pytest.raises(DomainError, match="Un point est à « non »"):
        desk.admit(dossier, by=office.officer)
    desk.write(
        dossier, base=desk.flat(row), mine={**desk.flat(row), "verdict:complete": "oui"}, by=office.officer
    )
    desk.admit(dossier, by=office.officer)
    assert office.fresh(0).state == "admissible"


def test_nothing_is_inadmissible_without_reasons_and_the_applicant_reads_them(office: Office) -> None:
    dossier = office.files[0]
    with pytest.raises(DomainError, match="sans motif"):
        desk.reject(dossier, reason=" ", by=office.officer)
    desk.reject(dossier, reason="Le siège est hors du territoire.", by=office.officer)
    letter = Letter.objects.get(dossier=dossier)
    assert "Le siège est hors du territoire." in letter.text
    assert "Vous gardez votre place au registre" in letter.text
    assert Notice.objects.filter(to=office.leads[0], path=f"/dossiers/{dossier.pk}/echanges/").exists()
    assert not letters.owed(office.call).exists()


def test_two_officers_on_one_sheet_merge_or_are_told(office: Office) -> None:
    dossier = office.files[0]
    seen = desk.flat(None)
    desk.write(dossier, base=seen, mine={**seen, "summary": "Solide."}, by=office.officer)
    row = desk.write(dossier, base=seen, mine={**seen, "note": "Voir la région."}, by=office.owner)
    assert (row.summary, row.note) == ("Solide.", "Voir la région.")
    with pytest.raises(StaleWriteError) as error:
        desk.write(dossier, base=seen, mine={**seen, "summary": "Fragile."}, by=office.owner)
    assert error.value.facts["conflicts"]["summary"]["theirs"] == "Solide."


def test_a_mandatory_opinion_cannot_be_skipped_and_a_reserved_one_says_why(db: None) -> None:
    office = make(
        stages=[{"code": "region", "opinion": "mandatory"}, {"code": "committee", "opinion": "none"}]
    )
    dossier, held = office.files[0], office.held(office.owner)
    for verb in ("admit", "to_region"):
        moving.move(dossier, verb, by=office.owner)
    with pytest.raises(RefusedError, match="avis obligatoire"):
        moving.move(dossier, "to_committee", by=office.owner)
    assert [one.key for one in opinions.lacking(dossier)] == ["region"]
    with pytest.raises(DomainError, match="dit pourquoi"):
        opinions.give(dossier, "region", value="reserved", text="", held=held, by=office.owner)
    with pytest.raises(RefusedError, match="région"):
        opinions.give(
            dossier,
            "region",
            value="favourable",
            text="",
            held=office.held(office.ministry),
            by=office.ministry,
        )
    with pytest.raises(DomainError, match="ne demande pas"):
        opinions.give(dossier, "national", value="none", text="", held=held, by=office.owner)
    opinions.give(dossier, "region", value="reserved", text="Budget tendu.", held=held, by=office.owner)
    row = Progress.objects.get(pk=dossier.pk)
    assert (row.reserved, row.lacking) == (1, 0)
    moving.move(dossier, "to_committee", by=office.owner)
    opinions.give(dossier, "region", value="favourable", text="", held=held, by=office.owner)
    assert read.scored(office.call)[0].opinions == {"region": "favourable"}
    assert dossier.opinions.count() == 2


def test_the_opinion_of_a_sponsor_is_given_by_its_people_alone(db: None) -> None:
    office = make()
    office.sponsor.opinion = "mandatory"
    office.sponsor.save()
    dossier, key = office.files[0], f"sponsor:{office.sponsor.pk}"
    moving.move(dossier, "admit", by=office.owner)
    moving.move(dossier, "to_national", by=office.owner)
    with pytest.raises(RefusedError, match="financeur"):
        opinions.give(
            dossier, key, value="favourable", text="", held=office.held(office.owner), by=office.owner
        )
    with pytest.raises(RefusedError, match="avis obligatoire"):
        moving.move(dossier, "to_committee", by=office.owner)
    opinions.give(dossier, key, value="none", text="", held=office.held(office.ministry), by=office.ministry)
    moving.move(dossier, "to_committee", by=office.owner)


def test_lists_follow_each_day_what_a_call_asks(office: Office) -> None:
    progress.project([one.pk for one in office.files])
    office.sponsor.opinion = "mandatory"
    office.sponsor.save()
    held = office.held(office.officer)
    asked = read.Filters(watch="avis")
    assert read.sheet(office.call, asked, user=office.officer, held=held).total == 0
    assert start("instruction.project", by=None).report == {"files": 4}
    assert read.sheet(office.call, asked, user=office.officer, held=held).total == 4


def test_a_complement_stops_the_clock_opens_its_fields_and_refuses_nothing(june: Office) -> None:
    dossier, lead = june.files[0], june.leads[0]
    with time_machine.travel(NOW + timedelta(days=5), tick=False) as clock:
        due = date(2026, 6, 20)
        complements.ask(dossier, keys=["summary"], text="Précisez le résumé.", due=due, by=june.officer)
        row = Progress.objects.get(pk=dossier.pk)
        assert progress.left(row, date(2026, 6, 6)) == progress.left(row, date(2026, 6, 15)) == (85, True)
        with pytest.raises(DomainError, match="ne portent pas"):
            answer(dossier, "asked", 1, base_version=None, by=lead)
        answer(dossier, "summary", "Mieux.", base_version=None, by=lead)
        clock.move_to(NOW + timedelta(days=17))
        job = start("instruction.remind", by=None)
        assert job.report == {"files": 1}
        assert complements.remind(date(2026, 6, 18)) == 0
        assert Notice.objects.filter(to=lead, text__startswith="Rappel").count() == 1
        for _twice in range(2):
            complements.answer(dossier, text="Voilà.", key="k1", by=lead)
    held = Complement.objects.get()
    assert (held.answer, held.answered_by) == ("Voilà.", lead)
    assert june.fresh(0).state == "deposited"
    assert FrozenCopy.objects.filter(dossier=dossier).count() == 1
    row = Progress.objects.get(pk=dossier.pk)
    assert (row.waiting, row.until) == (None, date(2026, 8, 30) + timedelta(days=12))


def test_past_its_day_the_file_is_taken_up_by_somebody_never_refused_by_itself(june: Office) -> None:
    dossier = june.files[0]
    with time_machine.travel(NOW + timedelta(days=5), tick=False) as clock:
        with pytest.raises(DomainError, match="au moins un jour"):
            complements.ask(dossier, keys=[], text="Devis.", due=date(2026, 6, 6), by=june.officer)
        row = complements.ask(dossier, keys=[], text="Devis.", due=date(2026, 6, 10), by=june.officer)
        assert "rien n'est refusé d'office" in row.consequence
        clock.move_to(NOW + timedelta(days=30))
        assert complements.remind(date(2026, 7, 1)) == 0
        assert june.fresh(0).state == "complements"
        assert progress.left(Progress.objects.get(pk=dossier.pk), date(2026, 7, 1)) == (65, False)
        with pytest.raises(DomainError, match="pourquoi"):
            complements.go_on(dossier, why=" ", by=june.officer)
        complements.go_on(dossier, why="Examiné tel quel.", by=june.officer)
    assert june.fresh(0).state == "deposited"
    assert Complement.objects.get().closed_why == "Examiné tel quel."


def test_each_refused_applicant_reads_why_and_keeps_their_place(office: Office) -> None:
    dossier = office.files[0]
    for verb in ("admit", "to_national", "to_committee"):
        moving.move(dossier, verb, by=office.owner)
    with pytest.raises(DomainError, match="refus sans motif"):
        letters.leave(dossier, "refused", by=office.owner)
    moving.move(dossier, "refuse", by=office.owner, reason="Budget incomplet.")
    assert not letters.owed(office.call).exists()
    with pytest.raises(DomainError, match="ne sont pas publiés"):
        letters.leave(dossier, "refused", by=office.owner)
    Call.objects.filter(pk=office.call.pk).update(state="decided")
    office.call.refresh_from_db()
    dossier = office.files[0] = office.fresh(0)
    assert [one.pk for one in letters.owed(office.call)] == [dossier.pk]
    order = bulk.Order("letter", (dossier.pk, office.files[1].pk))
    held = office.held(office.owner)
    plan = bulk.plan(office.call, order, by=office.owner, held=held)
    assert [one.ok for one in plan.lines] == [True, False]
    done = bulk.do(office.call, order, key=uuid4(), by=office.owner, held=held)
    assert (done.count, len(done.refused)) == (1, 1)
    text = Letter.objects.get().text
    assert "Budget incomplet." in text
    assert "vous gardez votre place au registre" in text
    assert not letters.owed(office.call).exists()
    with pytest.raises(DomainError, match="ne se reprend pas"):
        bulk.undo(done.bulk, by=office.owner, held=held)


def test_a_laureate_reads_how_much_is_given_and_nothing_when_no_money_is(office: Office) -> None:
    Call.objects.filter(pk=office.call.pk).update(state="decided")
    Dossier.objects.filter(pk__in=[one.pk for one in office.files[:2]]).update(state="laureate")
    purse = envelopes.open(office.call.programme, name="Enveloppe", cents=9_000_000, by=office.owner)
    envelopes.commit(purse, office.fresh(0), 5_000_000, by=office.owner, origin="award:essai")
    given = letters.leave(office.fresh(0), "laureate", by=office.officer)
    assert "Montant accordé : 50\u202f000,00\u00a0€." in given.text
    without = letters.leave(office.fresh(1), "laureate", by=office.officer)
    assert "Montant" not in without.text


def test_braces_in_the_title_of_a_file_stop_no_letter(office: Office) -> None:
    Dossier.objects.filter(pk=office.files[0].pk).update(title="Halle {motif} {x}")
    desk.reject(office.fresh(0), reason="Hors {territoire}.", by=office.officer)
    assert "Halle {motif} {x}" in Letter.objects.get().text


def test_a_template_with_a_place_that_means_nothing_does_not_leave(office: Office) -> None:
    office.call.letters = {"admissible": {"subject": "Dossier {dossier}", "body": "Bonjour {prenom}"}}
    office.call.save()
    dossier = office.fresh(0)
    with pytest.raises(DomainError, match="prenom"):
        letters.leave(dossier, "admissible", by=office.officer)
    with pytest.raises(DomainError, match="accolades"):
        letters.send(dossier, "admissible", title="T", text="Bonjour {prenom}", by=office.officer)


def test_a_batch_is_shown_done_once_and_undone_where_nothing_followed(office: Office) -> None:
    ids = tuple(one.pk for one in office.files[:3])
    order, key, held = bulk.Order("move", ids, step="admit"), uuid4(), office.held(office.officer)
    assert all(one.ok for one in bulk.plan(office.call, order, by=office.officer, held=held).lines)
    done = bulk.do(office.call, order, key=key, by=office.officer, held=held)
    assert bulk.do(office.call, order, key=key, by=office.officer, held=held).bulk == done.bulk
    assert [office.fresh(i).state for i in range(4)] == ["admissible"] * 3 + ["deposited"]
    moving.move(office.files[0], "to_national", by=office.officer)
    breton = making.person("Bretonne")
    making.role(breton, office.call, "officer", zone=region("53", "Bretagne"))
    with pytest.raises(RefusedError, match="autres régions"):
        bulk.undo(done.bulk, by=breton, held=office.held(breton))
    assert bulk.undo(done.bulk, by=office.officer, held=held) == (2, 1)
    assert [office.fresh(i).state for i in range(3)] == ["national", "deposited", "deposited"]
    assert done.bulk.lines.get(dossier=office.files[0]).kept_why == "une autre étape a suivi"
    with pytest.raises(DomainError, match="déjà défait"):
        bulk.undo(done.bulk, by=office.officer, held=held)


def test_reviewers_given_in_a_batch_are_taken_back_unless_they_began(office: Office) -> None:
    from terreau.instruction import appraising

    held = office.held(office.owner)
    order = bulk.Order("reviewers", tuple(one.pk for one in office.files))
    done = bulk.do(office.call, order, key=uuid4(), by=office.owner, held=held)
    assert done.count == 4
    assert Assignment.objects.filter(part="reviewer", ended_at=None).count() == 8
    told = Notice.objects.filter(kind="instruction").values_list("to", "text")
    assert len(told) == len({to for to, _text in told}) == 3
    assert sum(int(text.rpartition(" ")[2].rstrip(".")) for _to, text in told) == 8
    first = Assignment.objects.filter(part="reviewer").order_by("pk")[0]
    appraising.write(first.dossier, first.user, base={}, mine_={"score:team": 3})
    assert bulk.undo(done.bulk, by=office.owner, held=held) == (3, 1)
    assert Assignment.objects.filter(part="reviewer", ended_at=None).count() == 2


def test_a_batch_gives_files_to_nobody_who_does_not_instruct(office: Office) -> None:
    held = office.held(office.owner)
    order = bulk.Order("officer", (office.files[0].pk,), user=office.leads[1].pk)
    with pytest.raises(DomainError, match="ce rôle"):
        bulk.do(office.call, order, key=uuid4(), by=office.owner, held=held)
    assert not Assignment.objects.exists()


def test_a_file_taken_back_to_be_corrected_leaves_the_list(office: Office) -> None:
    moving.move(office.files[0], "take_back", by=office.leads[0])
    rows, _hidden = read.visible(office.call, office.officer, office.held(office.officer))
    assert set(rows) == set(office.files[1:])


def test_a_draw_is_announced_before_the_list_and_anybody_does_it_again(office: Office) -> None:
    call, ids = office.call, [one.pk for one in office.files]
    told = {"purpose": "Départager", "places": 2, "by": office.owner}
    with time_machine.travel(NOW, tick=False):
        early = draws.announce(call, rule="Nos initiales", seed="graine", **told)
        with pytest.raises(DomainError, match="reçoit encore"):
            draws.fix_list(early, ids, by=office.owner)
    with time_machine.travel(datetime(2026, 12, 20, 9, tzinfo=PARIS), tick=False) as clock:
        with pytest.raises(DomainError, match="valeur publique"):
            draws.announce(call, rule="Choisie", seed="celle-ci", **told)
        with pytest.raises(DomainError, match="jour à venir"):
            draws.announce(call, rule="Loto", seed_day=date(2026, 12, 20), **told)
        row = draws.announce(call, rule="Loto du 23 décembre", seed_day=date(2026, 12, 23), **told)
        clock.shift(60)
        row = draws.fix_list(row, ids, by=office.owner)
        with pytest.raises(DomainError, match="jour annoncé"):
            draws.draw_now(row, seed="1 2 3", by=office.owner)
        clock.move_to(datetime(2026, 12, 24, 9, tzinfo=PARIS))
        row = draws.draw_now(row, seed="4 8 15 16 23", by=office.owner)
        with pytest.raises(DomainError, match="déjà fait"):
            draws.draw_now(row, seed="1 2 3 4 5", by=office.owner)
    assert draws.verified(row)
    assert [one["name"] for one in row.result] == [one.name for one in lots.draw("4 8 15 16 23", row.names)]
    row.result = list(reversed(row.result))
    assert not draws.verified(row)


def test_the_list_filters_sorts_and_counts(office: Office) -> None:
    held = office.held(office.officer)
    bulk.do(
        office.call,
        bulk.Order("officer", (office.files[0].pk,), user=office.officer.pk),
        key=uuid4(),
        by=office.officer,
        held=held,
    )

    def numbers(**asked: object) -> list[int]:
        found = read.sheet(
            Call.objects.get(pk=office.call.pk), read.Filters(**asked), user=office.officer, held=held
        )
        return [one.dossier.number for one in found.page.rows]

    assert numbers() == [1, 2, 3, 4]
    assert numbers(officer="moi") == [1]
    assert numbers(officer="aucun") == [2, 3, 4]
    assert numbers(text="projet 2") == [3]
    assert numbers(text=office.files[3].reference) == [4]
    assert numbers(sort="-numero") == [4, 3, 2, 1]
    assert numbers(reviews="a-confier") == [1, 2, 3, 4]
    assert numbers(watch="retard") == []
    assert numbers(states=("admissible",)) == []
