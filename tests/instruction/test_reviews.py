"""Files given to people, reviews sealed then opened, conflicts enforced, the harmonisation meeting."""

from datetime import date

import pytest

from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.dossiers import perms
from terreau.dossiers.models import Dossier
from terreau.instruction import appraising, assigning, conflicts, harmonising, progress, read
from terreau.instruction.models import Appraisal, Assignment, Conflict, Progress, ScoreChange
from terreau.journal.models import Event, Refusal
from terreau.poles.composition import add_member
from terreau.subjects import actions as subjects
from tests.dossiers import making
from tests.instruction.conftest import WORDS, Office, region
from tests.netting.conftest import belong

DAY = date(2026, 6, 1)


def give(office: Office, place: int, reviewer: int, **words: object) -> Appraisal:
    """Give the review of a file."""
    user = office.reviewers[reviewer]
    return appraising.give(office.files[place], user, base={}, mine_={**WORDS, **words})


def held(office: Office, place: int) -> Progress:
    """Return what lists show of a file, checked against what it repeats."""
    row = Progress.objects.get(pk=office.files[place].pk)
    built = progress.built(Dossier.objects.filter(pk=row.pk).select_related("call"))[0]
    names = [one.attname for one in Progress._meta.fields]
    assert {name: getattr(row, name) for name in names} == {name: getattr(built, name) for name in names}
    return row


def test_reviews_are_read_by_nobody_else_until_the_last_is_given(office: Office) -> None:
    office.give(0, 0, 1)
    give(office, 0, 0)
    first, second, _third = office.reviewers
    assert [one.reviewer for one in appraising.seen(office.files[0], first, officer=False).rows] == [first]
    assert appraising.seen(office.files[0], second, officer=False).rows == []
    sealed = appraising.seen(office.files[0], office.officer, officer=True)
    assert (sealed.rows, sealed.mean, sealed.given, sealed.assigned) == ([], None, 1, 2)
    assert (held(office, 0).mean, held(office, 0).given) == (None, 1)
    give(office, 0, 1, **{"score:utility": 2})
    opened = appraising.seen(office.files[0], office.officer, officer=True)
    assert (len(opened.rows), opened.mean, opened.spread) == (2, 63_334, 26_667)
    assert len(appraising.seen(office.files[0], first, officer=False).rows) == 2
    assert (held(office, 0).mean, held(office, 0).spread) == (63_334, 26_667)
    found = {one.dossier.pk: one for one in read.scored(office.call)}[office.files[0].pk]
    assert (found.score, found.spread, found.given) == (63_334, 26_667, 2)


def test_a_review_is_given_whole_once_and_never_changed(office: Office) -> None:
    office.give(0, 0)
    with pytest.raises(DomainError, match="Il manque un critère : Utilité") as error:
        give(office, 0, 0, **{"text:utility": " "})
    assert error.value.code == "unfinished"
    assert Appraisal.objects.count() == 0
    with pytest.raises(DomainError, match="va de 0 à 5"):
        give(office, 0, 0, **{"score:utility": 6})
    row = give(office, 0, 0)
    with pytest.raises(DomainError, match="harmonisation") as error:
        appraising.write(office.files[0], office.reviewers[0], base={}, mine_={"score:utility": 1})
    assert error.value.code == "given"
    row.refresh_from_db()
    assert (row.scores["utility"], row.first_total) == (4, 76_667)


def test_two_windows_of_one_reviewer_lose_nothing(office: Office) -> None:
    office.give(0, 0)
    dossier, user = office.files[0], office.reviewers[0]
    seen = appraising.flat(None, ())
    appraising.write(dossier, user, base=seen, mine_={"score:utility": 3})
    base = {"score:utility": None, "score:team": None}
    row = appraising.write(dossier, user, base=base, mine_={"score:team": 9})
    assert row.scores == {"utility": 3, "team": 9}
    with pytest.raises(StaleWriteError) as error:
        appraising.write(dossier, user, base=base, mine_={"score:utility": 5})
    assert error.value.facts["conflicts"]["score:utility"] == {"base": None, "theirs": 3, "mine": 5}


