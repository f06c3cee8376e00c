"""Shared rooms, machines, vehicles and tools: what they are, what they cost, who booked them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import NoOverlap, ends_after_start
from terreau.common.identifiers import uuid7
from terreau.means import rules
from terreau.poles.models import Pole
from terreau.subjects.models import Subject


class Means(models.Model):
    """A thing that an actor shares with its pole, with the rules of its owner (R-40)."""

    class Kind(models.TextChoices):
        ROOM = "room", _("salle")
        PREMISES = "premises", _("locaux")
        MACHINE = "machine", _("machine")
        VEHICLE = "vehicle", _("véhicule")
        TOOL = "tool", _("outil")
        OTHER = "other", _("autre moyen")

    class Tenure(models.TextChoices):
        """Under which right the premises are held (R-121)."""

        OWNED = "owned", _("en propriété")
        LEASED = "leased", _("en location")
        LENT = "lent", _("prêtés")
        PRECARIOUS = "precarious", _("en occupation précaire")

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, primary_key=True, related_name="means")
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="means")
    owner = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="means_owned")
    kind = models.CharField(_("nature"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("nom"), max_length=120)
    text = models.TextField(_("description"), blank=True)
    place = models.CharField(_("lieu"), max_length=200, blank=True)
    seats = models.PositiveSmallIntegerField(_("places"), null=True, blank=True)
    #: Square decimetres, whole: 12,5 m² is 1250.
    surface = models.PositiveIntegerField(_("surface en dm²"), null=True, blank=True)
    tenure = models.CharField(_("titre d'occupation"), max_length=10, choices=Tenure.choices, blank=True)
    #: Hours of the day between which a stay begins and ends; empty: at any hour.
    opens = models.TimeField(_("ouvre à"), null=True, blank=True)
    closes = models.TimeField(_("ferme à"), null=True, blank=True)
    step = models.PositiveSmallIntegerField(_("pas (minutes)"), default=30)
    longest = models.PositiveIntegerField(_("durée la plus longue (minutes)"), default=0)
    notice_hours = models.PositiveSmallIntegerField(_("délai (heures)"), default=0)
    ahead_days = models.PositiveSmallIntegerField(_("au plus tôt (jours)"), default=0)
    asks_owner = models.BooleanField(_("accord de qui prête"), default=False)
    open_outside = models.BooleanField(_("ouvert hors du pôle"), default=False)
    public = models.BooleanField(_("publié sur la fiche du pôle"), default=False)
    ended_on = models.DateField(_("partagé jusqu'au"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Means"]] = models.Manager()

    class Meta:
        verbose_name = _("moyen partagé")
        verbose_name_plural = _("moyens partagés")
        ordering = ["pole", "name", "subject"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "name"],
                condition=Q(ended_on=None),
                name="means_name_once",
                violation_error_message=_("Le pôle partage déjà un moyen de ce nom."),
            ),
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True) | Q(closes__gt=F("opens")),
                name="means_opens_before_it_closes",
                violation_error_message=_("L'heure de fermeture suit celle d'ouverture."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def limits(self) -> rules.Limits:
        """What its owner allows."""
        return rules.Limits(
            self.step, self.longest, self.notice_hours, self.ahead_days, self.opens, self.closes
        )


class Tariff(models.Model):
    """A price for a kind of user, from a day to another."""

    class Who(models.TextChoices):
        CORE = rules.CORE, _("noyau dur")
        MEMBER = rules.MEMBER, _("membres")
        PARTNER = rules.PARTNER, _("partenaires")
        OUTSIDE = rules.OUTSIDE, _("hors du pôle")

    class Unit(models.TextChoices):
        HOUR = rules.HOUR, _("l'heure")
        HALF_DAY = rules.HALF_DAY, _("la demi-journée")
        DAY = rules.DAY, _("la journée")
        USE = rules.USE, _("l'utilisation")

    means = models.ForeignKey(Means, on_delete=models.PROTECT, related_name="tariffs")
    who = models.CharField(_("pour qui"), max_length=8, choices=Who.choices)
    unit = models.CharField(_("par"), max_length=8, choices=Unit.choices)
    cents = models.BigIntegerField(_("prix en centimes"))
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)

    objects: ClassVar[models.Manager["Tariff"]] = models.Manager()

    class Meta:
        verbose_name = _("tarif")
        verbose_name_plural = _("tarifs")
        ordering = ["means", "who", "unit", "id"]
        constraints = [
            NoOverlap(
                fields=["means", "who", "unit"],
                start="valid_from",
                end="valid_to",
                name="means_tariff_once",
                violation_error_message=_("Ce tarif existe déjà à ces dates."),
            ),
            ends_after_start("valid_from", "valid_to", "means_tariff_ends_after"),
            models.CheckConstraint(
                condition=Q(cents__gte=0),
                name="means_tariff_positive",
                violation_error_message=_("Un prix n'est pas négatif."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.means_id} {self.who} {self.unit}"


class Booking(models.Model):
    """A means taken by an actor between two instants. The database refuses two at once.

    ``flow_origin`` names the line of the ledger that it wrote once over.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("demandée")
        BOOKED = "booked", _("confirmée")
        CANCELLED = "cancelled", _("annulée")
        REFUSED = "refused", _("refusée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    means = models.ForeignKey(Means, on_delete=models.PROTECT, related_name="bookings")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="bookings")
    starts_at = models.DateTimeField(_("début"))
    ends_at = models.DateTimeField(_("fin"))
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.BOOKED)
    label = models.CharField(_("pour quoi"), max_length=200, blank=True)
    purpose = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings"
    )
    #: The price as it was said at the booking (``rules.Price`` in JSON); empty when no tariff speaks of it.
    price = models.JSONField(default=dict, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    booked_at = models.DateTimeField(_("prise le"), default=timezone.now, editable=False)
    cancelled_at = models.DateTimeField(_("annulée le"), null=True, blank=True, editable=False)
    reason = models.CharField(_("motif"), max_length=200, blank=True)
    settled_at = models.DateTimeField(_("portée au journal le"), null=True, editable=False)
    #: Why the ledger refused it once over: it waits for somebody, and stops no other.
    set_aside = models.CharField(_("mise de côté"), max_length=300, blank=True, editable=False)
    #: The same for bookings repeated in one go.
    series = models.UUIDField(null=True, blank=True, editable=False)
    #: What it is in a calendar that was imported: a digest of its identifier and its first hour there.
    external = models.CharField(max_length=64, blank=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Booking"]] = models.Manager()

    class Meta:
        verbose_name = _("réservation")
        verbose_name_plural = _("réservations")
        ordering = ["starts_at", "id"]
        indexes = [
            models.Index(fields=["means", "starts_at"], name="means_booking_means"),
            models.Index(fields=["actor", "starts_at"], name="means_booking_actor"),
            models.Index(fields=["settled_at", "ends_at"], name="means_booking_due"),
        ]
        constraints = [
            NoOverlap(
                fields=["means"],
                start="starts_at",
                end="ends_at",
                name="means_no_double_booking",
                violation_error_message=_("Ce moyen est déjà pris à ces heures."),
                unless="cancelled_at",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="means_booking_ends_after",
                violation_error_message=_("La fin suit le début."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["cancelled", "refused"], cancelled_at__isnull=False)
                | ~Q(state__in=["cancelled", "refused"]) & Q(cancelled_at__isnull=True),
                name="means_cancelled_has_instant",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""),
                name="means_refusal_has_reason",
                violation_error_message=_("Un refus dit pourquoi."),
            ),
            models.UniqueConstraint(
                fields=["means", "external"],
                condition=Q(cancelled_at__isnull=True) & ~Q(external=""),
                name="means_imported_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.means_id} {self.starts_at:%Y-%m-%d %H:%M}"
