"""Fields of a sheet: each change has its provenance, nothing is overwritten, two people both survive."""

from datetime import date

import pytest
from django.utils import timezone
from django.utils.translation import override

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.periods import PartialDate
from terreau.facts.models import Fact
from terreau.journal.models import Event
from terreau.pieces.actions import declaration
from terreau.poles import editing
from terreau.poles.actions import register_pole
from terreau.poles.editing import DESCRIPTION, FIGURES, IDENTITY, Field, Provenance, Wanted, apply, fields
from terreau.poles.models import Pole
from tests.two_connections import at_once

pytestmark = pytest.mark.usefixtures("zones")


@pytest.fixture
def person() -> User:
    return User.objects.create_user("animation@example.org")


@pytest.fixture
def pole(person: User) -> Pole:
    return register_pole(
        "Pôle écrit", carrier=None, codes=[], cog_year=2026, by=person, public=True, intention="Relier."
    )


def said(person: User, status: str = "declare", on: str = "") -> Provenance:
    source = declaration(person, date(2026, 11, 21))
    return Provenance(status, source, PartialDate.parse(on) if on else None, "essai")


def field(of: Pole | Actor, section: str, code: str) -> Field:
    actor = of.actor if isinstance(of, Pole) else of
    actor.refresh_from_db()
    return next(one for one in fields(actor, section) if one.code == code)


def write(pole: Pole, section: str, person: User, values: dict[str, str], **more: object) -> list[str]:
    status, on = str(more.pop("status", "declare")), str(more.pop("on", ""))
    wanted = Wanted(values=values, **more)  # type: ignore[arg-type]
    return apply(pole.actor, section, wanted, said(person, status, on), by=person)


def test_a_figure_is_dated_and_the_older_one_stays(pole: Pole, person: User) -> None:
    assert write(pole, FIGURES, person, {"pole.members": "about:12"}, on="2024") == ["pole.members"]
    write(pole, FIGURES, person, {"pole.members": "15"}, on="2026")
    now = field(pole, FIGURES, "pole.members")
    assert (now.typed, now.qualifier, now.period, now.status) == ("15", "", "en 2026", "declare")
    assert Fact.objects.filter(subject=pole.pk, code="pole.members", superseded_at=None).count() == 2
    write(pole, FIGURES, person, {"pole.members": "16"}, on="2026")
    corrected = Fact.objects.get(subject=pole.pk, code="pole.members", number=16)
    assert corrected.supersedes
    assert corrected.supersedes.number == 15


def test_a_declaration_does_not_undo_what_is_verified(pole: Pole, person: User) -> None:
    write(pole, FIGURES, person, {"pole.members": "12"}, on="2026", status="verifie")
    write(pole, FIGURES, person, {"pole.members": "20"}, on="2026")
    assert field(pole, FIGURES, "pole.members").typed == "12"
    assert Fact.objects.filter(subject=pole.pk, code="pole.members", superseded_at=None).count() == 2
    with pytest.raises(DomainError) as caught:
        write(pole, FIGURES, person, {"pole.members": ""}, base={"pole.members": "12"})
    assert caught.value.code == "verified_stays"


@pytest.mark.parametrize(
    ("section", "code", "typed", "error"),
    [
        (FIGURES, "pole.members", "douze", "bad_number"),
        (FIGURES, "pole.turnover", "12,345", "bad_money"),
        (IDENTITY, "pole.created", "jadis", "not_a_date"),
        (IDENTITY, "actor.siren", "123456789", "siren"),
        (IDENTITY, "actor.name", "", "name_length"),
        (DESCRIPTION, "pole.summary", "x" * 4001, "too_long"),
        (DESCRIPTION, "pole.structuration", "gloire", "unknown_term"),
    ],
)
def test_a_wrong_value_names_its_field_and_writes_nothing(
    pole: Pole, person: User, section: str, code: str, typed: str, error: str
) -> None:
    before = Event.objects.filter(subject=pole.pk).count()
    with pytest.raises(DomainError) as caught:
        write(pole, section, person, {code: typed})
    assert caught.value.facts.get("field") in {code, "name", None} or error
    assert caught.value.status == 422
    assert Event.objects.filter(subject=pole.pk).count() == before


def test_two_people_write_different_fields_and_both_stay(pole: Pole, person: User) -> None:
    seen = {"pole.members": "", "pole.jobs": ""}
    write(pole, FIGURES, person, {"pole.members": "12", "pole.jobs": ""}, base=seen)
    write(pole, FIGURES, person, {"pole.members": "", "pole.jobs": "30"}, base=seen)
    assert field(pole, FIGURES, "pole.members").typed == "12"
    assert field(pole, FIGURES, "pole.jobs").typed == "30"


def test_two_people_write_one_field_and_the_person_chooses(pole: Pole, person: User) -> None:
    seen = {"pole.members": ""}
    write(pole, FIGURES, person, {"pole.members": "12", "pole.jobs": "5"}, base=seen)
    with pytest.raises(StaleWriteError) as caught:
        write(pole, FIGURES, person, {"pole.members": "15", "pole.ideas": "3"}, base=seen)
    assert caught.value.facts["conflicts"] == {"pole.members": {"base": "", "theirs": "12", "mine": "15"}}
    assert field(pole, FIGURES, "pole.ideas").typed == ""
    write(pole, FIGURES, person, {"pole.members": "15"}, base={"pole.members": "12"})
    assert field(pole, FIGURES, "pole.members").typed == "15"


