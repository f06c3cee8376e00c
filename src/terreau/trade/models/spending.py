"""What a member bought over a period, in four sums: who it bought of stays in its own file (R-108)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.poles.models import Pole
from terreau.trade import rules


class Spending(models.Model):
    """Four sums of a member's purchases: of members, of others in the perimeter, outside, unknown places."""

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="trade_spending")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="trade_spending")
    year = models.PositiveSmallIntegerField(_("année"))
    members_cents = models.BigIntegerField(_("aux membres du pôle"))
    perimeter_cents = models.BigIntegerField(_("dans le périmètre"))
    outside_cents = models.BigIntegerField(_("hors du périmètre"))
    unknown_cents = models.BigIntegerField(_("lieu inconnu"))
    lines = models.PositiveIntegerField(_("achats comptés"))
    first = models.DateField(_("depuis le"))
    last = models.DateField(_("jusqu'au"))
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Spending"]] = models.Manager()

    class Meta:
        verbose_name = _("achats d'un membre")
        verbose_name_plural = _("achats des membres")
        ordering = ["pole", "-year", "actor"]
        constraints = [
            models.UniqueConstraint(fields=["pole", "actor", "year"], name="trade_spending_once"),
            models.CheckConstraint(
                condition=Q(
                    members_cents__gte=0, perimeter_cents__gte=0, outside_cents__gte=0, unknown_cents__gte=0
                ),
                name="trade_spending_positive",
            ),
            models.CheckConstraint(condition=Q(last__gte=models.F("first")), name="trade_spending_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.year}"

    @property
    def spent(self) -> rules.Spent:
        """The four sums as the rules take them."""
        return rules.Spent(self.members_cents, self.perimeter_cents, self.outside_cents, self.unknown_cents)