def test_who_was_not_given_a_file_does_not_review_it(office: Office) -> None:
    office.give(0, 0)
    with pytest.raises(RefusedError, match="confié"):
        give(office, 0, 1)
    assert Refusal.objects.filter(verb="review.given", by=office.reviewers[1].pk).exists()
    with pytest.raises(RefusedError, match="confié"):
        perms.of_person(office.reviewers[1], office.files[0].pk, "staff")
    assert perms.of_person(office.reviewers[0], office.files[0].pk, "review").role == "reviewer"
    with pytest.raises(NotFoundError):
        perms.of_person(making.person(), office.files[0].pk)


def test_a_declared_conflict_takes_the_file_away_at_once(office: Office) -> None:
    office.give(0, 0, 1)
    dossier, user = office.files[0], office.reviewers[0]
    give(office, 0, 0)
    with pytest.raises(DomainError, match="ce qui vous lie"):
        conflicts.declare(dossier, user, why=" ")
    conflicts.declare(dossier, user, why="Ma sœur y travaille.")
    with pytest.raises(RefusedError, match="déclaré un conflit"):
        perms.of_person(user, dossier.pk, "staff")
    assert not Assignment.objects.filter(dossier=dossier, user=user, ended_at=None).exists()
    assert held(office, 0).reviewers == 1
    with pytest.raises(DomainError, match="conflit"):
        assigning.assign(dossier, user, assigning.REVIEWER, by=office.owner)
    assert Event.objects.filter(verb="conflict.declared", subject=dossier.subject).count() == 1
    row = Conflict.objects.get()
    with pytest.raises(DomainError, match="son propre"):
        conflicts.lift(row, by=user, why="Si.")
    conflicts.lift(row, by=office.owner, why="Elle n'y travaille plus.")
    assigning.assign(dossier, user, assigning.REVIEWER, by=office.owner)


def test_the_register_knows_conflicts_that_nobody_declares(office: Office) -> None:
    """Of the applicant, of its pole, of a member of the pole, of the team; a funder of the pole is none."""
    pole, member, funder = making.pole(), making.actor(), making.actor()
    add_member(pole, member, by=office.owner)
    add_member(pole, funder, by=office.owner, role="funder")
    Dossier.objects.filter(pk=office.files[0].pk).update(pole=pole)
    by_applicant, by_member, by_funder = office.reviewers
    belong(by_applicant, office.files[0].applicant)
    belong(by_member, member)
    belong(by_funder, funder)
    making.joins(office.files[1], by_funder, "reader")
    users = [one.pk for one in office.reviewers]
    found = conflicts.between(users, Dossier.objects.filter(call=office.call))
    assert found == {
        (office.files[0].pk, by_applicant.pk): conflicts.APPLICANT,
        (office.files[0].pk, by_member.pk): conflicts.MEMBER,
        (office.files[1].pk, by_funder.pk): conflicts.TEAM,
    }
    plan = assigning.plan_reviewers(office.call)
    assert not set(plan.pairs) & set(found)
    assert plan.short == {office.files[0].pk: 1}
    rows, hidden = read.visible(office.call, by_member, office.held(office.owner))
    assert (rows.count(), hidden) == (3, 1)
    belong(office.officer, member)
    with pytest.raises(RefusedError, match="membre du pôle"):
        perms.of_person(office.officer, office.files[0].pk, "instruct")


def test_a_merged_organisation_still_ties_its_people(office: Office) -> None:
    old = making.actor()
    belong(office.reviewers[0], old)
    subjects.merge(old.subject, office.files[2].applicant.subject, by=office.owner, reason="Doublon.")
    assert conflicts.why_not(office.reviewers[0], office.files[2]) == conflicts.APPLICANT