def test_terms_added_by_two_people_are_all_there(pole: Pole, person: User) -> None:
    none: frozenset[str] = frozenset()
    one, two = frozenset({"agriculture_alimentation"}), frozenset({"culture"})
    codes = [code for code, _label in field(pole, DESCRIPTION, "pole.sector").choices]
    one, two = frozenset(codes[:1]), frozenset(codes[1:2])
    write(pole, DESCRIPTION, person, {}, terms={"pole.sector": (none, one)})
    write(pole, DESCRIPTION, person, {}, terms={"pole.sector": (none, two)})
    assert set(field(pole, DESCRIPTION, "pole.sector").typed.split(",")) == one | two
    write(pole, DESCRIPTION, person, {}, terms={"pole.sector": (one | two, two)})
    assert field(pole, DESCRIPTION, "pole.sector").typed == codes[1]
    assert Event.objects.filter(subject=pole.pk, verb="fact.withdrawn").count() == 1


def test_lines_are_added_and_taken_back(pole: Pole, person: User) -> None:
    write(pole, DESCRIPTION, person, {}, added={"pole.service": ("Achats groupés", " ")})
    item = field(pole, DESCRIPTION, "pole.service").items[0]
    assert item.shown == "Achats groupés"
    write(pole, DESCRIPTION, person, {}, removed=frozenset({item.fact}))
    assert field(pole, DESCRIPTION, "pole.service").items == ()


def test_the_presentation_is_a_column_too(pole: Pole, person: User) -> None:
    write(
        pole, DESCRIPTION, person, {"pole.summary": "Relier\r\nles fermes."}, base={"pole.summary": "Relier."}
    )
    pole.refresh_from_db()
    assert pole.summary == {"fr": "Relier\nles fermes."}


def test_identity_is_facts_that_columns_repeat(pole: Pole, person: User) -> None:
    changed = write(pole, IDENTITY, person, {"actor.siren": "552 100 554", "actor.name": "Pôle récrit"})
    assert set(changed) == {"actor.siren", "actor.name"}
    actor = Actor.objects.get(pk=pole.pk)
    assert (actor.siren, actor.name) == ("552100554", "Pôle récrit")
    assert [name.text for name in actor.names.filter(kind="former")] == ["Pôle écrit"]
    old = Fact.objects.get(subject=pole.pk, code="actor.name", text="Pôle écrit")
    assert (old.recorded_at, old.superseded_at is not None) == (actor.subject.created_at, True)
    write(pole, IDENTITY, person, {"actor.siren": ""}, base={"actor.siren": "552100554"})
    assert Actor.objects.get(pk=pole.pk).siren == ""
    write(pole, IDENTITY, person, {"actor.siren": "552100554"}, status="verifie")
    with pytest.raises(DomainError) as caught:
        write(pole, IDENTITY, person, {"actor.siren": "732829320"})
    assert caught.value.code == "verified_stays"


def test_an_actor_has_a_commune_and_a_person_no_fact(person: User) -> None:
    dairy = create_actor("La Laiterie", source=declaration(person, timezone.localdate()), public=True)
    ada = create_actor("Ada L.", source=None, public=False, legal_nature="natural_person")
    for actor in (dairy, ada):
        wanted = Wanted(values={"actor.commune": "26311", "actor.ess_declared": "oui"})
        apply(actor, IDENTITY, wanted, said(person), by=person)
        actor.refresh_from_db()
        assert actor.zone
        assert (actor.zone.code, actor.ess_declared) == ("26311", "yes")
    assert Fact.objects.filter(subject=dairy.pk, code="actor.commune", text="26311").exists()
    assert not Fact.objects.filter(subject=ada.pk).exists()
    assert Event.objects.filter(subject=ada.pk, verb="actor.changed").count() == 2
    with pytest.raises(DomainError, match="Aucune commune"):
        apply(dairy, IDENTITY, Wanted(values={"actor.commune": "99999"}), said(person), by=person)


def test_a_value_is_confirmed_without_being_typed_again(pole: Pole, person: User) -> None:
    write(pole, FIGURES, person, {"pole.members": "12"}, on="2026")
    more = {"base": {"pole.members": "12"}, "confirmed": frozenset({"pole.members"})}
    write(pole, FIGURES, person, {"pole.members": "12"}, on="2026", status="verifie", **more)
    assert field(pole, FIGURES, "pole.members").status == "verifie"
    assert Fact.objects.filter(subject=pole.pk, code="pole.members", superseded_at=None).count() == 1


def test_texts_are_typed_in_french_on_an_english_page(pole: Pole, person: User) -> None:
    with override("en"):
        assert field(pole, DESCRIPTION, "pole.summary").typed == "Relier."
        assert field(pole, DESCRIPTION, "pole.summary").label == "Presentation"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("codes", [("pole.members", "pole.jobs"), ("pole.members", "pole.members")])
def test_two_at_once(pole: Pole, person: User, codes: tuple[str, str]) -> None:
    def writing(code: str, value: str) -> object:
        return lambda: write(
            Pole.objects.get(pk=pole.pk), FIGURES, person, {code: value}, base={code: ""}, on="2026"
        )

    outcomes = at_once(writing(codes[0], "12"), writing(codes[1], "15"))  # type: ignore[arg-type]
    refused = [one for one in outcomes if isinstance(one, Exception)]
    if codes[0] == codes[1]:
        assert [type(one) for one in refused] == [StaleWriteError]
        assert Fact.objects.filter(subject=pole.pk, code=codes[0]).count() == 1
    else:
        assert refused == []
        assert {code: field(pole, FIGURES, code).typed for code in codes} == dict(
            zip(codes, ("12", "15"), strict=True)
        )


def test_every_section_shows_what_the_catalogue_says_of_poles(pole: Pole) -> None:
    codes = [one.code for section in editing.SECTIONS for one in fields(pole.actor, section)]
    assert len(codes) == len(set(codes)) > 60
    assert "pole.stage" not in codes
