"""A published version never changes, whatever code tries; a draft does."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from terreau.grids.models import Grid, GridVersion

pytestmark = pytest.mark.django_db


def a_version(**given: Any) -> GridVersion:
    grid = Grid.objects.get_or_create(code="essai", defaults={"title": {"fr": "Essai", "en": "Trial"}})[0]
    values = {"version": "1", "text": "code: essai", "content": {"code": "essai"}, "digest": "a" * 64}
    return GridVersion.objects.create(grid=grid, **{**values, **given})


def published(**given: Any) -> GridVersion:
    return a_version(state="published", published_at=timezone.now(), **given)


def test_a_draft_changes_and_goes() -> None:
    version = a_version()
    version.text = "code: autre"
    version.save()
    version.delete()
    assert not GridVersion.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"text": "code: autre"},
        {"content": {"code": "autre"}},
        {"digest": "b" * 64},
        {"version": "2"},
        {"valid_from": "2020-01-01"},
        {"published_at": None, "state": "draft"},
    ],
)
def test_a_published_version_never_changes(change: dict[str, Any]) -> None:
    version = published()
    with pytest.raises(IntegrityError), transaction.atomic():
        GridVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        GridVersion.objects.filter(pk=version.pk).delete()


def test_a_published_version_is_withdrawn_with_its_reason() -> None:
    version = published()
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        GridVersion.objects.filter(pk=version.pk).update(state="withdrawn", withdrawn_at=now)
    change = {"state": "withdrawn", "withdrawn_at": now, "withdrawn_reason": "Remplacée."}
    assert GridVersion.objects.filter(pk=version.pk).update(**change) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        GridVersion.objects.filter(pk=version.pk).update(text="code: autre")
