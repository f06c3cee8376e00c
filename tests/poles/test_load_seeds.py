"""Loading is a diff: nothing twice, only what changed, nothing deleted, nothing half-written."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from terreau.actors.models import Actor, ActorName, Affiliation
from terreau.facts.models import CurrentFact, Fact
from terreau.journal.models import Event
from terreau.poles import listing, seeds
from terreau.poles.models import Carrier, Listing, Membership, Mention, Pole, SeedEntry, SeedLine
from terreau.subjects.models import Subject
from terreau.territories.models import Perimeter, Place

pytestmark = pytest.mark.usefixtures("empty")

SOURCES = """
documents:
  S0: {file: b.txt, title: {fr: Propositions, en: Proposals}, author: Labo, date: 2012-05}
  S3: {file: a.txt, title: {fr: Analyse, en: Analysis}, author: Labo, date: 2014-09}
pages: {}
"""
NETWORKS = """
- {key: essai-rtes, name: RTES, nature: association, functions: [network], sources: [S0 §1]}
"""
ACTORS = """
- key: essai-halage
  name: Halage
  nature: association
  functions: [siae]
  zone: {code: 'commune:93039', source: S0 annexe §5}
  affiliations: [{network: essai-rtes, source: S0 §1}]
  sources: [S0 annexe §5]
