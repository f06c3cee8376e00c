"""Verbs on actors: what is written, what is refused, what is journalled."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from terreau.actors import actions, projection
from terreau.actors.actions import NewFunction, NewName
from terreau.actors.models import Actor, ActorName, Affiliation
from terreau.common.errors import DomainError, StaleWriteError
from terreau.journal.models import Event
from terreau.search.index import find
from terreau.subjects.models import Subject

JAN, JUN = date(2020, 1, 1), date(2020, 6, 1)


def verbs(actor):
    return list(Event.objects.filter(subject=actor.subject).order_by("seq").values_list("verb", flat=True))


def refusal(verb, *args, **kwargs):
    with pytest.raises(DomainError) as caught:
        verb(*args, **kwargs)
    return caught.value


def test_an_actor_is_described_once_and_journalled(make, moderator, source):
    actor = make(
        "  Groupe   Archer ",
        key="essai-archer",
        legal_nature="cooperative",
        siret="442 597 001 00035",
        naf="8899B",
        size_class="12",
        functions=["siae", NewFunction("landlord", valid_from=JAN)],
        names=[NewName("Archer", source=source), NewName("GA", ActorName.Kind.ACRONYM)],
        by=moderator,
    )
    assert (actor.name, actor.sort_key) == ("Groupe Archer", "groupe archer")
    assert (actor.siren, actor.siret, actor.naf, actor.naf_version) == (
        "442597001", "44259700100035", "88.99B", "rev2",
    )  # fmt: skip
    assert set(actor.functions.order_by("function").values_list("function", "source")) == {
        ("siae", source.pk),
        ("landlord", None),
    }
    assert (actor.ess, actor.ess_verified, actor.version) == ("oui", False, 1)
    assert verbs(actor) == ["actor.created"]
    assert Event.objects.get(subject=actor.subject).by == moderator.pk


@pytest.mark.django_db
def test_events_hold_no_name(make, moderator):
    actor = make("Jeanne Dupont", legal_nature="natural_person")
    actions.rename(actor, "Jeanne Durand", on=JAN, by=moderator)
    actions.add_name(actor, NewName("J. Durand"), by=moderator)
    text = str(
        list(Event.objects.filter(subject=actor.subject).order_by("pk").values_list("data", flat=True))
    )
    assert "Dupont" not in text
    assert "Durand" not in text


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"siren": "442597002"}, "siren_key"),
        ({"siren": "218601946", "siret": "44259700100035"}, "siret_of_another"),
        ({"rna": "1234"}, "rna_format"),
        ({"naf": "00.00Z"}, "naf_unknown"),
        ({"size_class": "99"}, "size_class_unknown"),
        ({"legal_category": "92"}, "legal_category_format"),
        ({"legal_nature": "kingdom"}, "bad_actor"),
        ({"ess_declared": "maybe"}, "bad_actor"),
        ({"key": "Not A Slug"}, "bad_actor"),
        ({"functions": ["sorcery"]}, "function_unknown"),
        ({"functions": ["bank", "bank"]}, "bad_actorfunction"),
        ({"names": [NewName("")]}, "name_length"),
    ],
)
def test_a_wrong_description_leaves_nothing_behind(make, more, code):
    before = Subject.objects.count(), Actor.objects.count()
    assert refusal(make, "Archer", **more).code == code
    assert (Subject.objects.count(), Actor.objects.count()) == before


@pytest.mark.parametrize("name", ["", "   ", "x" * 251])
def test_an_actor_has_a_name(make, name):
    assert refusal(make, name).code == "name_length"


def test_a_key_is_taken_once(make):
    make("Archer", key="essai-archer")
    assert refusal(make, "Archer bis", key="essai-archer").code == "bad_actor"


def test_an_import_journals_its_batch_itself(make):
    assert verbs(make("Archer", journalled=False)) == []


def test_an_actor_is_found_by_its_names_and_numbers(make, source):
    actor = make(
        "Comité de bassin d'emploi", names=[NewName("CBE")], siren="442597001", legal_nature="association"
    )
    for query in ("comité bas", "cbe", "442597001"):
        assert [entry.subject_id for entry in find(query)] == [actor.pk]
    assert find("comité")[0].detail == "association"


def test_a_private_actor_is_not_found_by_strangers(make):
    make("Secret", public=False)
    assert find("secret") == []
    assert len(find("secret", public_only=False)) == 1


def test_a_new_name_keeps_the_old_one_with_its_dates(make, moderator, source):
    actor = make("Archer")
    actions.rename(actor, "Groupe Archer", on=JAN, by=moderator, source=source)
    actions.rename(actor, "Archer & Cie", on=JUN, by=moderator)
    names = actor.names.order_by("valid_to").values_list("text", "kind", "valid_from", "valid_to")
    assert set(names) == {
        ("Archer", "former", None, JAN),
        ("Groupe Archer", "former", JAN, JUN),
        ("Archer & Cie", "official", JUN, None),
    }
    assert (actor.name, actor.sort_key, actor.version) == ("Archer & Cie", "archer cie", 3)
    assert [entry.title for entry in find("groupe archer")] == ["Archer & Cie"]
    assert verbs(actor) == ["actor.created", "actor.renamed", "actor.renamed"]


def test_a_name_does_not_begin_before_the_one_it_replaces(make, moderator):
    actor = make("Archer")
    actions.rename(actor, "Groupe Archer", on=JUN, by=moderator)
    assert refusal(actions.rename, actor, "Autre", on=JAN, by=moderator).code == "name_before"
    assert refusal(actions.rename, actor, "Groupe Archer", on=JUN, by=moderator).code == "same_name"
    assert Actor.objects.get(pk=actor.pk).name == "Groupe Archer"


def test_two_renamings_of_the_same_sheet_are_shown_to_the_second(make, moderator):
    actor = make("Archer")
    mine = Actor.objects.get(pk=actor.pk)
    actions.rename(actor, "Groupe Archer", on=JAN, by=moderator)
    with pytest.raises(StaleWriteError) as caught:
        actions.rename(mine, "Archer SCIC", on=JAN, by=moderator)
    assert caught.value.facts["conflicts"]["name"] == {
        "base": "Archer",
        "theirs": "Groupe Archer",
        "mine": "Archer SCIC",
    }
    assert not ActorName.objects.filter(text="Archer SCIC").exists()


def test_changes_to_different_fields_merge(make, moderator):
    actor = make("Archer")
    first, second = (Actor.objects.get(pk=actor.pk) for _ in range(2))
    actions.change(first, mine={"legal_nature": "company"}, by=moderator)
    after = actions.change(second, mine={"size_class": "12", "legal_nature": "unknown"}, by=moderator)
    assert (after.legal_nature, after.size_class, after.version) == ("company", "12", 3)
    assert Event.objects.filter(subject=actor.subject).order_by("-seq")[0].data == {"fields": ["size_class"]}


def test_the_same_field_changed_twice_is_a_choice(make, moderator):
    actor = make("Archer")
    first, second = (Actor.objects.get(pk=actor.pk) for _ in range(2))
    actions.change(first, mine={"legal_nature": "company"}, by=moderator)
    error = refusal(actions.change, second, mine={"legal_nature": "association"}, by=moderator)
    assert error.status == 409
    assert error.facts["conflicts"]["legal_nature"]["theirs"] == "company"
    assert Actor.objects.get(pk=actor.pk).legal_nature == "company"


def test_a_form_brings_its_own_base(make, moderator):
    actor = make("Archer", legal_nature="company")
    stale = actions.change(actor, base={"size_class": ""}, mine={"size_class": "NN"}, by=moderator)
    assert stale.size_class == "NN"
    error = refusal(actions.change, stale, base={"size_class": "12"}, mine={"size_class": "21"}, by=moderator)
    assert error.code == "stale_actor"


def test_changing_nothing_writes_nothing(make, moderator):
    actor = make("Archer", legal_nature="company")
    after = actions.change(actor, mine={"legal_nature": "company"}, by=moderator)
    assert after.version == 1
    assert verbs(actor) == ["actor.created"]


def test_declaring_the_statutes_turns_the_verdict(make, moderator):
    actor = make("Archer", legal_category="5710")
    assert actor.ess == "a_verifier"
    assert actions.change(actor, mine={"ess_declared": "yes"}, by=moderator).ess == "oui"


def test_an_official_list_verifies_the_verdict(make, moderator, source):
    actor = make("Archer", legal_category="5710")
    actions.list_ess(actor, listed=True, on=JAN, source=source, by=moderator)
    assert (actor.ess, actor.ess_verified) == ("oui", True)
    error = refusal(actions.list_ess, actor, listed=False, on=JAN, source=source, by=moderator)
    assert error.code == "bad_esslisting"


def test_the_activity_never_changes_the_verdict(make, moderator):
    actor = make("Archer", legal_category="5710")
    for naf in ("88.99B", "94.99Z", "64.19Z"):
        assert actions.change(actor, mine={"naf": naf}, by=moderator).ess == "a_verifier"


def test_a_function_is_held_once_at_a_time(make, moderator):
    actor = make("Archer")
    row = actions.add_function(actor, NewFunction("bank", valid_from=JAN), by=moderator)
    assert refusal(actions.add_function, actor, "bank", by=moderator).code == "bad_actorfunction"
    actions.end_function(row, on=JUN, by=moderator)
    assert refusal(actions.end_function, row, on=JUN, by=moderator).code == "already_ended"
    again = actions.add_function(actor, NewFunction("bank", valid_from=JUN), by=moderator)
    assert again.valid_from == JUN
    assert verbs(actor)[1:] == ["actor.function_added", "actor.function_ended", "actor.function_added"]


def test_a_function_does_not_end_before_it_begins(make, moderator):
    row = actions.add_function(make("Archer"), NewFunction("bank", valid_from=JUN), by=moderator)
    assert "La fin doit suivre le début" in refusal(actions.end_function, row, on=JAN, by=moderator).message


def test_an_actor_belongs_to_several_networks_and_leaves(make, moderator, source):
    actor, rtes, coorace = make("Archer"), make("RTES"), make("COORACE")
    row = actions.affiliate(actor, rtes, by=moderator, source=source, valid_from=JAN)
    actions.affiliate(actor, coorace, by=moderator, source=source)
    assert refusal(actions.affiliate, actor, rtes, by=moderator).code == "bad_affiliation"
    actions.leave(row, on=JUN, by=moderator)
    assert Affiliation.objects.filter(member=actor, valid_to=None).count() == 1
    assert verbs(actor)[-1] == "actor.left_network"


def test_nobody_belongs_to_itself(make, moderator):
    actor = make("RTES")
    assert "lui-même" in refusal(actions.affiliate, actor, actor, by=moderator).message


def test_the_database_refuses_what_code_forgets(make):
    actor, other = make("RTES"), make("Archer")
    for member, network, start in ((actor, actor, None), (other, actor, JUN)):
        Affiliation.objects.filter(member=other).delete()
        Affiliation.objects.create(member=other, network=actor, valid_from=JAN)
        with pytest.raises(IntegrityError), transaction.atomic():
            Affiliation.objects.create(member=member, network=network, valid_from=start)


def test_the_projection_is_rebuilt_and_checked(make):
    actor = make("Archer", legal_nature="association")
    assert projection.drift() == []
    Actor.objects.filter(pk=actor.pk).update(ess="non", words="")
    assert projection.drift() == [str(actor.pk)]
    with pytest.raises(CommandError, match="1 acteur"):
        call_command("actors_rebuild", "--check")
    assert projection.project() == 1
    out = StringIO()
    call_command("actors_rebuild", "--check", stdout=out)
    assert "rien" in out.getvalue()
    assert projection.project() == 0


def test_a_pole_is_an_actor_that_its_own_room_puts_in_the_index(make):
    pole = make("Pôle Sud", kind=Subject.Kind.POLE)
    assert pole.subject.kind == "pole"
    assert find("pôle sud", public_only=False) == []
