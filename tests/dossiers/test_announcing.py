"""What the committee decided stays closed to the applicant until the results are published; told once."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from terreau.accounts.models import User
from terreau.calls import building
from terreau.calls.models import Call
from terreau.common.errors import DomainError, RefusedError, StaleWriteError
from terreau.common.verdicts import Answer
from terreau.dossiers import actions, announcing, composed, laureates, moving, perms, sign_off, states
from terreau.dossiers.models import Dossier
from terreau.notices.models import Notice
from tests.dossiers import making

DECISIONS = {"award": "laureate", "reserve": "reserve", "refuse": "refused"}
PAGES = ("/dossiers/{}/", "/dossiers/{}/echanges/", "/mes-dossiers/", "/mes-dossiers/?format=csv")
#: Words that would tell one of the three decisions.
WORDS = ("lauréat", "non retenu", "est retenu", "liste complémentaire", "Le motif.", "motifs sont")


def made(verb: str = "", **values: Any) -> tuple[Call, Dossier, User, User]:
    """Make a file before its committee, decided by a verb, with who owns the call and who leads the file."""
    call = making.call(**({"stages": [{"code": "committee"}]} | values))
    owner, lead = making.person("Porteuse"), making.person("Lise")
    making.role(owner, call, "owner")
    row = making.dossier(call, lead=lead, state="committee", title="Une halle")
    if verb:
        moving.move(row, verb, by=owner, reason="Le motif.")
    return call, row, owner, lead


def published(call: Call, by: User) -> None:
    """Publish the results of a call."""
    Call.objects.filter(pk=call.pk).update(state="decided")
    call.refresh_from_db()
    announcing.follow(call, by)


def read(client: Client, row: Dossier, user: User) -> str:
    """Return all that the applicant reads of the file."""
    client.force_login(user)
    answers = [client.get(path.format(row.pk)) for path in PAGES]
    assert {one.status_code for one in answers} == {200}
    return "".join(one.getvalue().decode() for one in answers)


@pytest.mark.parametrize("verb", DECISIONS)
def test_the_applicant_learns_nothing_before_then_reads_all_and_is_told_once(
    db: None, client: Client, verb: str
) -> None:
    call, row, owner, lead = made(verb)
    assert not Notice.objects.filter(to=lead).exists()
    page = read(client, row, lead)
    assert [word for word in WORDS if word in page] == []
    assert "au comité" in page
    assert Dossier.objects.get(pk=row.pk).state == DECISIONS[verb]
    published(call, owner)
    building.lead(call, "archived", by=owner)
    assert Notice.objects.filter(to=lead, path=f"/dossiers/{row.pk}/").count() == 1
    page = read(client, row, lead)
    assert str(states.LABELS[DECISIONS[verb]]) in page
    assert "Le motif." in page


@pytest.mark.parametrize("verb", DECISIONS)
def test_no_step_of_the_applicant_tells_the_decision(db: None, client: Client, verb: str) -> None:
    _call, row, _owner, lead = made(verb)
    with pytest.raises(DomainError) as error:
        moving.move(row, "withdraw", by=lead, reason="Non.", base_version=1)
    assert not isinstance(error.value, StaleWriteError)
    assert (error.value.status, error.value.facts) == (409, {})
    client.force_login(lead)
    sent = client.post(f"/dossiers/{row.pk}/etape/", {"etape": "withdraw", "reason": "Non.", "version": "1"})
    assert sent.status_code == 409
    assert [word for word in WORDS if word in sent.content.decode()] == []
    with pytest.raises(RefusedError, match="au comité"):
        perms.of_person(lead, row.pk, "write")
    with pytest.raises(RefusedError, match="au comité"):
        sign_off.sign(row, row.applicant, seen="", by=lead)
    with pytest.raises(DomainError, match="au comité"):
        actions.answer(row, "title", "Autre", base_version=None, by=lead)


@pytest.mark.parametrize("values", [{"closes_at": None}, {"ranking": {"by": "score", "told": "each"}}])
def test_a_call_that_decides_one_by_one_tells_at_once(db: None, client: Client, values: Any) -> None:
    _call, row, _owner, lead = made("award", **values)
    assert Notice.objects.get(to=lead).text.endswith("est retenu.")
    assert "lauréat" in read(client, row, lead)


def test_a_decision_taken_back_in_secret_stays_secret(db: None, client: Client) -> None:
    _call, row, owner, lead = made("refuse")
    moving.undo(row, by=owner, reason="Le motif.")
    assert not Notice.objects.exists()
    assert [word for word in WORDS if word in read(client, row, lead)] == []


def test_no_agreement_is_prepared_before_the_results_are_published(db: None) -> None:
    call, row, owner, _lead = made("award")
    with pytest.raises(DomainError, match="publiez-les"):
        moving.move(row, "agree", by=owner)
    published(call, owner)
    moving.move(row, "agree", by=owner)
    assert row.state == "agreement"


def test_other_calls_and_the_report_of_the_pole_tell_nothing_either(db: None) -> None:
    call, row, owner, _lead = made()
    pole = making.pole()
    Dossier.objects.filter(pk=row.pk).update(pole=pole)
    moving.move(row, "award", by=owner)
    day = datetime.now(tz=making.PARIS).date()
    assert laureates.of(row.applicant, [call.slug]) == {}
    assert composed.figures(pole, day, day) == []
    published(call, owner)
    assert laureates.of(row.applicant, [call.slug]) == {call.slug: Answer.YES}
    assert [one.code for one in composed.figures(pole, day, day)] == ["dossiers.chosen"]
