"""What members offer to one another and outside, at which price (R-40: multiple offer of services)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import NoOverlap, ends_after_start
from terreau.common.identifiers import uuid7
from terreau.poles.models import Pole


class Vat(models.TextChoices):
    """Whether a price holds the value added tax. Who did not say is not guessed."""

    WITHOUT = "ht", _("hors taxes")
    WITH = "ttc", _("toutes taxes comprises")
    EXEMPT = "exempt", _("sans TVA (non assujetti ou exonéré)")
    UNSAID = "", _("TVA non précisée")


class Offering(models.Model):
    """A good or a service that a member offers, private to the pole unless its member publishes it."""

    class Kind(models.TextChoices):
        GOOD = "good", _("produit")
        SERVICE = "service", _("service")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="offerings")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="offerings")
    kind = models.CharField(_("nature"), max_length=7, choices=Kind.choices)
    title = models.CharField(_("ce qui est offert"), max_length=160)
    text = models.TextField(_("description"), blank=True)
    unit = models.CharField(_("unité"), max_length=40, blank=True)
    public = models.BooleanField(_("publiée"), default=False)
    ended_on = models.DateField(_("offerte jusqu'au"), null=True, blank=True)
    #: Title, text and member, folded: what the catalogue is searched by.
    words = models.TextField(editable=False, default="")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Offering"]] = models.Manager()

    class Meta:
        verbose_name = _("offre d'un membre")
        verbose_name_plural = _("offres des membres")
        ordering = ["pole", "title", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "actor", "title"],
                condition=Q(ended_on=None),
                name="exchanges_offering_once",
                violation_error_message=_("Cette organisation a déjà une offre de ce nom."),
            ),
        ]
        indexes = [models.Index(fields=["pole", "public"], name="exchanges_offering_public")]

    def __str__(self) -> str:
        return self.title


class OfferingPrice(models.Model):
    """A price for members or for others, from a day to another."""

    class Who(models.TextChoices):
        MEMBER = "member", _("membres du pôle")
        OUTSIDE = "outside", _("hors du pôle")

    offering = models.ForeignKey(Offering, on_delete=models.PROTECT, related_name="prices")
    who = models.CharField(_("pour qui"), max_length=7, choices=Who.choices)
    cents = models.BigIntegerField(_("prix en centimes"))
    vat = models.CharField(_("TVA"), max_length=6, choices=Vat.choices, blank=True)
    valid_from = models.DateField(_("depuis"))
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)

    objects: ClassVar[models.Manager["OfferingPrice"]] = models.Manager()

    class Meta:
        verbose_name = _("prix d'une offre")
        verbose_name_plural = _("prix des offres")
        ordering = ["offering", "who", "valid_from", "id"]
        constraints = [
            NoOverlap(
                fields=["offering", "who"],
                start="valid_from",
                end="valid_to",
                name="exchanges_price_once",
                violation_error_message=_("Un prix est déjà donné à ces dates."),
            ),
            ends_after_start("valid_from", "valid_to", "exchanges_price_ends_after"),
            models.CheckConstraint(
                condition=Q(cents__gte=0),
                name="exchanges_price_positive",
                violation_error_message=_("Un prix n'est pas négatif."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offering_id} {self.who} {self.cents}"
