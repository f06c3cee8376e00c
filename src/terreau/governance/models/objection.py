"""What is objected to when a body decides by consent: said in words, and what was made of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.governance.models.body import Seat
from terreau.governance.models.meeting import Ballot


class Objection(models.Model):
    """The objection of a seat to a proposal: it stops it until the body has heard it."""

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="objections")
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="objections")
    words = models.CharField(_("objection"), max_length=1000)
    #: What the body made of it: an amended proposal, an experiment with an end, a withdrawal.
    answer = models.CharField(_("ce qui en est fait"), max_length=1000, blank=True)
    at = models.DateTimeField(_("le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Objection"]] = models.Manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ["ballot", "id"]
        constraints = [
            models.UniqueConstraint(fields=["ballot", "seat"], name="governance_objection_once"),
            models.CheckConstraint(
                condition=~Q(words=""),
                name="governance_objection_has_words",
                violation_error_message=_("Une objection se dit en mots."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ballot_id} {self.seat_id}"
