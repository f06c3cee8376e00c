"""Append-only events, chained by subject and sealed together."""

import json
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.canonical import canonical
from terreau.common.constraints import AppendOnly
from terreau.subjects.models import Subject


class CanonicalField(models.TextField[Any, Any]):
    """JSON kept as its canonical text, byte for byte, so that a digest can be checked without reading it."""

    # What django-stubs reads as the types that may be set and got.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """Return the value written."""
        return None if value is None else json.loads(value)

    def get_prep_value(self, value: Any) -> str | None:
        """Return the canonical text; raise ``TypeError`` or ``ValueError`` for what has none."""
        return None if value is None else canonical(value)


class Event(models.Model):
    """Something that happened to a subject. ``hash`` covers this row and the one before it.

    ``by`` is the identifier of a person, never a name, and no foreign key: erasing a person
    breaks no chain. ``data`` is JSON in canonical form.
    """

    id = models.BigAutoField(primary_key=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="events")
    seq = models.PositiveIntegerField(_("rang"))
    verb = models.CharField(_("verbe"), max_length=60)
    at = models.DateTimeField(_("le"))
    by = models.UUIDField(_("par"), null=True)
    data = CanonicalField(default=dict)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("événement")
        verbose_name_plural = _("événements")
        ordering = ["subject", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "seq"], name="journal_event_rank_once"),
            AppendOnly(name="journal_event_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} #{self.seq} {self.verb}"


class Seal(models.Model):
    """The digest of all events up to one of them, chained to the seal before."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("le"))
    first_event = models.BigIntegerField(_("premier événement"))
    last_event = models.BigIntegerField(_("dernier événement"))
    count = models.PositiveBigIntegerField(_("nombre"))
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("scellé")
        verbose_name_plural = _("scellés")
        ordering = ["id"]
        constraints = [AppendOnly(name="journal_seal_append_only")]

    def __str__(self) -> str:
        return f"{self.first_event}–{self.last_event}"


class Refusal(models.Model):
    """Refusals to a signed-in person, counted by subject, verb and hour, written after the rollback."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="refusals")
    verb = models.CharField(_("verbe"), max_length=60)
    by = models.UUIDField(_("par"))
    hour = models.DateTimeField(_("heure"))
    reason = models.CharField(_("motif"), max_length=200, blank=True)
    count = models.PositiveIntegerField(_("nombre"), default=1)

    class Meta:
        verbose_name = _("refus")
        verbose_name_plural = _("refus")
        ordering = ["-hour", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "verb", "by", "hour"],
                condition=models.Q(subject__isnull=False),
                name="journal_refusal_once_an_hour",
            ),
            models.UniqueConstraint(
                fields=["verb", "by", "hour"],
                condition=models.Q(subject__isnull=True),
                name="journal_refusal_no_subject_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.hour:%Y-%m-%d %H} h × {self.count}"
