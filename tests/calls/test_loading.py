"""Calls from files: the shipped ones are whole and sourced, any other loads, each problem has its line."""

from pathlib import Path

import pytest

from terreau.calls import document, form_checks, loading
from terreau.calls.answer_rules import KINDS
from terreau.calls.form_rules import fields
from terreau.calls.models import Call, FormVersion, Programme
from terreau.common.errors import DomainError
from terreau.journal.models import Event
from tests.calls import making

SHIPPED = {path.stem: path for path in loading.files()}

#: A call that no file of Terreau looks like: every kind of question, a condition of each form, every field.
UNKNOWN = """
slug: fonds-de-l-agglo-2031
programme:
  slug: fonds-de-l-agglo
  name: {fr: "Fonds de l'agglo", en: "Fund of the town"}
  owner: Communauté d'agglomération
  level: local
  envelope: 250000.50
  strands:
    - {code: postes, name: Postes, kind: experimentation, support: [job], dimensions: [governance]}
title: {fr: "Fonds 2031", en: "Fund 2031"}
summary: Un appel que personne n'a vu.
state: open
opens: "2031-02-01 08:30:15"
closes: 2031-03-31
tolerance: 5
late: flag
envelope: 250000.50
minimum: 1000
maximum: 20000
rate_max: 62.5
duration_months: 18
de_minimis: true
applicants: [pole, authority]
categories: [existing]
strands: [postes]
sponsors: [{name: Agglo, rate: 75, opinion: mandatory}, {name: Région, share: 5000.25, opinion: asked}]
grids: [loi-2014-art9]
criteria:
  - {code: chez-nous, label: Chez nous, rule: territory, zones: ["departement:21"]}
  - {code: juré, label: Sans appel, rule: declared, expected: false}
review: {reviewers: 3, criteria: [{code: sens, label: Le sens, weight: 2, max: 5}]}
stages: [{code: region, opinion: asked}, {code: committee, label: Le bureau, opinion: mandatory}]
letters: {refused: {subject: "Votre {dossier}", body: "Non : {motif}"}}
ranking: {by: score, tie: draw, told: each}
form:
  pages:
    - code: tout
      title: {fr: Tout, en: All}
      sections:
        - code: une
          title: Une
          fields:
            - {key: q_text, kind: text, label: {fr: Texte, en: Text}, required: true, source: pole.name}
            - {key: q_long_text, kind: long_text, label: Long, max: 500, help: Dites tout.}
            - {key: q_integer, kind: integer, label: Entier, min: 1, max: 9}
            - {key: q_number, kind: number, label: Nombre, unit: ETP}
            - {key: q_euro, kind: euro, label: Euros}
            - {key: q_date, kind: date, label: Date}
            - {key: q_yes_no, kind: yes_no, label: Oui ou non}
            - {key: q_choice, kind: choice, label: Choix, options: [{code: a, label: A}, {code: b, label: B}]}
            - {key: q_choices, kind: choices, label: Choix, options: [{code: a, label: {fr: A, en: Aa}}]}
            - {key: q_file, kind: file, label: Pièce, required: {field: q_yes_no, op: eq, value: true}}
            - {key: q_actor, kind: actor, label: Qui}
            - {key: q_members, kind: members, label: Membres, source: members}
            - {key: q_perimeter, kind: perimeter, label: Où, source: perimeter}
            - {key: q_budget, kind: budget, label: Budget}
            - {key: q_financing, kind: financing, label: Plan}
            - {key: q_table, kind: table, label: Table, columns: [{key: c, label: C, kind: euro}]}
            - {key: q_grid, kind: grid, label: Grille, grid: loi-2014-art9, dimension: governance}
            - key: q_declaration
              kind: declaration
              label: Juré
              show_when:
                any:
                  - all:
                      - {field: q_integer, op: at_least, value: 3}
                      - {not: {field: q_choice, op: eq, value: a}}
                  - {field: q_perimeter, op: in_zone, value: "region:27"}
"""


