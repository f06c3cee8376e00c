"""Asked after an evaluation, instructed, decided with reasons, certified, renewed, contested; advantages
that end.
"""

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils.formats import date_format

from terreau.common.canonical import digest
from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.journal.actions import seal
from terreau.journal.verification import verify
from terreau.labels import (
    advantages,
    certificates,
    composed,
    deciding,
    demo,
    people_data,
    requests,
    rules,
    saying,
    work,
)
from terreau.labels.advantages import Opened
from terreau.labels.deciding import Progress
from terreau.labels.models import Advantage, Certificate, LabelDecision, LabelRequest
from terreau.labels.rules import Worth
from terreau.notices.models import Notice
from terreau.poles.workspace import of_person
from tests.followup import making as followup
from tests.labels import making
from tests.labels.making import Labelling


def _renewing(labelling: Labelling) -> tuple[LabelRequest, LabelRequest]:
    """Return a label near its end and the instructed request that renews it."""
    held = labelling.granted()
    near = labelling.today + timedelta(days=30)
    LabelRequest.objects.filter(pk=held.pk).update(valid_to=near)
    followup.conclude_again(labelling.course)
    return held, labelling.found(labelling.ask())


def test_no_label_without_a_shared_evaluation(db: None) -> None:
    early = making.labelling(concluded=False)
    with pytest.raises(DomainError) as found:
        early.ask()
    assert found.value.facts["missing"] == ["no_evaluation"]
    followup.evaluated(early.course)
    followup.sign(early.course, followup.Side.FUNDER, early.course.officer)
    with pytest.raises(DomainError):
        early.ask()
    followup.sign(early.course, followup.Side.BENEFICIARY, early.course.animator)
    assert early.ask().state == "requested"


def test_a_closed_label_and_a_private_pole_do_not_ask(labelling: Labelling) -> None:
    subject = labelling.course.pole.actor.subject
    subject.public = False
    subject.save()
    labelling.scheme.state = "closed"
    labelling.scheme.save()
    with pytest.raises(DomainError) as found:
        labelling.ask()
    assert found.value.facts["missing"] == ["scheme_closed", "pole_private"]


def test_a_label_is_granted_once_every_criterion_is_answered(labelling: Labelling) -> None:
    row = labelling.ask()
    with pytest.raises(DomainError, match="Aucun constat"):
        labelling.grant(deciding.take(row, on=labelling.today, by=labelling.keeper, seen=row.version))
    row.refresh_from_db()
    for code in deciding.codes(row):
        deciding.find(row, code, answer="oui", words="", seen=0, by=labelling.keeper)
    made = labelling.grant(row)
    assert (made.state, made.valid_from) == ("granted", labelling.today)
    assert made.valid_to == rules.last_day(labelling.today, 36)
    with pytest.raises(DomainError, match="n'est pas en instruction"):
        deciding.find(made, "A1", answer="non", words="Non.", seen=1, by=labelling.keeper)
    kept = LabelDecision.objects.get(request=made, verb="grant").data
    assert [one["criterion"] for one in kept["findings"]] == ["A1", "A2", "B1"]


def test_what_is_missing_asks_for_a_plan_of_progress(labelling: Labelling) -> None:
    row = labelling.found(labelling.ask(), no=("A2",))
    with pytest.raises(DomainError, match="plan de progrès"):
        labelling.grant(row)
    step = Progress("Ouvrir la gouvernance aux habitants", labelling.today + timedelta(days=200))
    made = labelling.grant(row, plan=(step,))
    held = made.plan.get()
    deciding.done(held, words="Un collège d'habitants.", on=labelling.today, by=labelling.course.animator)
    with pytest.raises(StaleWriteError):
        deciding.done(held, words="Autre chose.", on=labelling.today, by=labelling.course.animator)


def test_two_people_on_one_criterion_do_not_overwrite_each_other(labelling: Labelling) -> None:
    row = labelling.ask()
    deciding.take(row, on=labelling.today, by=labelling.keeper, seen=row.version)
    deciding.find(row, "A1", answer="oui", words="", seen=0, by=labelling.keeper)
    with pytest.raises(StaleWriteError):
        deciding.find(row, "A1", answer="non", words="Non.", seen=0, by=labelling.decider)
    with pytest.raises(DomainError, match="pourquoi"):
        deciding.find(row, "A1", answer="non", words="", seen=1, by=labelling.keeper)


def test_nobody_of_the_pole_instructs_nor_decides(labelling: Labelling) -> None:
    row = labelling.found(labelling.ask())
    followup.belong(labelling.decider, labelling.course.member)
    with pytest.raises(RefusedError, match="de ce pôle"):
        labelling.grant(row)
    row.refresh_from_db()
    assert row.state == "instructed"


def test_a_certificate_says_no_person_and_can_be_checked_again(labelling: Labelling) -> None:
    made = labelling.granted()
    row = Certificate.objects.get(request=made)
    said = json.loads(row.content)
    assert said["number"] == "POLE-DURABLE-0001"
    assert digest(said) == row.digest == row.event.data["digest"]
    for user in (labelling.course.animator, labelling.decider, labelling.keeper):
        assert user.name not in row.content
        assert str(user.pk) not in row.content
    found = certificates.check(row.token.lower().replace("-", " "), on=labelling.today)
    assert (found.worth, found.problems, found.seal) == (Worth.VALID, (), None)
    seal()
    found = certificates.check(row.token, on=labelling.today)
    assert found.seal is not None
    assert certificates.proof(found)["event"]["by"] is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.update(digest="0" * 64)
    assert verify() == []


def test_a_certificate_that_was_changed_is_told(labelling: Labelling) -> None:
    row = Certificate.objects.get(request=labelling.granted())
    row.content = row.content.replace("Pôle durable", "Pôle parfait")
    assert certificates.problems(row) == ["le contenu n'a pas l'empreinte annoncée"]
    row.event.data = {**row.event.data, "number": "AUTRE-0001"}
    assert "l'événement du journal a été changé" in certificates.problems(row)


@pytest.mark.parametrize("typed", ["", "ZZZZ-ZZZZ-ZZZ", "0000-0000-0000", "<script>", "é" * 12])
def test_an_unknown_code_is_unknown(db: None, typed: str) -> None:
    with pytest.raises(NotFoundError):
        certificates.check(typed, on=making.timezone.localdate())


def test_a_code_is_read_as_people_copy_it() -> None:
    assert certificates.tidy("ab0o-il1u 9xyz") == "AB00-111V-9XYZ"
    assert certificates.tidy(certificates.token())


def test_suspended_reinstated_withdrawn_contested(labelling: Labelling) -> None:
    made = labelling.granted()
    assert labelling.decide(made, "suspend").worth(labelling.today) == Worth.SUSPENDED
    assert labelling.decide(made, "reinstate").worth(labelling.today) == Worth.VALID
    assert labelling.decide(made, "withdraw").worth(labelling.today) == Worth.WITHDRAWN
    contested = requests.appeal(
        made, reason="C'est faux.", on=labelling.today, by=labelling.course.animator, seen=made.version
    )
    # An appeal suspends nothing by itself.
    assert (contested.state, contested.worth(labelling.today)) == ("in_appeal", Worth.WITHDRAWN)
    with pytest.raises(RefusedError, match="n'examine pas le recours"):
        labelling.decide(made, "overturn")
    assert labelling.decide(made, "overturn", labelling.owner).worth(labelling.today) == Worth.VALID
    verbs = list(made.decisions.values_list("verb", flat=True))
    assert verbs == ["ask", "take", "grant", "suspend", "reinstate", "withdraw", "appeal", "overturn"]


