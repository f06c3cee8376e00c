"""Layers that are not embedded: read from their files, compared, written by difference."""

from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from terreau.territories import layers, rules
from terreau.territories.base import load
from terreau.territories.layer_files import LayerFileError, definitions, number, read_layer
from terreau.territories.models import Layer, LayerValue, LayerZone, Zone

FILOSOFI = "CODGEO;NBMENFISC21;NBPERSMENFISC21;MED21;TP6021;PPSOC21;D121;D921\n"


def written(folder: Path, text: str, name: str = "layer.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def read(path: Path, name: str):
    return read_layer(path, definitions()[name], load())


def told(*arguments: object) -> str:
    out = StringIO()
    call_command("territories_import_layer", *map(str, arguments), stdout=out)
    return out.getvalue()


# ------------------------------------------------------------------------------------------- reading


def test_every_definition_says_what_it_is_in_two_languages():
    assert set(definitions()) == {"zones-emploi", "bassins-vie", "qpv", "zrr", "filosofi"}
    for definition in definitions().values():
        assert set(definition.label) == {"fr", "en"}
        assert definition.source["document"]
        for measure in definition.measures:
            assert set(measure.label) == {"fr", "en"}


def test_a_secret_value_is_neither_zero_nor_missing(tmp_path):
    path = written(tmp_path, FILOSOFI + "35236;4 200;9000;21 660,5;s;;0;nd\n")
    reading = read(path, "filosofi")
    assert reading.values == {
        ("35236", "menages_fiscaux"): Decimal(4200),
        ("35236", "personnes"): Decimal(9000),
        ("35236", "niveau_vie_median"): Decimal("21660.5"),
        ("35236", "taux_pauvrete"): None,
        ("35236", "part_prestations_sociales"): None,
        ("35236", "premier_decile"): Decimal(0),
    }
    assert ("35236", "neuvieme_decile") not in reading.values


def test_a_wrong_number_is_told_with_its_line(tmp_path):
    path = written(tmp_path, FILOSOFI + "35236;abc;1;1;1;1;1;1\n")
    (problem,) = read(path, "filosofi").problems
    assert (problem.line, problem.code) == (2, "not_a_number")


def test_measures_of_former_communes_and_of_those_that_grew_are_left_out(tmp_path):
    rows = "93066;1;1;1;1;1;1;1\n93059;2;2;2;2;2;2;2\n75056;3;3;3;3;3;3;3\n75101;4;4;4;4;4;4;4\n"
    reading = read(written(tmp_path, FILOSOFI + rows), "filosofi")
    assert {commune for commune, _ in reading.values} == {"75056"}
    assert reading.values["75056", "personnes"] == 3
    assert sorted((problem.code, problem.line) for problem in reading.problems) == [
        ("former_measure", 3),
        ("former_measure", 5),
        ("grown_commune", 2),
    ]


def test_unknown_and_old_codes_are_told_line_by_line(tmp_path):
    path = written(tmp_path, "CODGEO,ZE2020,LIBZE2020\n99999,1,A\nxx,1,A\n01220,2,B\n01185,1,A\n35236,1,A\n")
    reading = read(path, "zones-emploi")
    assert [(problem.line, problem.code) for problem in reading.problems] == [
        (2, "unknown_code"),
        (3, "malformed_code"),
        (4, "former_code"),
    ]
    assert {key: one.partial for key, one in reading.members.items()} == {
        ("01185", "1"): True,
        ("01185", "2"): True,
        ("35236", "1"): False,
    }


def test_heading_separator_and_encoding_are_found(tmp_path):
    text = (
        "Zones d'emploi 2020 – source INSEE\n\nCODGEO\tLIBGEO\tZE2020\tLIBZE2020\n35236\tRedon\t5308\tRédon\n"
    )
    for encoding in ("utf-8-sig", "cp1252"):
        reading = read(written(tmp_path, text, encoding=encoding), "zones-emploi")
        assert reading.members["35236", "5308"].label == "Rédon"


def test_a_line_given_twice_differently_is_told(tmp_path):
    reading = read(written(tmp_path, "code;zrr_2022\n35236;C\n35236;PC\n44185;NC\n56001;?\n"), "zrr")
    assert not reading.members["35236", "zrr"].partial
    assert [problem.code for problem in reading.problems] == ["given_twice", "unknown_value"]


@pytest.mark.parametrize("text", ["", "a;b\n1;2\n", "CODGEO;x\n35236;1\n", "CODGEO;ZE2020;LIBZE2020\n"])
def test_a_file_of_something_else_is_refused(tmp_path, text):
    with pytest.raises(LayerFileError):
        read(written(tmp_path, text), "zones-emploi")


def test_a_file_that_is_not_parquet_is_refused(tmp_path):
    with pytest.raises(LayerFileError, match="Parquet"):
        read(written(tmp_path, "no", "x.parquet"), "zones-emploi")


@pytest.mark.parametrize(
    ("text", "value"), [("21 660,5", "21660.5"), ("21\u202f660", "21660"), ("-3.25", "-3.25"), ("0", "0")]
)
def test_numbers_are_read_as_french_files_write_them(text, value):
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "1,2,3", "inf", "NaN", "1e30", "douze"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        number(text)


# ------------------------------------------------------------------------------------------- writing


@pytest.mark.usefixtures("zones")
def test_nothing_is_written_without_save_then_once(tmp_path):
    path = written(tmp_path, "code;ze2020;lib_ze2020\n35236;5308;Redon\n44185;5308;Redon\n")
    said = told(path, "--layer", "zones-emploi")
    assert "added 2 / changed 0 / removed 0" in said
    assert "Rien n'est écrit" in said
    assert not Layer.objects.exists()
    assert "Écrit" in told(path, "--layer", "zones-emploi", "--save")
    layer = Layer.objects.get()
    assert (layer.vintage, layer.kind, layer.memberships.count(), layer.cog_year) == (
        2020,
        "partition",
        2,
        2026,
    )
    again = told(path, "--layer", "zones-emploi", "--save")
    assert "added 0 / changed 0 / removed 0" in again
    assert "Rien à changer" in again
    layer.refresh_from_db()
    assert Layer.objects.get().imported_at == layer.imported_at


@pytest.mark.usefixtures("zones")
def test_a_second_file_is_a_difference(tmp_path):
    told(
        written(tmp_path, "code;ze2020;lib_ze2020\n35236;1;A\n44185;1;A\n56001;2;B\n"),
        "--layer", "zones-emploi", "--save",
    )  # fmt: skip
    path = written(tmp_path, "code;ze2020;lib_ze2020\n35236;1;A\n44185;1;Aa\n56002;2;B\n")
    said = told(path, "--layer", "zones-emploi", "--save")
    assert "added 1 / changed 1 / removed 1" in said
    assert "+ 56002 2 : B" in said
    assert "~ 44185 1 : A → Aa" in said
    assert "- 56001 2 : B" in said
    held = LayerZone.objects.order_by("commune__code").values_list("commune__code", "label")
    assert list(held) == [("35236", "A"), ("44185", "Aa"), ("56002", "B")]


@pytest.mark.usefixtures("zones")
def test_an_imported_layer_overlaps_like_an_embedded_one(tmp_path):
    lines = "35236;1;A\n44185;1;A\n56001;2;B\n01185;3;C\n01220;4;D\n"
    told(written(tmp_path, "code;ze2020;lib_ze2020\n" + lines), "--layer", "zones-emploi", "--save")
    layer = layers.as_layer(Layer.objects.get())
    communes = load()
    found = rules.describe(communes, communes.ids(["35236", "56001", "01185"]), [layer]).overlaps[
        "zones-emploi"
    ]
    assert {(one.code, one.name, one.common.communes, one.of_zone.communes) for one in found} == {
        ("1", "A", 1, 0.5),
        ("2", "B", 1, 1.0),
    }
    redon, whole = (
        communes.population[communes.ids(codes)].sum() for codes in (["35236"], ["35236", "44185"])
    )
    assert next(one for one in found if one.code == "1").of_zone.population == redon / whole


@pytest.mark.usefixtures("zones")
def test_a_value_that_becomes_secret_is_a_change(tmp_path):
    told(written(tmp_path, FILOSOFI + "35236;1;1;1;1;1;1;1\n"), "--layer", "filosofi", "--save")
    said = told(written(tmp_path, FILOSOFI + "35236;1;1;1;s;1;1;1\n"), "--layer", "filosofi", "--save")
    assert "~ 35236 taux_pauvrete : 1 → secret" in said
    value = LayerValue.objects.get(measure="taux_pauvrete")
    assert (value.value, value.secret) == (None, True)


@pytest.mark.usefixtures("zones")
@pytest.mark.parametrize(("value", "secret"), [(None, False), (0, True)])
def test_the_database_refuses_what_is_neither_known_nor_secret(tmp_path, value, secret):
    told(written(tmp_path, FILOSOFI + "35236;1;1;1;1;1;1;1\n"), "--layer", "filosofi", "--save")
    with pytest.raises(IntegrityError), transaction.atomic():
        LayerValue.objects.create(
            layer=Layer.objects.get(),
            commune=Zone.objects.get(level="commune", code="44185"),
            measure="x",
            value=value,
            secret=secret,
        )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("nothing", "x", "unknown_layer"),
        ("qpv", None, "file_not_found"),
        ("qpv", "a;b\n", "wrong_layer_file"),
    ],
)
def test_a_refusal_says_why(tmp_path, name, text, code):
    path = written(tmp_path, text) if text else tmp_path / "absent.csv"
    with pytest.raises(CommandError, match=code):
        told(path, "--layer", name)


