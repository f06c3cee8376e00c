"""What services cost, what the introducer of a business is due, and each thing to bill, once."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.billing import pricing, rules
from terreau.billing.models.invoices import Invoice, VatCode
from terreau.common.constraints import ends_after_start
from terreau.common.identifiers import uuid7
from terreau.means.models import Means
from terreau.poles.models import Pole
from terreau.subjects.models import Subject


class PriceRule(models.Model):
    """What a service to a kind of user costs, from a day to another (R-104)."""

    class About(models.TextChoices):
        BOOKING = pricing.BOOKING, _("réservation d'un moyen partagé")
        HOURS = pricing.HOURS, _("heures faites pour un autre")
        PURCHASE = pricing.PURCHASE, _("achat groupé")
        MONTH = pricing.MONTH, _("forfait du mois")

    class Who(models.TextChoices):
        ANYBODY = "", _("tout le monde")
        CORE = pricing.CORE, _("noyau dur")
        MEMBER = pricing.MEMBER, _("membres")
        PARTNER = pricing.PARTNER, _("partenaires")
        OUTSIDE = pricing.OUTSIDE, _("hors du pôle")

    class How(models.TextChoices):
        UNIT = pricing.UNIT, _("par unité")
        FLAT = pricing.FLAT, _("forfait")
        PERCENT = pricing.PERCENT, _("pourcentage")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="price_rules")
    seller = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="price_rules")
    label = models.CharField(_("service"), max_length=120)
    about = models.CharField(_("d'après"), max_length=8, choices=About.choices)
    means = models.ForeignKey(
        Means, on_delete=models.PROTECT, null=True, blank=True, related_name="price_rules"
    )
    who = models.CharField(_("pour qui"), max_length=8, choices=Who.choices, blank=True)
    how = models.CharField(_("façon de compter"), max_length=7, choices=How.choices)
    cents = models.BigIntegerField(_("prix en centimes"), null=True, blank=True)
    hundredths = models.PositiveIntegerField(_("pourcentage en centièmes"), null=True, blank=True)
    #: From which quantity in the month it holds, in thousandths (hours).
    at_least = models.BigIntegerField(_("à partir de"), default=0)
    vat_code = models.CharField(_("régime de TVA"), max_length=2, choices=VatCode.choices, blank=True)
    vat_rate = models.PositiveIntegerField(_("taux de TVA"), default=0)
    why_exempt = models.CharField(_("mention sans TVA"), max_length=200, blank=True)
    valid_from = models.DateField(_("depuis"))
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["PriceRule"]] = models.Manager()

    class Meta:
        verbose_name = _("prix d'un service")
        verbose_name_plural = _("prix des services")
        ordering = ["pole", "label", "who", "at_least", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(how="percent", hundredths__gt=0, hundredths__lte=10_000, cents=None)
                | ~Q(how="percent") & Q(cents__gte=0, hundredths=None),
                name="billing_price_has_amount",
                violation_error_message=_("Un prix a un montant, ou un pourcentage entre 0 et 100."),
            ),
            models.CheckConstraint(
                condition=Q(about="month", how="flat")
                | Q(about="purchase", how__in=["flat", "percent"])
                | Q(about__in=["booking", "hours"], how__in=["unit", "flat"]),
                name="billing_price_counts_what_it_can",
                violation_error_message=_("Cette façon de compter ne va pas avec ce service."),
            ),
            ends_after_start("valid_from", "valid_to", "billing_price_ends_after"),
        ]

    def __str__(self) -> str:
        return self.label


class CommissionRule(models.Model):
    """What who brings a business is due: a share, an amount, or both, capped (R-104, R-155)."""

    class About(models.TextChoices):
        OPPORTUNITY = pricing.OPPORTUNITY, _("affaire transmise")
        TENDER = pricing.TENDER, _("appel d'offres gagné")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="commission_rules")
    label = models.CharField(_("commission"), max_length=120)
    about = models.CharField(_("d'après"), max_length=11, choices=About.choices)
    #: Who is due; empty: whoever brought the business.
    payee = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="commission_rules"
    )
    hundredths = models.PositiveIntegerField(_("pourcentage en centièmes"), default=0)
    flat_cents = models.BigIntegerField(_("part fixe en centimes"), default=0)
    cap_cents = models.BigIntegerField(_("plafond en centimes"), null=True, blank=True)
    vat_code = models.CharField(_("régime de TVA"), max_length=2, choices=VatCode.choices, blank=True)
    vat_rate = models.PositiveIntegerField(_("taux de TVA"), default=0)
    why_exempt = models.CharField(_("mention sans TVA"), max_length=200, blank=True)
    valid_from = models.DateField(_("depuis"))
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["CommissionRule"]] = models.Manager()

    class Meta:
        verbose_name = _("règle de commission")
        verbose_name_plural = _("règles de commission")
        ordering = ["pole", "label", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hundredths__lte=10_000, flat_cents__gte=0)
                & (Q(hundredths__gt=0) | Q(flat_cents__gt=0)),
                name="billing_commission_has_amount",
                violation_error_message=_("Une commission a un pourcentage, une part fixe, ou les deux."),
            ),
            models.CheckConstraint(
                condition=Q(cap_cents=None) | Q(cap_cents__gt=0), name="billing_commission_cap_positive"
            ),
            ends_after_start("valid_from", "valid_to", "billing_commission_ends_after"),
        ]

    def __str__(self) -> str:
        return self.label


class Charge(models.Model):
    """One thing to bill to ``buyer``, known by what it comes of (``origin``): found twice, it is one row.

    ``invoice`` is where it stands; a cancelled invoice gives it back. Dropped, it says why.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="charges")
    kind = models.CharField(_("nature"), max_length=10, choices=Invoice.Kind.choices)
    seller = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="charges_sold")
    buyer = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="charges_bought")
    on = models.DateField(_("le"))
    label = models.CharField(_("désignation"), max_length=300)
    thousandths = models.BigIntegerField(_("quantité en millièmes"), default=1000)
    unit = models.CharField(_("unité"), max_length=20, blank=True)
    unit_cents = models.BigIntegerField(_("prix d'une unité en centimes"))
    vat_code = models.CharField(_("régime de TVA"), max_length=2, choices=VatCode.choices, blank=True)
    vat_rate = models.PositiveIntegerField(_("taux de TVA"), default=0)
    why_exempt = models.CharField(_("mention sans TVA"), max_length=200, blank=True)
    purpose = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    origin = models.CharField(_("vient de"), max_length=80)
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, null=True, blank=True, related_name="charges"
    )
    dropped_at = models.DateTimeField(null=True, editable=False)
    reason = models.CharField(_("motif"), max_length=200, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Charge"]] = models.Manager()

    class Meta:
        verbose_name = _("service à facturer")
        verbose_name_plural = _("services à facturer")
        ordering = ["pole", "on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "origin"],
                name="billing_charge_once",
                violation_error_message=_("C'est déjà à facturer."),
            ),
            models.CheckConstraint(condition=~Q(seller=F("buyer")), name="billing_charge_two_parties"),
            models.CheckConstraint(condition=Q(unit_cents__gte=0), name="billing_charge_price_positive"),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True, reason="") | Q(dropped_at__isnull=False) & ~Q(reason=""),
                name="billing_charge_dropped_has_reason",
            ),
        ]
        indexes = [models.Index(fields=["pole", "invoice"], name="billing_charge_invoice")]

    def __str__(self) -> str:
        return self.origin

    @property
    def vat(self) -> rules.Vat | None:
        """Its tax; none when the terms of the seller say it."""
        if not self.vat_code:
            return None
        return rules.Vat(code=self.vat_code, rate=self.vat_rate, why=self.why_exempt)

    @property
    def net_cents(self) -> int:
        """What it costs before tax."""
        return rules.half_up(self.thousandths * self.unit_cents, 1000)