def written(tmp_path: Path, text: str) -> Path:
    """Write a file of a call."""
    path = tmp_path / "appel.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path: Path, text: str) -> list[str]:
    """Return what is wrong in a file."""
    with pytest.raises(DomainError) as caught:
        document.read(written(tmp_path, text))
    return [str(one) for one in caught.value.facts["problems"]]


def test_the_shipped_calls_are_whole_sourced_and_examples() -> None:
    assert len(SHIPPED) == 9
    for slug, path in SHIPPED.items():
        said = document.read(path)
        assert said.call["slug"] == slug
        assert said.call["example"] is True
        assert said.call["source"]
        assert form_checks.check(said.form) == []
        assert all(one["source"] for one in said.call["figures"])
        for one in [*said.call["criteria"], *said.call["review"].get("criteria", [])]:
            assert one["source"], (slug, one)


def test_what_the_sources_do_not_give_stays_unsaid() -> None:
    read = {slug: document.read(path).call for slug, path in SHIPPED.items()}
    assert all(call["rate_max"] is None for call in read.values())
    assert all(call["tolerance"] == 0 for call in read.values())
    weights = [one["weight"] for call in read.values() for one in call["review"].get("criteria", [])]
    assert weights
    assert not any(weights)
    assert (read["ami-2025"]["min_cents"], read["ami-2025"]["max_cents"]) == (3_000_000, 8_000_000)
    assert read["appel-2015"]["envelope_cents"] == 270_000_000
    assert read["appel-2015"]["closes_at"].isoformat() == "2015-06-30T23:59:00+02:00"


@pytest.mark.django_db
def test_the_shipped_calls_load_once() -> None:
    assert loading.load_shipped(save=True) == (9, 0)
    assert loading.load_shipped(save=True) == (0, 9)
    assert Programme.objects.filter(slug="ami-ptce").count() == 1
    assert set(Programme.objects.get(slug="ami-ptce").strands.values_list("code", flat=True)) == {
        "phase-1",
        "phase-2",
        "developpement",
    }
    call = Call.objects.get(slug="programme-20-millions")
    assert set(call.strands.values_list("code", flat=True)) == {"transversal", "direct"}
    assert call.phase() == "archived"
    assert FormVersion.objects.filter(call=call, number=1, published_at__isnull=False).exists()
    assert Event.objects.filter(subject=call.subject, verb="call.loaded").exists()


@pytest.mark.django_db
def test_a_call_nobody_knew_loads_without_a_line_of_python(tmp_path: Path) -> None:
    text = UNKNOWN.replace("code: juré", "code: jure")
    path = written(tmp_path, text)
    assert loading.load(path, save=False).slug == "fonds-de-l-agglo-2031"
    assert not Call.objects.exists()
    call = loading.load(path, save=True)
    form = FormVersion.objects.get(call=call)
    assert {one.field["kind"] for one in fields(form.content)} == set(KINDS)
    assert form.content["pages"][0]["title_en"] == "All"
    call.refresh_from_db()
    assert (call.envelope_cents, call.rate_max) == (25_000_050, 6_250)
    assert call.opens_at is not None
    assert call.opens_at.isoformat() == "2031-02-01T07:30:15+00:00"
    assert call.closes_at is not None
    assert call.closes_at.isoformat() == "2031-03-31T21:59:59+00:00"
    assert [(one.name, one.share_rate, one.share_cents) for one in call.sponsors.all()] == [
        ("Agglo", 7500, None),
        ("Région", None, 500_025),
    ]
    assert call.mandatory_stages == {"committee"}
    assert call.programme.envelope_cents == 25_000_050
    with pytest.raises(DomainError) as caught:
        loading.load(path, save=True)
    assert caught.value.code == "call_exists"


SIRET = "23350001600040"


def carried(tmp_path: Path, owner: str, slug: str = "fonds-de-l-agglo-2031") -> Programme:
    """Load the call under a slug, its programme carried by somebody, and return the programme."""
    text = UNKNOWN.replace("code: juré", "code: jure").replace("slug: fonds-de-l-agglo-2031", f"slug: {slug}")
    path = written(tmp_path, text.replace("owner: Communauté d'agglomération", f"owner: {owner}"))
    loading.load(path, save=True)
    return Programme.objects.select_related("owner__subject").get()


