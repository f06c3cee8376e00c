"""A charter is begun, drafted, published; a published text never changes."""

import pytest
from django.db import IntegrityError, transaction

from terreau.charters import rules, starting, writing
from terreau.charters.models import Charter, Draft, Text
from terreau.common.errors import DomainError
from terreau.grids import loading
from terreau.journal.models import Event
from terreau.journal.verification import verify
from tests.charters.conftest import World, published


def test_a_charter_is_private_until_it_is_published_as_public(world: World) -> None:
    assert not world.charter.public
    text = published(world.charter, world.keeper)
    assert Charter.objects.get(pk=world.charter.pk).public
    assert text.content["values"] == [{"fr": "Écouter", "en": ""}, {"fr": "Partager", "en": ""}]
    verbs = Event.objects.filter(subject=world.owner.subject, verb__startswith="charter.")
    assert list(verbs.order_by("seq").values_list("verb", flat=True)) == [
        "charter.begun",
        "charter.drafted",
        "charter.published",
    ]
    assert verify() == []


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_refuses_to_change_a_published_text(text: Text, change: str) -> None:
    rows = Text.objects.filter(pk=text.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(label="autre") if change == "update" else rows.delete()
    assert Text.objects.get().label == "2026"


def test_two_charters_of_one_title_have_two_addresses(world: World) -> None:
    other = writing.begin("Charte du lin", owner=world.a, by=world.ada)
    assert (world.charter.code, other.code) == ("charte-du-lin", "charte-du-lin-2")
    assert writing.begin("Lien", owner=world.a, by=world.ada).code == "lien-2"


def test_a_draft_written_by_another_meanwhile_is_not_lost(world: World) -> None:
    writing.save_draft(
        world.charter, {"preamble_fr": "Le mien."}, label="1", note="", version=1, by=world.keeper
    )
    with pytest.raises(DomainError) as error:
        writing.save_draft(
            world.charter, {"preamble_fr": "L'autre."}, label="1", note="", version=1, by=world.keeper
        )
    assert (error.value.code, error.value.status) == ("stale", 409)
    assert Draft.objects.get().content["preamble"]["fr"] == "Le mien."


@pytest.mark.parametrize(
    ("words", "label", "code"),
    [
        ({}, "2026", "words_needed"),
        ({"preamble_fr": "Nous."}, " ", "label_needed"),
        ({"values_fr": "Un\nDeux", "values_en": "One"}, "2026", "uneven"),
        ({"values_fr": "\n".join(str(n) for n in range(61))}, "2026", "too_many_items"),
        ({"preamble_fr": "x" * 60_001}, "2026", "too_long"),
    ],
)
def test_what_cannot_be_published_says_why(
    world: World, words: dict[str, str], label: str, code: str
) -> None:
    def written() -> Text:
        draft = writing.save_draft(world.charter, words, label=label, note="", version=1, by=world.keeper)
        return writing.publish(world.charter, public=True, version=draft.version, by=world.keeper)

    with pytest.raises(DomainError) as error:
        written()
    assert error.value.code == code
    assert not Text.objects.exists()


def test_the_same_words_or_the_same_name_make_no_new_version(world: World, text: Text) -> None:
    with pytest.raises(DomainError, match="rien n'a changé"):
        published(world.charter, world.keeper, label="2027")
    with pytest.raises(DomainError, match="une version de ce nom"):
        published(world.charter, world.keeper, label="2026", preamble_fr="Autre chose.")


def test_who_publishes_publishes_what_was_read(world: World) -> None:
    draft = writing.save_draft(
        world.charter, {"preamble_fr": "Nous."}, label="1", note="", version=1, by=world.keeper
    )
    writing.save_draft(
        world.charter, {"preamble_fr": "Vous."}, label="1", note="", version=2, by=world.keeper
    )
    with pytest.raises(DomainError) as error:
        writing.publish(world.charter, public=True, version=draft.version, by=world.keeper)
    assert error.value.code == "stale"


def test_a_charter_starts_from_the_model_to_rewrite_it(world: World) -> None:
    assert starting.model() is None
    loading.sync(save=True, paths=[path for path in loading.shipped() if path.stem == starting.MODEL])
    made = starting.model()
    assert made is not None
    assert made.preamble["fr"]
    assert made.values
    assert made.commitments
    assert made.english
    assert rules.typed(rules.as_typed(made)) == made
    charter = writing.begin("Du modèle", owner=world.a, by=world.ada, model=made)
    assert Draft.objects.get(charter=charter).content == made.as_json()
