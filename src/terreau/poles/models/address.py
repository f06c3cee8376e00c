"""Addresses that poles had: a link made once leads somewhere for ever."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.poles.models.pole import Pole


class FormerSlug(models.Model):
    """An address that a pole left. It leads to the pole's address of today, and no other pole may take it."""

    slug = models.SlugField(_("adresse"), max_length=80, primary_key=True)
    pole = models.ForeignKey(Pole, on_delete=models.CASCADE, related_name="former_slugs")
    left_at = models.DateTimeField(_("quittée le"))

    objects: ClassVar[models.Manager["FormerSlug"]] = models.Manager()

    class Meta:
        verbose_name = _("ancienne adresse d'un pôle")
        verbose_name_plural = _("anciennes adresses des pôles")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug
