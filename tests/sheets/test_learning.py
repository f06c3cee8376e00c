"""What grids teach across poles: counted once, published under secrecy, shown by the page and the API."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from terreau.accounts.models import User
from terreau.common.permissions import Permission
from terreau.common.verdicts import Answer
from terreau.grids import judging, loading, store
from terreau.grids.rules import facts_of
from terreau.jobs.models import Job
from terreau.jobs.work import start
from terreau.poles import listing
from terreau.poles.actions import register_pole
from terreau.poles.models import Pole
from terreau.publication.models import Release
from terreau.sheets import learning, learning_count

pytestmark = pytest.mark.usefixtures("zones")
GRID = "labo-2011-criteres"
PAGE, API = f"/grilles/{GRID}/statistiques/", f"/api/v1/grids/{GRID}/statistics"
DIJON, RENNES = "21231", "35238"


@pytest.fixture
def judge(zones: None) -> User:
    return User.objects.create_user("juge@example.org")


@pytest.fixture
def poles(zones: None, judge: User) -> list[Pole]:
    """Nine public poles, six of them in Dijon, and one that is not public."""
    loading.sync(save=True)
    made = [
        register_pole(f"Pôle {n}", carrier=None, codes=[DIJON if n < 6 else RENNES], cog_year=2026, by=judge,
                      public=n != 9)
        for n in range(10)
    ]  # fmt: skip
    listing.project([pole.pk for pole in made])
    return made


def _criterion() -> str:
    """A criterion that a person answers, so that tests decide of it."""
    grid = store.grid(GRID, None, timezone.localdate())
    asked = [one for one in grid.criteria if one.kind == "incontournable" and one.question is not None]
    return next(one.code for one in asked if one.node is None or not facts_of(one.node))


def _judge(poles: list[Pole], answers: dict[int, Answer], by: User) -> None:
    grid = store.grid(GRID, None, timezone.localdate())
    for number, answer in answers.items():
        judging.judge(
            poles[number].actor.subject,
            grid,
            _criterion(),
            answer,
            reason="Visite.",
            by=by,
            may=Permission(ok=True),
        )


def _one(found: learning.Learning) -> learning.Learned:
    return next(one for one in found.criteria if one.criterion.code == _criterion())


def _learned(by: str = "") -> learning.Learned:
    return _one(learning.learning(GRID, timezone.localdate(), by=by))


@pytest.fixture
def judged(poles: list[Pole], judge: User) -> list[Pole]:
    """In Dijon three say yes, one says no; in Rennes nobody knows."""
    _judge(poles, {0: Answer.YES, 1: Answer.YES, 2: Answer.YES, 3: Answer.NO}, judge)
    learning_count.learn()
    return poles


def test_public_poles_alone_are_counted(judged: list[Pole]) -> None:
    assert _learned().whole.total.value == len(judged) - 1


def test_one_pole_that_says_no_is_a_secret_and_nothing_gives_it_away(judged: list[Pole]) -> None:
    learned = _learned("region")
    rows = {row.code: row for row in learned.rows}
    dijon, rennes = rows["27"], rows["53"]
    assert dijon.total.value == 6
    assert dijon.cells["non"].status == "secret"
    # With the total of the region known, another answer is hidden too.
    assert sum(cell.status == "secret" for cell in dijon.cells.values()) > 1
    assert rennes.cells["a_verifier"].value in {3, None}
    assert rows["11"].cells["oui"].status == "absent"
    assert learned.whole.power is None


def test_every_release_holds(judged: list[Pole]) -> None:
    out = StringIO()
    call_command("publication_audit", "--attaque", "--json", stdout=out)
    assert all(one["problems"] == [] for one in json.loads(out.getvalue()))


def test_a_second_count_changes_nothing(judged: list[Pole]) -> None:
    report = learning_count.learn()
    assert report["same"] == Release.objects.count()


def test_one_judgement_more_is_not_read_in_the_next_count(judged: list[Pole], judge: User) -> None:
    before = _learned("region")
    _judge(judged, {6: Answer.YES}, judge)
    learning_count.learn()
    after = _learned("region")
    for then, now in zip((before.whole, *before.rows), (after.whole, *after.rows), strict=True):
        for code in ("oui", "non", "discute"):
            shown = [one for one in (then.cells[code].value, now.cells[code].value) if one is not None]
            assert len(shown) < 2 or shown[0] == shown[1]


def test_power_is_the_smaller_share_twice() -> None:
    cells = {
        "oui": learning.Cell("shown", 9),
        "non": learning.Cell("shown", 3),
        "a_verifier": learning.Cell("shown", 50),
        "discute": learning.Cell("zero", 0),
    }
    row = learning.Row("", "", learning.Cell("shown", 62), cells)
    assert row.power == 50
    few = learning.Row("", "", learning.Cell("shown", 62), {**cells, "oui": learning.Cell("shown", 3)})
    assert few.power is None


@pytest.mark.parametrize(
    ("answer", "computed", "judged", "contested", "expected"),
    [
        (Answer.YES, Answer.NO, True, False, True),
        (Answer.YES, Answer.YES, True, False, False),
        (Answer.YES, Answer.TO_CHECK, True, False, False),
        (Answer.TO_CHECK, Answer.TO_CHECK, False, True, True),
        (Answer.YES, Answer.YES, False, True, False),
        (Answer.TO_CHECK, Answer.TO_CHECK, False, False, False),
    ],
)
def test_what_is_disputed(
    answer: Answer, computed: Answer, judged: bool, contested: bool, expected: bool
) -> None:
    assert learning_count._disputed(answer, computed, judged, contested) is expected


def test_the_page_says_secret_absent_and_zero(judged: list[Pole], client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        text = client.get(PAGE, {"par": "region", "critere": _criterion()}).content.decode()
    assert len(queries) < 15
    assert "motif-secret" in text
    assert "Bourgogne-Franche-Comté" in text
    assert "9 pôles publics" in text


def test_the_page_before_any_count_and_of_a_grid_without_answers(poles: list[Pole], client: Client) -> None:
    assert "Rien n'est encore compté" in client.get(PAGE).content.decode().replace("&#x27;", "'")
    assert "Rien à compter" in client.get("/grilles/grille-terreau/statistiques/").content.decode()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/grilles/inconnue/statistiques/", 404),
        ("/grilles/esus/statistiques/", 404),
        (f"{PAGE}?par=commune", 422),
        (f"{PAGE}?critere=rien", 422),
        (f"{PAGE}?version=0", 404),
        (f"{PAGE}?format=doc", 422),
    ],
)
def test_bad_addresses_say_why(poles: list[Pole], client: Client, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_exports_leave_secrets_empty(judged: list[Pole], client: Client) -> None:
    response: Any = client.get(PAGE, {"par": "region", "format": "csv"})
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    dijon = next(one.split(";") for one in lines if one.startswith(f"{_criterion()};") and ";27;" in one)
    header = lines[0].split(";")
    assert dijon[header.index("non")] == ""
    assert "non" in dijon[header.index("Réponses sous secret")]
    for form in ("xlsx", "ods"):
        sent: Any = client.get(PAGE, {"format": form})
        assert b"".join(sent.streaming_content).startswith(b"PK")
        if workbook := getattr(sent, "file_to_stream", None):
            workbook.close()


def test_the_api_says_the_same(judged: list[Pole], client: Client) -> None:
    found = client.get(API, {"by": "region"}).json()
    one = next(one for one in found["criteres"] if one["code"] == _criterion())
    dijon = next(row for row in one["lignes"] if row["code"] == "27")
    assert dijon["reponses"]["non"] == {"etat": "secret", "valeur": None}
    assert found["poles"] == 9
    assert client.get(API, {"by": "commune"}).status_code == 422
    assert client.get("/api/v1/grids/inconnue/statistics").status_code == 404


def test_the_command_and_the_worker(poles: list[Pole]) -> None:
    out = StringIO()
    call_command("sheets_learn", "--json", stdout=out)
    assert json.loads(out.getvalue())["poles"] == 9
    job = start("sheets.learn", by=None)
    assert Job.objects.get(pk=job.pk).kind == "sheets.learn"
