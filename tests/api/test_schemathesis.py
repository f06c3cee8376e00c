"""Requests made from the description itself: nothing answers 500, nothing unlike what is described.

Bounded and the same every time. What suits the description is accepted, except the values that it cannot say.
"""

from collections.abc import Iterator
from decimal import Decimal

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from terreau.pieces.actions import source
from terreau.territories.models import Layer, LayerValue, LayerZone, Zone

pytestmark = pytest.mark.slow

#: Parameters whose values the description does not list, and why: another value may be refused (422).
REFUSED = {
    "cursor": "given by the page before, never made by the reader",
    **dict.fromkeys(
        ("region", "ancienne_region", "departement", "epci"), "codes of the official geography of a year"
    ),
    **dict.fromkeys(
        ("secteur", "filiere", "origine", "stade", "reconnaissance", "nature", "fonction", "ess", "terme"),
        "terms of a vocabulary, which /vocabularies gives",
    ),
    "code": "a code of the catalogue, which /catalogue gives",
    "reseau": "an actor of the register",
    **dict.fromkeys(("au", "su_le", "on"), "a day that is neither to come nor before 1900"),
}
#: Bodies whose ``facts`` are named by another route, which the description cannot list.
NAMED_ELSEWHERE = {"POST /api/v1/grids/{grid}/verdict": "the facts that GET /grids/{grid} lists"}

schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.fixture(autouse=True)
def _connection_kept() -> Iterator[None]:
    """As Django's own client does: a request does not close the connection of the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def layers(register: None, grids: None) -> None:
    """A list and some measures, for want of imported ones."""
    known = source("register", "INSEE", "Une source")
    made = {
        kind: Layer.objects.create(
            name=kind, vintage=2024, kind=kind, label={"fr": kind}, cog_year=2026, source=known
        )
        for kind in ("list", "measures")
    }
    redon = Zone.objects.get(level="commune", code="35236", cog_year=2026)
    LayerZone.objects.create(layer=made["list"], commune=redon, code="A", label="A")
    for measure, value in (("known", Decimal("1.5")), ("withheld", None)):
        LayerValue.objects.create(
            layer=made["measures"], commune=redon, measure=measure, value=value, secret=value is None
        )


# Not ``schema.parametrize``: its tests share one name, of which parallel runs keep one.
OPERATIONS = {result.ok().label: result.ok() for result in schema.get_all_operations()}


def test_the_description_names_every_operation() -> None:
    assert len(OPERATIONS) == 39


@pytest.mark.usefixtures("layers")
@pytest.mark.parametrize("label", list(OPERATIONS))
def test_every_answer_is_as_described(label: str) -> None:
    @given(case=OPERATIONS[label].as_strategy())
    @settings(
        max_examples=25,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: schemathesis.Case) -> None:
        unsaid = any(value for name, value in (case.query or {}).items() if name in REFUSED)
        if label in NAMED_ELSEWHERE and isinstance(case.body, dict):
            unsaid = unsaid or bool(case.body.get("facts")) or case.body.get("on") is not None
        accepted.append(not unsaid)
        case.call_and_validate(excluded_checks=[positive_data_acceptance] if unsaid else [])

    accepted: list[bool] = []
    check()
    assert any(accepted), "no request was held to be accepted"


def test_only_parameters_that_are_described_may_be_refused() -> None:
    described = {one.name for operation in OPERATIONS.values() for one in operation.query}
    assert described >= set(REFUSED)