# ------------------------------------------------------------------------------------------- samples


@pytest.mark.samples
@pytest.mark.parametrize(
    ("file", "name", "members", "zones", "partial"),
    [
        ("zonages_communes", "zones-emploi", 34_875, 306, 0),
        ("zonages_communes", "bassins-vie", 34_875, 1_707, 0),
        ("zonages_communes", "zrr", 17_665, 1, 40),
        ("qpv_2024_points", "qpv", 1_684, 1_493, 1_684),
    ],
)
def test_real_zones_are_read(shared, file, name, members, zones, partial):
    reading = read(shared / "data" / "samples" / f"{file}.parquet", name)
    assert len(reading.members) == members
    assert len({code for _, code in reading.members}) == zones
    assert sum(one.partial for one in reading.members.values()) == partial
    assert {problem.code for problem in reading.problems} <= {"unknown_value"}


@pytest.mark.samples
def test_most_small_communes_of_filosofi_are_secret(shared):
    reading = read(shared / "data" / "samples" / "filosofi_2021_communes.parquet", "filosofi")
    rates = [value for (_, measure), value in reading.values.items() if measure == "taux_pauvrete"]
    secret = sum(rate is None for rate in rates)
    assert secret / len(rates) > 0.8
    assert 0 not in rates
    assert {problem.code for problem in reading.problems} == {"former_measure", "grown_commune"}


@pytest.mark.samples
@pytest.mark.usefixtures("zones")
def test_a_real_layer_is_written_once(shared):
    path = shared / "data" / "samples" / "qpv_2024_points.parquet"
    prepared = layers.prepare(path, "qpv")
    layer = layers.save(prepared)
    assert layer.memberships.filter(partial=True).count() == 1_684
    assert layers.prepare(path, "qpv").diff.unchanged
