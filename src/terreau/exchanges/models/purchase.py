"""Purchases that members make together: who takes how much, which offers, what each owes (R-40)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.exchanges import rules
from terreau.exchanges.models.catalogue import Vat
from terreau.poles.models import Pole
from terreau.subjects.models import Subject


class Purchase(models.Model):
    """A group purchase of one thing in one unit. Its price is that of the offer that was chosen."""

    class State(models.TextChoices):
        GATHERING = rules.GATHERING, _("besoins à recueillir")
        COMPARING = rules.COMPARING, _("offres à comparer")
        CHOSEN = rules.CHOSEN, _("offre choisie")
        ORDERED = rules.ORDERED, _("commandé")
        DELIVERED = rules.DELIVERED, _("livré")
        DROPPED = rules.P_DROPPED, _("abandonné")

    subject = models.OneToOneField(
        Subject, on_delete=models.PROTECT, primary_key=True, related_name="purchase"
    )
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="purchases")
    organiser = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="purchases_organised")
    title = models.CharField(_("ce qui est acheté"), max_length=160)
    text = models.TextField(_("besoin à couvrir"), blank=True)
    unit = models.CharField(_("unité"), max_length=40)
    vat = models.CharField(_("TVA des prix"), max_length=6, choices=Vat.choices, blank=True)
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.GATHERING)
    answers_by = models.DateField(_("réponses au plus tard le"), null=True, blank=True)
    delivery_on = models.DateField(_("livraison prévue le"), null=True, blank=True)
    delivery_place = models.CharField(_("lieu de livraison"), max_length=200, blank=True)
    delivered_on = models.DateField(_("livré le"), null=True, blank=True)
    quote = models.ForeignKey("Quote", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    #: What the order costs in all, frozen when it is placed; the parts of the members add up to it.
    cents = models.BigIntegerField(_("coût de la commande en centimes"), null=True, blank=True)
    public = models.BooleanField(_("publié sur la fiche du pôle"), default=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Purchase"]] = models.Manager()

    class Meta:
        verbose_name = _("achat groupé")
        verbose_name_plural = _("achats groupés")
        ordering = ["pole", "-made_at", "subject"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=[rules.CHOSEN, rules.ORDERED, rules.DELIVERED])
                | Q(quote__isnull=False),
                name="exchanges_purchase_chosen_has_quote",
                violation_error_message=_("Choisissez d'abord une offre."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[rules.ORDERED, rules.DELIVERED]) | Q(cents__isnull=False),
                name="exchanges_purchase_ordered_has_cost",
            ),
            models.CheckConstraint(
                condition=Q(state=rules.DELIVERED, delivered_on__isnull=False)
                | (~Q(state=rules.DELIVERED) & Q(delivered_on__isnull=True)),
                name="exchanges_purchase_delivered_has_day",
                violation_error_message=_("Dites quel jour la livraison a eu lieu."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Quote(models.Model):
    """An offer of a supplier: a price by unit, and what is due whatever the quantity.

    ``price`` is in thousandths of a cent: a kilowatt-hour or a page costs less than a cent.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="quotes")
    supplier = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="quotes_given"
    )
    supplier_name = models.CharField(_("fournisseur"), max_length=160)
    price = models.BigIntegerField(_("prix de l'unité en millièmes de centime"))
    fixed_cents = models.BigIntegerField(_("frais fixes en centimes"), default=0)
    least = models.BigIntegerField(_("à partir de (millièmes d'unité)"), default=0)
    valid_to = models.DateField(_("valable jusqu'au"), null=True, blank=True)
    note = models.CharField(_("précision"), max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(_("retirée le"), null=True, editable=False)

    objects: ClassVar[models.Manager["Quote"]] = models.Manager()

    class Meta:
        verbose_name = _("offre d'un fournisseur")
        verbose_name_plural = _("offres des fournisseurs")
        ordering = ["purchase", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gte=0, fixed_cents__gte=0, least__gte=0),
                name="exchanges_quote_positive",
                violation_error_message=_("Un prix n'est pas négatif."),
            ),
        ]

    def __str__(self) -> str:
        return self.supplier_name


class Commitment(models.Model):
    """What a member takes: a quantity in thousandths of the unit, and what it pays today for the unit."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="commitments")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="purchase_commitments")
    quantity = models.BigIntegerField(_("quantité en millièmes"))
    before = models.BigIntegerField(_("prix payé avant, en millièmes de centime"), null=True, blank=True)
    firm = models.BooleanField(_("engagement ferme"), default=True)
    note = models.CharField(_("précision"), max_length=300, blank=True)
    #: The part of the order, frozen when it is placed.
    cents = models.BigIntegerField(_("part en centimes"), null=True, blank=True)
    received = models.BigIntegerField(_("quantité reçue en millièmes"), null=True, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Commitment"]] = models.Manager()

    class Meta:
        verbose_name = _("engagement dans un achat groupé")
        verbose_name_plural = _("engagements dans les achats groupés")
        ordering = ["purchase", "actor__sort_key", "id"]
        constraints = [
            models.UniqueConstraint(fields=["purchase", "actor"], name="exchanges_commitment_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=0)
                & (Q(before=None) | Q(before__gte=0))
                & (Q(received=None) | Q(received__gte=0)),
                name="exchanges_commitment_positive",
                violation_error_message=_("Une quantité n'est pas négative."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.quantity}"

    @property
    def firm_words(self) -> str:
        """Whether the commitment is firm, in words."""
        return gettext("engagement ferme") if self.firm else gettext("simple intention")


class PurchaseMove(models.Model):
    """A change of state of a purchase: who, when, from, to, why."""

    purchase = models.ForeignKey(Purchase, on_delete=models.PROTECT, related_name="moves")
    before = models.CharField(max_length=9, choices=Purchase.State.choices)
    after = models.CharField(max_length=9, choices=Purchase.State.choices)
    reason = models.CharField(_("motif"), max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["PurchaseMove"]] = models.Manager()

    class Meta:
        verbose_name = _("étape d'un achat groupé")
        verbose_name_plural = _("étapes des achats groupés")
        ordering = ["purchase", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(after=rules.P_DROPPED) | ~Q(reason=""),
                name="exchanges_purchase_drop_has_reason",
                violation_error_message=_("Dites pourquoi l'achat est abandonné."),
            ),
            models.CheckConstraint(condition=~Q(before=F("after")), name="exchanges_purchase_move_changes"),
            AppendOnly(name="exchanges_purchase_move_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.purchase_id} {self.after}"