def test_files_go_to_the_officers_of_their_region_evenly(office: Office) -> None:
    brittany, paris = region("53", "Bretagne"), region("11", "Île-de-France")
    breton = making.person("Bretonne")
    making.role(breton, office.call, "officer", zone=brittany)
    Dossier.objects.filter(pk__in=[one.pk for one in office.files[:2]]).update(zone=brittany)
    Dossier.objects.filter(pk=office.files[2].pk).update(zone=paris)
    plan = assigning.plan_officers(office.call)
    assert dict(plan.pairs) == {
        office.files[0].pk: breton.pk,
        office.files[1].pk: breton.pk,
        office.files[2].pk: office.officer.pk,
        office.files[3].pk: office.officer.pk,
    }
    assigning.give(plan, by=office.owner)
    assert held(office, 0).officer_id == breton.pk
    assert assigning.give(plan, by=office.owner) == []
    rows, _hidden = read.visible(office.call, breton, office.held(breton))
    assert set(rows) == {office.files[0], office.files[1]}
    with pytest.raises(RefusedError, match="autre région"):
        perms.of_person(breton, office.files[2].pk, "instruct")
    assert Refusal.objects.filter(by=breton.pk, subject=office.files[2].subject).exists()


def test_who_instructs_one_region_and_reviews_reads_no_more_of_the_others(office: Office) -> None:
    brittany, paris = region("53", "Bretagne"), region("11", "Île-de-France")
    breton = office.reviewers[0]
    making.role(breton, office.call, "officer", zone=brittany)
    Dossier.objects.filter(call=office.call).update(zone=paris)
    with pytest.raises(RefusedError, match="confié"):
        perms.of_person(breton, office.files[0].pk)
    office.give(0, 0)
    space = perms.of_person(breton, office.files[0].pk)
    assert (space.roles, space.standing.roles, space.may("instruct")) == ({"reviewer"}, {"reviewer"}, False)


def test_an_expired_role_opens_nothing(office: Office) -> None:
    office.officer.call_roles.update(valid_to=date(2026, 1, 2))
    with pytest.raises(NotFoundError):
        perms.of_person(office.officer, office.files[0].pk)
    rows, _hidden = read.visible(office.call, office.officer, office.held(office.officer))
    assert not rows.exists()


def test_scores_change_in_a_meeting_alone_and_those_given_first_stay(office: Office) -> None:
    office.give(0, 0, 1)
    row = give(office, 0, 0)
    meeting = harmonising.open_meeting(office.call, on=DAY, present="A, B", by=office.owner)
    told = {"before": 4, "after": 3, "by": office.owner}
    with pytest.raises(DomainError, match="scellées"):
        harmonising.change(meeting, row, "utility", reason="Trop haut.", **told)
    give(office, 0, 1)
    with pytest.raises(DomainError, match="pourquoi"):
        harmonising.change(meeting, row, "utility", reason="", **told)
    harmonising.change(meeting, row, "utility", reason="Trop haut.", **told)
    row.refresh_from_db()
    assert (row.scores["utility"], row.first_total) == (4, 76_667)
    assert (row.agreed["utility"], row.total) == (3, 63_333)
    assert held(office, 0).mean == 70_000
    with pytest.raises(StaleWriteError):
        harmonising.change(meeting, row, "utility", reason="Encore.", **told)
    harmonising.close(meeting, note="Fait.", by=office.owner)
    with pytest.raises(DomainError, match="close"):
        harmonising.change(meeting, row, "utility", before=3, after=2, reason="Tard.", by=office.owner)
    assert ScoreChange.objects.count() == 1


def test_who_leaves_a_file_leaves_the_seal_to_the_others(office: Office) -> None:
    """A reviewer taken off no longer holds the file sealed; a review begun counts no more."""
    office.give(0, 0, 1)
    give(office, 0, 0)
    other = Assignment.objects.get(user=office.reviewers[1])
    assigning.end(other, by=office.owner, why="Absent.")
    assert appraising.opened_now(office.files[0])
    assert held(office, 0).mean == 76_667
