"""A signature is a proof: it never changes, names nobody once forgotten, and gives no label and no score."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from terreau.charters import held, recognising, signing, writing
from terreau.charters.models import Charter, Signature, Signer, Text, Withdrawal
from terreau.charters.register import NATIONAL
from terreau.charters.signing import Person
from terreau.common.errors import DomainError, RefusedError
from terreau.facts.models import Fact
from terreau.journal.models import Event, Refusal
from terreau.journal.verification import verify
from terreau.poles.actions import register_pole
from terreau.poles.models import Recognition
from tests.charters.conftest import WHO, World, published, signed


def test_a_signature_holds_the_digest_of_the_exact_text(world: World, text: Text) -> None:
    row = signed(text, world.a, world.ada)
    assert row.sha256 == text.sha256
    assert row.proof == "proved"
    assert signing.problems(row) == []
    told = Event.objects.get(verb="charter.signed")
    assert told.subject_id == world.a.pk
    assert "Ada" not in str(told.data)
    assert verify() == []


@pytest.mark.parametrize("model", [Signature, Withdrawal])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_a_proof(world: World, text: Text, model: Any, change: str) -> None:
    signing.withdraw(signed(text, world.a, world.ada), by=world.ada)
    rows = model.objects.all()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(by=world.bob) if change == "update" else rows.delete()


def test_a_name_changed_behind_the_proof_is_seen(world: World, text: Text) -> None:
    row = signed(text, world.a, world.ada)
    Signer.objects.update(name="Quelqu'un d'autre")
    assert signing.problems(row) == ["signer"]


@pytest.mark.parametrize(
    ("who", "agreed", "sha256", "code"),
    [
        (Person("", "présidente"), True, None, "words_needed"),
        (Person("Ada", " "), True, None, "words_needed"),
        (WHO, False, None, "agreement_needed"),
        (WHO, True, "0" * 64, "text_changed"),
    ],
)
def test_what_cannot_be_signed_says_why(
    world: World, text: Text, who: Person, agreed: bool, sha256: str | None, code: str
) -> None:
    with pytest.raises(DomainError) as error:
        signing.sign(text, world.a, who, agreed=agreed, sha256=sha256 or text.sha256, by=world.ada)
    assert error.value.code == code
    assert not Signature.objects.exists()


def test_a_text_that_is_no_longer_in_force_is_not_signed(world: World, text: Text) -> None:
    published(world.charter, world.keeper, label="2027", preamble_fr="Mieux dit.")
    with pytest.raises(DomainError) as error:
        signed(text, world.a, world.ada)
    assert (error.value.code, error.value.status) == ("text_changed", 409)


def test_one_signs_once_withdraws_and_may_sign_again(world: World, text: Text) -> None:
    first = signed(text, world.a, world.ada)
    with pytest.raises(DomainError) as error:
        signed(text, world.a, world.ada)
    assert (error.value.code, error.value.status) == ("signed_already", 409)
    signing.withdraw(first, reason="Le bureau a changé d'avis.", by=world.ada)
    with pytest.raises(DomainError, match="déjà retirée"):
        signing.withdraw(first, by=world.ada)
    again = signed(text, world.a, world.ada)
    assert (first.rank, again.rank) == (0, 1)
    assert Signature.objects.count() == 2


def test_no_label_no_score_no_fact_comes_of_a_signature(world: World) -> None:
    """R-95: nothing but the signature and its event is written, for the national charter either."""
    pole = register_pole("Pôle qui signe", carrier=None, codes=[], cog_year=2026, by=world.ada)
    charter = writing.begin("Charte nationale", owner=None, by=world.keeper, code=NATIONAL, exactly=True)
    text = published(charter, world.keeper)
    before = (Recognition.objects.count(), Fact.objects.count(), pole.register_status, pole.stage)
    row = signed(text, pole.actor, world.ada)
    pole.refresh_from_db()
    assert (Recognition.objects.count(), Fact.objects.count(), pole.register_status, pole.stage) == before
    words = {field.name for model in (Charter, Text, Signature, Signer) for field in model._meta.get_fields()}
    assert not {"score", "note_globale", "label_awarded", "weight", "points"} & words
    assert row.signatory_id == pole.pk


def test_only_who_keeps_the_national_charter_writes_the_recognition(world: World) -> None:
    pole = register_pole("Pôle qui signe", carrier=None, codes=[], cog_year=2026, by=world.ada)
    charter = writing.begin(
        "Charte nationale", owner=world.owner, by=world.keeper, code=NATIONAL, exactly=True
    )
    row = signed(published(charter, world.keeper), pole.actor, world.ada)
    with pytest.raises(RefusedError):
        recognising.recognise(row, by=world.ada)
    assert Refusal.objects.get().verb == "charter.recognise"
    made = recognising.recognise(row, by=world.keeper)
    assert (made.scheme, made.on, made.body) == ("signataire", row.on, world.owner)
    with pytest.raises(DomainError, match="déjà inscrite"):
        recognising.recognise(row, by=world.keeper)


def test_no_other_charter_leads_to_the_recognition(world: World, text: Text) -> None:
    pole = register_pole("Pôle qui signe", carrier=None, codes=[], cog_year=2026, by=world.ada)
    row = signed(text, pole.actor, world.ada)
    with pytest.raises(DomainError) as error:
        recognising.recognise(row, by=world.keeper)
    assert error.value.code == "not_national"
    assert not Recognition.objects.filter(pole=pole).exists()


def test_who_signed_is_forgotten_and_the_proof_holds(world: World, text: Text) -> None:
    row = signed(text, world.a, world.ada)
    assert held.export(world.ada)["signatures"][0]["name"] == "Ada Martin"
    held.erase(world.ada)
    who = Signer.objects.get()
    assert (who.name, who.quality, who.mandate, who.salt) == ("", "", "", "")
    assert signing.problems(row) == []
    assert Signature.objects.count() == 1
