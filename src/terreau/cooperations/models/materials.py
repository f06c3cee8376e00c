"""Circular flows between members: material, heat, waste, energy, services (R-28)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly, ends_after_start
from terreau.common.identifiers import uuid7
from terreau.cooperations import rules
from terreau.cooperations.models.cooperation import Cooperation
from terreau.flows.models import Flow
from terreau.poles.models import Pole


class Stream(models.Model):
    """Something that goes from a member to another; its quantities are declared by year, or dated."""

    class Kind(models.TextChoices):
        MATERIAL = "material", _("matière ou produit")
        WASTE = "waste", _("déchet ou coproduit")
        HEAT = "heat", _("chaleur ou froid")
        ENERGY = "energy", _("électricité ou combustible")
        WATER = "water", _("eau propre ou usée")
        SERVICE = "service", _("service rendu")

    class Unit(models.TextChoices):
        KG = "kg", _("kg")
        TONNE = "t", _("tonnes")
        KWH = "kwh", _("kWh")
        MWH = "mwh", _("MWh")
        CUBIC_METRE = "m3", _("m³")
        HOURS = "hours", _("heures")
        UNITS = "units", _("unités")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="streams")
    giver = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="streams_given")
    receiver = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="streams_received")
    kind = models.CharField(_("nature"), max_length=10, choices=Kind.choices)
    label = models.CharField(_("ce qui circule"), max_length=160)
    unit = models.CharField(_("unité"), max_length=6, choices=Unit.choices)
    cooperation = models.ForeignKey(
        Cooperation, on_delete=models.PROTECT, null=True, blank=True, related_name="streams"
    )
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    public = models.BooleanField(_("montré à tous"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Stream"]] = models.Manager()

    class Meta:
        verbose_name = _("flux de matières")
        verbose_name_plural = _("flux de matières")
        ordering = ["pole", "label", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(giver=F("receiver")),
                name="cooperations_stream_two_parties",
                violation_error_message=_("Qui donne et qui reçoit sont deux organisations."),
            ),
            ends_after_start("valid_from", "valid_to", "cooperations_stream_ends_after"),
        ]

    def __str__(self) -> str:
        return self.label


class Volume(models.Model):
    """What a stream moved in a year, as somebody declared it; the last declaration of a year stands."""

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="volumes")
    year = models.PositiveSmallIntegerField(_("année"))
    thousandths = models.BigIntegerField(_("quantité en millièmes"))
    estimated = models.BooleanField(_("estimée"), default=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("déclarée le"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Volume"]] = models.Manager()

    class Meta:
        verbose_name = _("quantité d'une année")
        verbose_name_plural = _("quantités par année")
        ordering = ["stream", "year", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(thousandths__gte=0, thousandths__lte=rules.MOST_THOUSANDTHS),
                name="cooperations_volume_positive",
                violation_error_message=_("Une quantité n'est pas négative."),
            ),
            AppendOnly(name="cooperations_volume_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.year}"


class StreamMove(models.Model):
    """A dated delivery: a line of the ledger that belongs to a stream."""

    stream = models.ForeignKey(Stream, on_delete=models.PROTECT, related_name="moves")
    flow = models.OneToOneField(Flow, on_delete=models.PROTECT, related_name="stream_move")

    objects: ClassVar[models.Manager["StreamMove"]] = models.Manager()

    class Meta:
        verbose_name = _("livraison datée")
        verbose_name_plural = _("livraisons datées")
        ordering = ["stream", "id"]
        constraints = [AppendOnly(name="cooperations_stream_move_append_only")]

    def __str__(self) -> str:
        return f"{self.stream_id} {self.flow_id}"
