"""What can be found, whatever its kind, on SQLite and PostgreSQL alike."""

import re

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from terreau.subjects.models import Subject

#: Between a word of the catalogue and names: « Commune, Ille-et-Vilaine », « association · Redon ».
_MARK = re.compile("(, | · )")


class Entry(models.Model):
    """One line of the index. ``text`` is folded (no accents, lower case): see ``common.text``."""

    id = models.BigAutoField(primary_key=True)
    subject = models.OneToOneField(Subject, on_delete=models.CASCADE, related_name="search_entry")
    kind = models.CharField(_("nature"), max_length=20)
    title = models.CharField(_("titre"), max_length=300)
    detail = models.CharField(_("précision"), max_length=300, blank=True)
    path = models.CharField(_("adresse dans le site"), max_length=300)
    text = models.TextField()
    sort_key = models.CharField(max_length=300)
    weight = models.FloatField(_("poids"), default=0)
    public = models.BooleanField(_("public"), default=False)

    class Meta:
        verbose_name = _("entrée de recherche")
        verbose_name_plural = _("entrées de recherche")
        ordering = ["sort_key", "subject"]
        indexes = [models.Index(fields=["kind", "sort_key"], name="search_kind_sort")]

    def __str__(self) -> str:
        return self.title

    @property
    def said(self) -> str:
        """The detail in the reader's language: it begins with a word of the catalogue, the rest is names."""
        word, *names = _MARK.split(self.detail, maxsplit=1)
        return "".join([gettext(word) if word else "", *names])
