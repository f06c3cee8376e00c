"""Who was laureate of an earlier call: known from its files, and from nothing else."""

from terreau.actors.models import Actor
from terreau.calls import eligibility
from terreau.calls.eligibility import Said
from terreau.calls.models import Call
from terreau.common.verdicts import Answer
from terreau.dossiers import laureates
from tests.dossiers import making


def _answer(call: Call, actor: Actor) -> Answer | None:
    return laureates.of(actor, [call.slug]).get(call.slug)


def test_those_chosen_are_known_once_the_call_is_decided(db: None) -> None:
    call, won, lost = making.call(), making.actor(), making.actor()
    making.dossier(call, applicant=won, state="agreement")
    making.dossier(call, applicant=lost, state="reserve")
    assert (_answer(call, won), _answer(call, lost)) == (Answer.YES, None)
    Call.objects.filter(pk=call.pk).update(state=Call.State.DECIDED)
    assert (_answer(call, won), _answer(call, lost)) == (Answer.YES, Answer.NO)


def test_a_pole_that_another_carried_was_laureate_too(db: None) -> None:
    pole = making.pole()
    call = making.call()
    making.dossier(call, applicant=making.actor(), pole=pole, state="running")
    assert _answer(call, pole.actor) == Answer.YES


def test_a_past_call_whose_files_are_not_here_refuses_nobody(db: None) -> None:
    past = making.call(state=Call.State.ARCHIVED)
    rule = {"code": "won", "label": "Gagné", "rule": "laureate", "calls": [past.slug]}
    actor = making.actor()
    assert _answer(past, actor) is None
    assert eligibility.judge(making.call(criteria=[rule]), actor, Said()).answer == Answer.TO_CHECK