def test_an_appeal_that_fails_is_not_made_twice_nor_after_its_days(labelling: Labelling) -> None:
    made = labelling.granted()
    labelling.decide(made, "withdraw")
    late = labelling.today + timedelta(days=61)
    with pytest.raises(DomainError, match="ne se conteste plus"):
        requests.appeal(made, reason="Non.", on=late, by=labelling.course.animator, seen=made.version)
    requests.appeal(made, reason="Non.", on=labelling.today, by=labelling.course.animator, seen=made.version)
    labelling.decide(made, "uphold", labelling.owner)
    assert made.state == "withdrawn"
    with pytest.raises(DomainError, match="ne se conteste plus"):
        requests.appeal(
            made, reason="Non.", on=labelling.today, by=labelling.course.animator, seen=made.version
        )


def test_a_decision_that_is_upheld_holds_since_its_own_day(labelling: Labelling) -> None:
    made = labelling.granted()
    labelling.decide(made, "suspend")
    requests.appeal(made, reason="Non.", on=labelling.today, by=labelling.course.animator, seen=made.version)
    later = labelling.today + timedelta(days=30)
    deciding.decide(made, "uphold", reason="Non.", on=later, by=labelling.owner, seen=made.version)
    assert (made.state, made.decided_on) == ("suspended", labelling.today)
    assert date_format(labelling.today) in saying.sentence(made, later)
    week = composed.week(of_person(labelling.course.animator, labelling.course.pole.slug))
    assert not [one for one in week if "contester" in one.title]


def test_another_label_does_not_go_around_a_suspension(labelling: Labelling) -> None:
    made = labelling.granted()
    labelling.decide(made, "suspend")
    followup.conclude_again(labelling.course)
    with pytest.raises(DomainError) as found:
        labelling.ask()
    assert found.value.facts["missing"] == ["suspended"]
    labelling.decide(made, "withdraw")
    assert labelling.ask().renews is None


def test_an_appeal_does_not_open_a_second_request(labelling: Labelling) -> None:
    row = labelling.found(labelling.ask(), no=("A1",))
    labelling.decide(row, "refuse")
    followup.conclude_again(labelling.course)
    again = labelling.ask()
    requests.appeal(row, reason="Non.", on=labelling.today, by=labelling.course.animator, seen=row.version)
    with pytest.raises(DomainError, match="autre demande"):
        labelling.decide(row, "overturn", labelling.owner)
    requests.drop(again, reason="Non.", on=labelling.today, by=labelling.course.animator, seen=again.version)
    assert labelling.decide(row, "overturn", labelling.owner).state == "instructed"


def test_an_advantage_sent_twice_is_written_once(labelling: Labelling) -> None:
    made = labelling.granted()
    opened = Opened(labelling.course.member, "tax", "Un texte", labelling.today)
    row = advantages.open_advantage(made, opened, on=labelling.today, by=labelling.keeper)
    with pytest.raises(DomainError, match="déjà inscrit"):
        advantages.open_advantage(made, opened, on=labelling.today, by=labelling.keeper)
    advantages.interrupt(row, reason="Erreur", on=labelling.today, by=labelling.keeper)
    assert advantages.open_advantage(made, opened, on=labelling.today, by=labelling.keeper).pk != row.pk


def test_a_refused_request_leaves_its_reason_and_its_evaluation_used(labelling: Labelling) -> None:
    row = labelling.found(labelling.ask(), no=("A1",))
    assert labelling.decide(row, "refuse").state == "refused"
    assert not Certificate.objects.exists()
    with pytest.raises(DomainError) as found:
        labelling.ask()
    assert found.value.facts["missing"] == ["evaluation_used"]
    assert Notice.objects.filter(to=labelling.course.animator, text__contains="refusé").exists()


def test_a_request_given_up_gives_its_evaluation_back(labelling: Labelling) -> None:
    row = labelling.ask()
    requests.drop(row, reason="Trop tôt.", on=labelling.today, by=labelling.course.animator, seen=row.version)
    assert labelling.ask().number == 2


def test_a_renewal_follows_the_label_it_renews(labelling: Labelling) -> None:
    held, again = _renewing(labelling)
    assert again.renews == held
    made = labelling.grant(again)
    held.refresh_from_db()
    assert held.state == "renewed"
    assert made.valid_from == held.valid_to + timedelta(days=1)  # type: ignore[operator]
    assert (held.worth(labelling.today), made.worth(labelling.today)) == (Worth.VALID, Worth.TO_COME)


