"""Sharing a cost through the pages: the parts read before they are kept, statements to the cent."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from terreau.actors.actions import create_actor
from terreau.common.money import Euro
from terreau.means import splits
from terreau.means.models import Occupation, Share, Split
from terreau.poles.composition import add_member
from tests.means.conftest import Crew, Yard
from tests.means.test_bookings import past

PDF = b"%PDF-1.7\n%%EOF\n"
FIRST, LAST = "2026-01-01", "2026-12-31"


def typed(crew: Crew, **more: Any) -> dict[str, Any]:
    yard = crew.yard
    return {
        "label": "Loyer", "cents": "1 000,01", "paid_by": str(yard.owner.pk), "first": FIRST, "last": LAST,
        "key": "agreed", f"part-{yard.owner.pk}": "1", f"part-{yard.member.pk}": "2", **more,
    }  # fmt: skip


def post(client: Client, crew: Crew, **more: Any) -> Any:
    return client.post(crew.path("couts/nouveau/"), typed(crew, **more))


def test_read_then_kept(crew: Crew, client: Client) -> None:
    client.force_login(crew.animator)
    read = post(client, crew, etape="lire")
    assert (read.status_code, Split.objects.count()) == (200, 0)
    page = read.content.decode()
    assert "333,34\u00a0€" in page
    assert "666,67\u00a0€" in page
    kept = post(client, crew, etape="garder", vu=read.context["seen"])
    split = Split.objects.get()
    assert kept["Location"].endswith(f"/couts/{split.pk}/")
    assert sorted(Share.objects.values_list("cents", flat=True)) == [33_334, 66_667]


def test_parts_that_changed_are_read_again(crew: Crew, client: Client) -> None:
    client.force_login(crew.animator)
    past(crew.yard, 9, 12)
    more = {"key": "use", "means": str(crew.yard.hall.pk)}
    first = f"{timezone.localdate() - timedelta(days=9)}"
    more |= {"first": first, "last": f"{timezone.localdate()}"}
    read = post(client, crew, etape="lire", **more)
    past(crew.yard, 13, 14, actor=crew.yard.owner)
    again = post(client, crew, etape="garder", vu=read.context["seen"], **more)
    assert (again.status_code, Split.objects.count()) == (409, 0)
    assert "Les parts ont changé" in again.content.decode()
    assert post(client, crew, etape="garder", vu=again.context["seen"], **more).status_code == 302
    assert sorted(Share.objects.values_list("cents", flat=True)) == [25_000, 75_001]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"cents": "12,3456"}, "deux décimales"),
        ({"cents": "-4"}, "positif"),
        ({"cents": "0"}, "plus grand que zéro"),
        ({"cents": "mille"}, "pas un nombre"),
        ({"label": ""}, "obligatoire"),
        ({"last": "2025-01-01"}, "La fin de la période suit son début"),
        ({"key": "surface"}, "va avec un moyen partagé"),
        ({"key": "magie"}, "magie"),
        ({"paid_by": "00000000-0000-0000-0000-000000000000"}, "choix"),
    ],
)
def test_bad_input_says_why(crew: Crew, client: Client, more: dict[str, str], told: str) -> None:
    client.force_login(crew.animator)
    answer = post(client, crew, etape="lire", **more)
    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_parts_that_are_no_numbers(crew: Crew, client: Client) -> None:
    client.force_login(crew.animator)
    member = f"part-{crew.yard.member.pk}"
    for value in ("beaucoup", "1,5", "-3", "99999999"):
        answer = post(client, crew, etape="lire", **{member: value})
        assert answer.status_code == 422
        assert f'value="{value}"' in answer.content.decode()
    assert (
        post(client, crew, etape="lire", **{member: "", f"part-{crew.yard.owner.pk}": "0"}).status_code == 422
    )


def test_only_who_animates_shares_and_takes_back(crew: Crew, client: Client) -> None:
    split = kept(crew)
    client.force_login(crew.member)
    assert post(client, crew, etape="garder").status_code == 403
    assert client.post(crew.path(f"couts/{split.pk}/reprendre/"), {"reason": "non"}).status_code == 403
    client.force_login(crew.animator)
    assert client.post(crew.path(f"couts/{split.pk}/reprendre/"), {"reason": ""}).status_code == 422
    assert client.post(crew.path(f"couts/{split.pk}/reprendre/"), {"reason": "faux"}).status_code == 302
    assert client.post(crew.path(f"couts/{split.pk}/reprendre/"), {"reason": "faux"}).status_code == 409
    assert splits.balances(crew.yard.pole, date(2026, 1, 1), date(2026, 12, 31)) == []


def kept(crew: Crew, cents: int = 100_001) -> Split:
    yard = crew.yard
    return splits.share_cost(
        yard.pole, label="Loyer", cost=Euro(cents), paid_by=yard.owner, first=date(2026, 1, 1),
        last=date(2026, 12, 31), key="agreed", agreed={yard.owner.pk: 1, yard.member.pk: 2}, by=crew.animator,
    )  # fmt: skip


def test_balances_cancel_out_and_the_statement_says_why(crew: Crew, client: Client) -> None:
    kept(crew)
    kept(crew, 10)
    found = splits.balances(crew.yard.pole, date(2026, 1, 1), date(2026, 12, 31))
    assert sum(one.net for one in found) == 0
    assert {one.actor.name: (one.owed, one.paid) for one in found} == {
        "Foncière": (33_337, 100_011),
        "Cantine": (66_674, 0),
    }
    client.force_login(crew.member)
    page = client.get(crew.path(f"couts/releves/{crew.yard.member.pk}/?annee=2026")).content.decode()
    assert "666,74\u00a0€" in page
    assert client.get(crew.path(f"couts/releves/{crew.yard.stranger.pk}/")).status_code == 404


def test_the_piece_is_joined_once_and_read_by_the_pole(crew: Crew, client: Client) -> None:
    split = kept(crew)
    address = crew.path(f"couts/{split.pk}/piece/")

    def upload() -> dict[str, Any]:
        return {"file": SimpleUploadedFile("facture.pdf", PDF, "application/pdf")}

    client.force_login(crew.member)
    assert client.get(address).status_code == 404
    assert client.post(address, upload()).status_code == 403
    client.force_login(crew.animator)
    wrong = {"file": SimpleUploadedFile("facture.exe", b"MZ\x90\x00" + b"\x00" * 80)}
    assert client.post(address, wrong).status_code == 415
    assert client.post(address, upload()).status_code == 302
    assert client.post(address, upload()).status_code == 409
    client.force_login(crew.member)
    answer = client.get(address)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
    assert "attachment" in answer["Content-Disposition"]
    client.force_login(crew.elsewhere)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("key", ["use", "surface", "headcount", "agreed"])
def test_every_key_sums_to_the_cost(yard: Yard, key: str) -> None:
    members = [create_actor(f"M{i}", source=None, public=False) for i in range(12)]
    day = timezone.localdate() - timedelta(days=3)
    for i, one in enumerate(members):
        add_member(yard.pole, one, by=yard.by)
        Occupation.objects.create(
            means=yard.hall, actor=one, surface=100 + 37 * i, headcount=1 + i % 3, valid_from=day
        )
        past(yard, i, i + 1, actor=one)
    agreed: dict[UUID, int] = {one.pk: 1 + i for i, one in enumerate(members)}
    for cents in (1, 7, 99_999, 100_001):
        period = {"first": day, "last": timezone.localdate()}
        cost = splits.Cost(label="x", cost=Euro(cents), key=key, means=yard.hall, agreed=agreed, **period)
        assert sum(part.cents for part in splits.foresee(cost)) == cents