"""
PLACES = """
- {key: essai-hotel, name: Hôtel d'activités, kind: building, pole: essai-phares, sources: [S0 annexe §5]}
"""
POLES = """
- key: essai-phares
  kind: pole
  name: Le Phares
  names: [{text: PHARES, kind: acronym, source: S0 annexe §5}]
  recognitions: [{scheme: engage-2014, year: 2014, source: S3 annexe 1}]
  carriers: [{actor: essai-halage, sources: [S0 annexe §5, S3 annexe 1]}]
  members: [{actor: essai-halage, role: founder, from: 2001, source: S0 annexe §5}]
  perimeter: {label: L'Île-Saint-Denis, communes: ['93039'], infra: {kind: site, label: Hôtel}, source: S0 §5}
  facts:
    - {code: pole.members, value: 10, 'on': 2012, qualifier: about, source: S0 annexe §5}
    - {code: pole.employees, value: 150, 'on': 2012, source: S0 annexe §5}
    - {code: pole.sector, value: emploi_parcours, source: S0 annexe §5}
  texts:
    cooperation: [{fr: Réponses communes., en: Joint answers., source: S0 annexe §5}]
- key: essai-fontaine
  kind: pole
  name: Fontaine O Livres
  stage: [{value: en_projet, 'on': 2012, source: S0 §7}, {value: creation, source: S3 annexe 1}]
  perimeter: {label: Nord-Est francilien, approximate: true, source: S3 annexe 1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Any:
    """Write the small register, with files replaced: ``folder(poles=…)``."""

    def write(**files: str) -> Path:
        texts = {
            "sources": SOURCES,
            "networks": NETWORKS,
            "organisations": ACTORS,
            "places": PLACES,
            "poles": POLES,
        }
        for name, text in (texts | files).items():
            (tmp_path / f"{name}.yaml").write_text(text, "utf-8")
        return tmp_path

    return write


def counts() -> dict[str, int]:
    models = [
        Subject,
        Actor,
        ActorName,
        Affiliation,
        Pole,
        Carrier,
        Membership,
        Fact,
        Event,
        SeedLine,
        Mention,
        Listing,
    ]
    return {model.__name__: model._default_manager.count() for model in models}


def test_what_the_files_say_is_in_the_register(folder: Any) -> None:
    outcome = seeds.load(folder())
    assert len(outcome.added) == 5
    assert not outcome.changed
    pole = Pole.objects.get(slug="essai-phares")
    assert (pole.register_status, pole.actor.subject.kind, pole.actor.subject.public) == (
        "declare",
        "pole",
        True,
    )
    carrier = Carrier.objects.get(pole=pole)
    assert carrier.source.section == "annexe §5"
    assert [source.code for source in carrier.other_sources.all()] == ["S3"]
    member = Membership.objects.get(pole=pole)
    assert (member.role, str(member.valid_from), member.from_precision) == ("founder", "2001-01-01", "year")
    held = CurrentFact.objects.get(subject=pole.pk, code="pole.members")
    assert (held.number, held.qualifier) == (10, "about")
    assert Place.objects.get(slug="essai-hotel").pole_links.get().pole == pole


def test_a_part_never_claims_its_commune(folder: Any) -> None:
    seeds.load(folder())
    perimeter = Perimeter.objects.get(subject__actor__pole__slug="essai-phares")
    assert perimeter.population is None
    assert [(row.commune.code, row.partial) for row in perimeter.communes.all()] == [("93039", True)]
    assert [part.label for part in perimeter.parts.all()] == ["Hôtel"]


def test_a_perimeter_that_is_only_named_keeps_its_name_alone(folder: Any) -> None:
    seeds.load(folder())
    perimeter = Perimeter.objects.get(subject__actor__pole__slug="essai-fontaine")
    assert (perimeter.label, perimeter.approximate, perimeter.lon) == ("Nord-Est francilien", True, None)
    assert not perimeter.communes.exists()


def test_the_stage_is_the_last_one_and_an_undated_one_has_the_day_of_its_source(folder: Any) -> None:
    seeds.load(folder())
    pole = Pole.objects.get(slug="essai-fontaine")
    assert pole.stage == "creation"
    moves = pole.stage_moves.order_by("on").values_list("stage", "on__year", "precision")
    assert list(moves) == [("en_projet", 2012, "year"), ("creation", 2014, "month")]


def test_a_second_load_writes_nothing(folder: Any) -> None:
    seeds.load(folder())
    before = counts()
    outcome = seeds.load(folder())
    assert not outcome
    assert (outcome.unchanged, outcome.written) == (5, 0)
    assert counts() == before


def test_only_the_statement_that_changed_is_written(folder: Any) -> None:
    seeds.load(folder())
    before = counts()
    said = Fact.objects.filter(subject__actor__pole__slug="essai-phares")
    kept = said.get(code="pole.employees").pk
    outcome = seeds.load(folder(poles=POLES.replace("value: 10,", "value: 12,")))
    assert (outcome.changed, outcome.written, outcome.taken_back) == (["pole:essai-phares"], 1, 1)
    assert (
        CurrentFact.objects.get(subject__actor__pole__slug="essai-phares", code="pole.members").number == 12
    )
    assert said.get(code="pole.members", number=10).superseded_at is not None
    assert said.get(code="pole.employees").pk == kept
    assert counts()["Fact"] == before["Fact"] + 1
    assert counts()["SeedLine"] == before["SeedLine"]


def test_a_name_that_changed_is_changed_everywhere(folder: Any) -> None:
    seeds.load(folder())
    seeds.load(folder(organisations=ACTORS.replace("name: Halage", "name: Halage 93")))
    assert Listing.objects.get(pole__slug="essai-phares").carrier == "Halage 93"
    assert listing.drift() == []


def test_an_entry_that_leaves_is_closed_and_comes_back_with_its_identity(folder: Any) -> None:
    seeds.load(folder())
    pole = Pole.objects.get(slug="essai-fontaine")
    outcome = seeds.load(folder(poles=POLES[: POLES.index("- key: essai-fontaine")]))
    assert outcome.removed == ["pole:essai-fontaine"]
    pole.actor.subject.refresh_from_db()
    assert pole.actor.subject.closed_at is not None
    assert not Listing.objects.filter(pole=pole).exists()
    assert not seeds.load(folder(poles=POLES[: POLES.index("- key: essai-fontaine")]))
    seeds.load(folder())
    pole.actor.subject.refresh_from_db()
    assert pole.actor.subject.closed_at is None
    assert Listing.objects.filter(pole=pole).exists()
    assert Pole.objects.filter(slug="essai-fontaine").count() == 1


def test_a_load_that_was_cut_goes_on_where_it_was(folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*args: Any) -> None:
        raise KeyboardInterrupt

    before = counts()
    with monkeypatch.context() as patch:
        patch.setattr(seeds._Load, "_statements", cut)
        with pytest.raises(KeyboardInterrupt):
            seeds.load(folder())
    assert SeedEntry.objects.filter(digest="").count() == 5
    outcome = seeds.load(folder())
    assert len(outcome.added) == 5
    whole = counts()
    assert whole["Pole"] == before["Pole"] + 2
    assert whole["Fact"] == before["Fact"] + 3
    assert not seeds.load(folder())


def test_what_people_wrote_is_left_alone(folder: Any) -> None:
    seeds.load(folder())
    actor = Actor.objects.get(key="essai-halage")
    mine = ActorName.objects.create(actor=actor, text="Halage, à moi", kind="usual")
    seeds.load(folder(organisations=ACTORS.replace("functions: [siae]", "functions: [siae, training]")))
    assert ActorName.objects.filter(pk=mine.pk).exists()
    assert sorted(actor.functions.values_list("function", flat=True)) == ["siae", "training"]


def test_nothing_is_written_when_a_file_is_wrong(folder: Any) -> None:
    before = counts()
    wrong = POLES.replace("actor: essai-halage, role", "actor: nobody, role")
    with pytest.raises(CommandError, match=r"poles\.yaml:\d+: there is no actor “nobody”"):
        call_command("poles_load_seeds", folder=folder(poles=wrong), stdout=StringIO())
    assert counts() == before


def test_the_command_tells_the_difference(folder: Any) -> None:
    out = StringIO()
    call_command("poles_load_seeds", folder=folder(), stdout=out, verbosity=2)
    assert "ajouté pole:essai-phares" in out.getvalue()
    assert "ajoutés : 5, modifiés : 0, retirés : 0, inchangés : 0" in out.getvalue()


def test_each_entry_has_one_event_for_its_batch(folder: Any) -> None:
    seeds.load(folder())
    pole = Pole.objects.get(slug="essai-phares")
    event = Event.objects.get(subject=pole.pk, verb="seeds.loaded")
    entry = SeedEntry.objects.get(subject=pole.pk)
    assert event.data["digest"] == entry.digest
    assert event.data["count"] == entry.lines.count()