def test_it_is_too_soon_to_renew_and_it_asks_for_a_new_evaluation(labelling: Labelling) -> None:
    labelling.granted()
    with pytest.raises(DomainError) as found:
        labelling.ask()
    assert found.value.facts["missing"] == ["evaluation_used", "too_soon"]


def test_what_is_withdrawn_is_not_renewed(labelling: Labelling) -> None:
    held, again = _renewing(labelling)
    labelling.decide(held, "withdraw")
    with pytest.raises(DomainError, match="n'est plus en vigueur"):
        labelling.grant(again)
    assert not Certificate.objects.filter(request=again).exists()


def test_a_label_ends_at_its_day_and_its_people_are_told_before(labelling: Labelling) -> None:
    made = labelling.granted()
    assert made.valid_to is not None
    with time_machine.travel(made.valid_to - timedelta(days=20), tick=False):
        for _turn in range(2):
            work.alert(work.today())
        assert Notice.objects.filter(to=labelling.course.animator, text__contains="bientôt").count() == 1
        assert deciding.expire(work.today()) == 0
    after = made.valid_to + timedelta(days=1)
    assert deciding.expire(after) == 1
    made.refresh_from_db()
    assert made.state == "expired"


def test_an_advantage_has_a_text_three_years_and_an_end_that_is_told(labelling: Labelling) -> None:
    made = labelling.granted()
    member = labelling.course.member
    opened = Opened(member, "social", "Convention 2026-12, art. 4", labelling.today, cents=1_200_000)
    row = advantages.open_advantage(made, opened, on=labelling.today, by=labelling.keeper)
    assert row.ends_on == rules.last_day(labelling.today, 36)
    for change, message in (
        ({"legal_basis": " "}, "s'appuie sur un texte"),
        ({"actor": labelling.scheme.owner}, "n'est pas membre"),
        ({"ends_on": labelling.today - timedelta(days=1)}, "ne précède pas"),
    ):
        values = {"actor": member, "kind": "tax", "legal_basis": "Un texte", "starts_on": labelling.today}
        with pytest.raises(DomainError, match=message):
            advantages.open_advantage(
                made, Opened(**{**values, **change}), on=labelling.today, by=labelling.keeper
            )
    with time_machine.travel(row.ends_on - timedelta(days=10), tick=False):
        work.alert(work.today())
    told = Notice.objects.filter(text__contains="avantage").values_list("to", flat=True)
    assert {labelling.course.animator.pk, labelling.keeper.pk} <= set(told)
    advantages.interrupt(row, reason="Projet arrêté", on=labelling.today, by=labelling.keeper)
    with pytest.raises(DomainError, match="déjà interrompu"):
        advantages.interrupt(row, reason="Projet arrêté", on=labelling.today, by=labelling.keeper)
    assert not Advantage.objects.filter(advantages.running(labelling.today)).exists()


def test_no_advantage_once_the_label_is_withdrawn(labelling: Labelling) -> None:
    made = labelling.granted()
    labelling.decide(made, "withdraw")
    opened = Opened(labelling.course.member, "tax", "Un texte", labelling.today)
    with pytest.raises(DomainError, match="en vigueur"):
        advantages.open_advantage(made, opened, on=labelling.today, by=labelling.keeper)


def test_what_is_held_of_people_is_given_to_them(labelling: Labelling) -> None:
    labelling.granted()
    assert people_data.export(labelling.decider)["decisions_label"]
    assert people_data.export(labelling.keeper)["roles_label"]


def test_the_demonstration_says_that_it_is_made_up(labelling: Labelling) -> None:
    made = demo.fill(labelling.course.pole, labelling.course.animator)
    assert made is not None
    assert (made.state, made.example, made.conclusion.evaluation.dossier.example) == ("granted", True, True)
    assert demo.FLAG in made.scheme.name
    assert made.plan.count() == made.advantages.count() == 1
    assert verify() == []
