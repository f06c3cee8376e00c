"""The deposit: what lacks is said, the receipt, the second of the deadline, late files, never twice."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from terreau.calls.models import Call
from terreau.common.errors import DomainError, RefusedError
from terreau.dossiers import actions, deposit, frozen, moving
from terreau.dossiers.models import Dossier, FrozenCopy, Receipt, Transition
from terreau.journal.models import Event, Refusal
from terreau.notices.models import Notice
from tests.dossiers import making
from tests.dossiers.conftest import Desk


@pytest.fixture
def whole(desk: Desk) -> Desk:
    """Return the desk, with everything answered."""
    making.fill(desk.dossier, making.COMPLETE, by=desk.lead)
    return desk


def test_what_lacks_is_said_and_nothing_is_deposited(desk: Desk) -> None:
    with pytest.raises(DomainError) as refused:
        deposit.deposit(desk.dossier, by=desk.lead, key="k")
    assert refused.value.facts["missing"] == ["title", "summary", "asked"]
    assert not FrozenCopy.objects.exists()
    assert desk.dossier.state == "draft"


def test_the_receipt_says_number_second_and_hash(whole: Desk) -> None:
    receipt = deposit.deposit(whole.dossier, by=whole.lead, key="k")
    assert receipt.number == f"{whole.dossier.reference}-1"
    assert receipt.at == timezone.now()
    assert not receipt.late
    assert receipt.sha256 == receipt.copy.sha256
    assert frozen.is_whole(receipt.copy)
    whole.dossier.refresh_from_db()
    assert (whole.dossier.state, whole.dossier.deposited_at) == ("deposited", receipt.at)
    verbs = Event.objects.filter(subject=whole.dossier.subject).order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["dossier.frozen", "dossier.deposit"]
    told = Notice.objects.filter(subject=whole.dossier.subject).values_list("to", flat=True)
    assert set(told) == {whole.writer.pk, whole.reader.pk}


def test_a_second_click_gives_the_same_receipt(whole: Desk) -> None:
    first = deposit.deposit(whole.dossier, by=whole.lead, key="k")
    assert deposit.deposit(whole.dossier, by=whole.lead, key="k").pk == first.pk
    assert deposit.deposit(whole.dossier, by=whole.lead, key="another tab").pk == first.pk
    assert (Receipt.objects.count(), Transition.objects.count()) == (1, 1)


def test_a_file_taken_back_is_deposited_again_under_a_new_receipt(whole: Desk) -> None:
    first = deposit.deposit(whole.dossier, by=whole.lead, key="k")
    moving.move(whole.dossier, "take_back", by=whole.lead)
    actions.answer(whole.dossier, "summary", "Et des soupes.", base_version=1, by=whole.writer)
    again = deposit.deposit(whole.dossier, by=whole.lead, key="k2")
    assert (again.copy.number, again.number) == (2, f"{whole.dossier.reference}-2")
    assert again.sha256 != first.sha256
    assert frozen.read(first.copy)["answers"]["summary"] == making.COMPLETE["summary"]


@pytest.mark.parametrize(
    ("seconds", "late", "tolerance", "taken"),
    [
        (0, "refuse", 0, "on time"),
        (1, "refuse", 0, "refused"),
        (299, "refuse", 5, "on time"),
        (300, "refuse", 5, "on time"),
        (301, "refuse", 5, "refused"),
        (1, "flag", 0, "late"),
        (86_400, "flag", 0, "late"),
    ],
)
def test_the_deadline_is_kept_to_the_second(
    whole: Desk, clock: time_machine.Traveller, seconds: int, late: str, tolerance: int, taken: str
) -> None:
    Call.objects.filter(pk=whole.call.pk).update(late=late, tolerance=tolerance)
    closes = datetime(2026, 12, 18, 12, tzinfo=making.PARIS)
    clock.move_to(closes + timedelta(seconds=seconds, milliseconds=900))
    if taken == "refused":
        with pytest.raises(RefusedError) as refused:
            deposit.deposit(whole.dossier, by=whole.lead, key="k")
        assert "18 décembre 2026 à 12:00:00" in str(refused.value.message)
        assert Refusal.objects.get(verb="dossier.deposit").by == whole.lead.pk
        assert not FrozenCopy.objects.exists()
    else:
        assert deposit.deposit(whole.dossier, by=whole.lead, key="k").late is (taken == "late")
        assert Dossier.objects.get(pk=whole.dossier.pk).late is (taken == "late")


def test_the_deadline_is_that_of_paris_whatever_the_clock_of_the_machine(
    whole: Desk, clock: time_machine.Traveller
) -> None:
    clock.move_to("2026-12-18T11:00:00+00:00")
    assert not deposit.deposit(whole.dossier, by=whole.lead, key="k").late
    assert frozen.read(FrozenCopy.objects.get())["at"] == "2026-12-18T12:00:00+01:00"


def test_only_the_lead_and_signatories_deposit(whole: Desk) -> None:
    with pytest.raises(RefusedError):
        deposit.deposit(whole.dossier, by=whole.writer, key="k")
    assert Refusal.objects.filter(verb="dossier.deposit", by=whole.writer.pk).exists()
    assert not Receipt.objects.exists()


def test_a_hidden_answer_is_not_deposited(whole: Desk) -> None:
    making.fill(whole.dossier, {"employs": False, "since": "2020-01-01"})
    copy = deposit.deposit(whole.dossier, by=whole.lead, key="k").copy
    assert "since" not in frozen.read(copy)["answers"]


def test_complements_are_sent_and_the_instruction_goes_on(whole: Desk) -> None:
    deposit.deposit(whole.dossier, by=whole.lead, key="k")
    moving.move(whole.dossier, "admit", by=whole.officer)
    moving.move(whole.dossier, "ask", by=whole.officer, reason="Le budget est à préciser.")
    actions.answer(whole.dossier, "summary", "Précisé.", base_version=1, by=whole.writer)
    receipt = deposit.send(whole.dossier, by=whole.lead, key="c")
    assert deposit.send(whole.dossier, by=whole.lead, key="c").pk == receipt.pk
    whole.dossier.refresh_from_db()
    assert (whole.dossier.state, receipt.copy.why, receipt.copy.number) == ("admissible", "complement", 2)