@pytest.mark.django_db
def test_who_carries_a_programme_is_found_by_its_number_or_written_down(tmp_path: Path) -> None:
    made = carried(tmp_path, f'{{name: Agglo, siret: "{SIRET}"}}')
    assert made.owner is not None
    assert (made.owner_name, made.owner.name, made.owner.siret) == ("Agglo", "Agglo", SIRET)
    assert not made.owner.subject.public
    Programme.objects.update(owner=None)
    again = carried(tmp_path, f'{{name: Agglo, siret: "{SIRET}"}}', "fonds-de-l-agglo-2032")
    assert again.owner == made.owner


@pytest.mark.django_db
def test_an_organisation_known_by_its_siren_takes_the_siret(tmp_path: Path) -> None:
    known = making.actor("Communauté", siren=SIRET[:9])
    assert carried(tmp_path, "Communauté").owner is None
    made = carried(tmp_path, f'{{name: Agglo, siret: "{SIRET}"}}', "fonds-de-l-agglo-2032")
    assert made.owner == known
    assert made.owner.siret == SIRET


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("owner: Communauté d'agglomération", 'owner: {name: Agglo, siret: "23350001600041"}', "SIRET"),
        ("owner: Communauté d'agglomération", 'owner: {siret: "23350001600040"}', "name"),
        ("late: flag", "late: [flag]", "late"),
        ("applicants: [pole, authority]", "applicants: [[pole]]", "applicants"),
        ('opens: "2031-02-01 08:30:15"', 'opens: "2031-02-01T08:30:15+00:00"', "heure de Paris"),
        ("{name: Région, share", "{name: Agglo, share", "deux fois"),
        ("{code: committee, label", "{code: region, label", "deux fois"),
        ("{code: jure, label", "{code: chez-nous, label", "deux fois"),
        ("late: flag", "late: parfois", "parfois"),
        ("tolerance: 5", "tolerance: cinq", "entier"),
        ("envelope: 250000.50\nmini", "envelope: 250000.505\nmini", "montant"),
        ("closes: 2031-03-31", "closes: 2031-01-31", "suit"),
        ("rate_max: 62.5", "rate_max: 162.5", "taux"),
        ("duration_months: 18", "durée: 18", "durée"),
        ("strands: [postes]", "strands: [postes, autres]", "autres"),
        ("kind: integer", "kind: entier", "entier"),
        ("field: q_yes_no, op: eq", "field: q_actor, op: eq", "q_actor"),
        ("grid: loi-2014-art9, dimension", "dimension", "grille"),
        ("by: score, tie: draw", "by: chance", "chance"),
        ("{motif}", "{motifs}", "motifs"),
    ],
)
def test_a_problem_has_its_line(tmp_path: Path, old: str, new: str, part: str) -> None:
    text = UNKNOWN.replace("code: juré", "code: jure")
    line = text[: text.index(old)].count("\n") + 1
    found = problems(tmp_path, text.replace(old, new, 1))
    assert any(one.startswith(f"appel.yaml:{line}: ") and part in one for one in found), found


def test_a_strand_is_described_once(tmp_path: Path) -> None:
    first = "    - {code: postes"
    twice = UNKNOWN.replace(first, f"{first}, name: Avant, kind: other}}\n{first}")
    assert any("deux fois" in one for one in problems(tmp_path, twice))


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = UNKNOWN.replace("late: flag", "late: parfois").replace("kind: euro, label: Euros", "kind: sou")
    found = problems(tmp_path, text)
    assert len(found) >= 3
    assert [int(one.split(":")[1]) for one in found] == sorted(int(one.split(":")[1]) for one in found)


def test_an_example_sources_what_it_gives(tmp_path: Path) -> None:
    text = UNKNOWN.replace("code: juré", "code: jure").replace("state: open", "state: open\nexample: true")
    assert any("« envelope » est donné sans sa source" in one for one in problems(tmp_path, text))


@pytest.mark.parametrize("text", ["", "- une liste", "a: [", "slug: &x a\nb: *x", "form: 3\nprogramme: x"])
def test_what_is_no_call_is_refused_plainly(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text)
