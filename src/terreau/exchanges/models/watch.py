"""The shared watch: what a member saw and the others should know in time (R-40, R-155)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.identifiers import uuid7
from terreau.exchanges.models.skill import Skill
from terreau.exchanges.models.tender import Tender
from terreau.poles.models import Pole


class Watch(models.Model):
    """A short entry with its link and its deadline; it becomes a tender once, in one click."""

    class Kind(models.TextChoices):
        """R-40: watch on rules, trade and opportunities."""

        TENDER = "tender", _("marché public ou appel d'offres")
        CALL = "call", _("appel à projets ou à manifestation d'intérêt")
        TRADE = "trade", _("veille commerciale")
        RULES = "rules", _("veille réglementaire")
        OTHER = "other", _("autre information")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="watch")
    kind = models.CharField(_("nature"), max_length=6, choices=Kind.choices, default=Kind.TENDER)
    title = models.CharField(_("titre"), max_length=200)
    text = models.CharField(_("en bref"), max_length=600, blank=True)
    url = models.URLField(_("adresse"), max_length=500, blank=True)
    source = models.CharField(_("acheteur ou organisme"), max_length=160, blank=True)
    due_on = models.DateField(_("à rendre au plus tard le"), null=True, blank=True)
    skills = models.ManyToManyField(Skill, related_name="+", blank=True)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    tender = models.OneToOneField(
        Tender, on_delete=models.PROTECT, null=True, blank=True, related_name="watch"
    )
    put_aside_at = models.DateTimeField(_("écartée le"), null=True, editable=False)
    seen_at = models.DateTimeField(_("signalée le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Watch"]] = models.Manager()

    class Meta:
        verbose_name = _("information de veille")
        verbose_name_plural = _("informations de veille")
        ordering = ["pole", "due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(tender=None) | Q(put_aside_at=None),
                name="exchanges_watch_kept_or_aside",
            ),
        ]

    def __str__(self) -> str:
        return self.title
