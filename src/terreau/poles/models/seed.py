"""What came from the content files: loading again changes nothing, a change of a file is a diff."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.pieces.models import Source
from terreau.subjects.models import Subject


class SeedEntry(models.Model):
    """An entry of a content file and the subject it made. ``digest`` is that of the entry as loaded."""

    kind = models.CharField(_("nature"), max_length=8)
    key = models.CharField(_("repère"), max_length=80)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="seed_entries")
    digest = models.CharField(max_length=64)
    core = models.CharField(max_length=64)

    objects: ClassVar[models.Manager["SeedEntry"]] = models.Manager()

    class Meta:
        verbose_name = _("entrée des contenus")
        verbose_name_plural = _("entrées des contenus")
        ordering = ["kind", "key"]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="poles_seed_entry_once")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


class SeedLine(models.Model):
    """A statement of an entry and the row it made (``row``: its primary key)."""

    entry = models.ForeignKey(SeedEntry, on_delete=models.CASCADE, related_name="lines")
    digest = models.CharField(max_length=64)
    kind = models.CharField(max_length=16)
    row = models.CharField(max_length=40)

    objects: ClassVar[models.Manager["SeedLine"]] = models.Manager()

    class Meta:
        verbose_name = _("énoncé des contenus")
        verbose_name_plural = _("énoncés des contenus")
        ordering = ["entry", "id"]
        constraints = [models.UniqueConstraint(fields=["entry", "digest"], name="poles_seed_line_once")]

    def __str__(self) -> str:
        return f"{self.entry_id} {self.kind}"


class Mention(models.Model):
    """That a source names a subject, whatever else it says of it."""

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="mentions")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="mentions")

    objects: ClassVar[models.Manager["Mention"]] = models.Manager()

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        ordering = ["subject", "id"]
        constraints = [models.UniqueConstraint(fields=["subject", "source"], name="poles_mention_once")]

    def __str__(self) -> str:
        return f"{self.source_id} → {self.subject_id}"
