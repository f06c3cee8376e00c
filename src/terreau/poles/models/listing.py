"""Projections: what the directory lists, sorts and filters. Written by `listing` only."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.poles.models.pole import Pole


class Listing(models.Model):
    """One line of the directory: what it shows and sorts by, so that a page reads one narrow table."""

    pole = models.OneToOneField(Pole, on_delete=models.CASCADE, primary_key=True, related_name="listing")
    name = models.CharField(_("nom"), max_length=250)
    carrier = models.CharField(_("structure porteuse"), max_length=500, blank=True)
    place = models.CharField(_("lieu"), max_length=200, blank=True)
    by_name = models.CharField(max_length=250)
    by_carrier = models.CharField(max_length=760)
    by_region = models.CharField(max_length=460)
    by_former_region = models.CharField(max_length=460)
    by_department = models.CharField(max_length=460)
    words = models.TextField(blank=True)
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    approximate = models.BooleanField(_("approché"), default=False)
    #: Digest of what the line and its values say, 40 bits so that a million of them can be summed.
    stamp = models.BigIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager["Listing"]] = models.Manager()

    class Meta:
        verbose_name = _("ligne de l'annuaire")
        verbose_name_plural = _("lignes de l'annuaire")
        ordering = ["by_name", "pole"]
        indexes = [
            models.Index(fields=["by_name", "pole"], name="poles_listing_name"),
            models.Index(fields=["by_carrier", "pole"], name="poles_listing_carrier"),
            models.Index(fields=["by_region", "pole"], name="poles_listing_region"),
            models.Index(fields=["by_former_region", "pole"], name="poles_listing_former"),
            models.Index(fields=["by_department", "pole"], name="poles_listing_department"),
            # Covers the sum of the stamps: no row of the table is read.
            models.Index(fields=["stamp"], name="poles_listing_stamp"),
        ]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A value of a facet of a listed pole: a region it crosses, a sector, a recognition…"""

    class Facet(models.TextChoices):
        REGION = "region", _("région")
        FORMER_REGION = "ancienne_region", _("ancienne région")
        DEPARTMENT = "departement", _("département")
        SECTOR = "secteur", _("secteur")
        FILIERE = "filiere", _("filière")
        ORIGIN = "origine", _("origine")
        STAGE = "stade", _("stade")
        RECOGNITION = "reconnaissance", _("reconnaissance")

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="tags", db_index=False)
    facet = models.CharField(max_length=16, choices=Facet.choices)
    code = models.CharField(max_length=60)
    rank = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[models.Manager["Tag"]] = models.Manager()

    class Meta:
        verbose_name = _("valeur de facette")
        verbose_name_plural = _("valeurs de facettes")
        ordering = ["listing", "facet", "rank", "code"]
        constraints = [
            models.UniqueConstraint(fields=["facet", "code", "listing"], name="poles_tag_once"),
        ]
        # Covers the counts of facets: no row of the table is read.
        indexes = [models.Index(fields=["listing", "facet", "code", "rank"], name="poles_tag_of_listing")]

    def __str__(self) -> str:
        return f"{self.listing_id} {self.facet} {self.code}"
