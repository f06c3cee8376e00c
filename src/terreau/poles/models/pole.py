"""The poles: groupings of actors on a territory with a common strategy of cooperation (R-01 to R-29)."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import NoOverlap, ends_after_start
from terreau.facts.models import Status
from terreau.pieces.models import Source


class Stage(models.TextChoices):
    """Life of a pole (R-29). It may go back (R-151)."""

    INTEREST = "manifestation_interet", _("manifestation d'intérêt")
    PROJECT = "en_projet", _("en projet")
    PREFIGURATION = "prefiguration", _("préfiguration")
    EMERGENCE = "emergence", _("émergence")
    CREATION = "creation", _("création")
    DEVELOPMENT = "developpement", _("développement")
    CONSOLIDATION = "consolidation", _("consolidation")


class RegisterStatus(models.TextChoices):
    """How sure the register is that the pole exists as described (R-51)."""

    SPOTTED = "repere", _("repéré")
    DECLARED = "declare", _("déclaré")
    VERIFIED = "verifie", _("vérifié")


class Pole(models.Model):
    """A pole. It is an actor: what the kernels do for an actor they do for a pole, SIREN or not."""

    class Kind(models.TextChoices):
        POLE = "pole", _("pôle")
        FAMILY = "family", _("famille de pôles")
        SET = "set", _("ensemble dénombré par une source")

    actor = models.OneToOneField(Actor, on_delete=models.PROTECT, primary_key=True, related_name="pole")
    slug = models.SlugField(_("adresse"), max_length=80, unique=True)
    kind = models.CharField(_("nature"), max_length=6, choices=Kind.choices, default=Kind.POLE)
    stage = models.CharField(_("stade"), max_length=24, choices=Stage.choices, blank=True)
    register_status = models.CharField(
        _("état au registre"), max_length=8, choices=RegisterStatus.choices, default=RegisterStatus.SPOTTED
    )
    summary = models.JSONField(_("présentation"), default=dict)
    fictional = models.BooleanField(_("exemple fictif"), default=False)
    last_confirmed_on = models.DateField(_("confirmé le"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Pole"]] = models.Manager()

    class Meta:
        verbose_name = _("pôle")
        verbose_name_plural = _("pôles")
        ordering = ["actor__sort_key", "actor"]
        indexes = [models.Index(fields=["stage"], name="poles_stage")]

    def __str__(self) -> str:
        return self.slug


class Sourced(models.Model):
    """A row that a source supports; other sources that say the same stand beside it."""

    status = models.CharField(_("état"), max_length=10, choices=Status.choices, default=Status.DECLARED)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    other_sources = models.ManyToManyField(Source, related_name="+", blank=True)

    class Meta:
        abstract = True


class LivingRows(models.Manager[Any]):
    """The rows that the register holds: those struck out as mistakes are read through ``every``."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the rows that are not struck out."""
        return super().get_queryset().filter(struck_at=None)


class Kept(models.Model):
    """A row that is never deleted by people: when the register learnt of it, of its end, of its being wrong.

    ``recorded_at`` is empty for what was there before instants were kept: known since the subject is.
    """

    recorded_at = models.DateTimeField(_("enregistré le"), default=timezone.now, null=True, editable=False)
    end_recorded_at = models.DateTimeField(_("fin enregistrée le"), null=True, editable=False)
    struck_at = models.DateTimeField(_("rayé le"), null=True, editable=False)

    objects: ClassVar[models.Manager[Any]] = LivingRows()
    every: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        abstract = True


class RegisterMove(models.Model):
    """A change of how sure the register is of a pole, with who, when and why (R-51)."""

    pole = models.ForeignKey(Pole, on_delete=models.CASCADE, related_name="register_moves")
    before = models.CharField(_("avant"), max_length=8, choices=RegisterStatus.choices)
    status = models.CharField(_("après"), max_length=8, choices=RegisterStatus.choices)
    reason = models.CharField(_("motif"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(_("enregistré le"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["RegisterMove"]] = models.Manager()

    class Meta:
        verbose_name = _("changement d'état au registre")
        verbose_name_plural = _("changements d'état au registre")
        ordering = ["pole", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(reason=""),
                name="poles_register_move_has_reason",
                violation_error_message=_("Un changement d'état a un motif."),
            ),
            models.CheckConstraint(
                condition=~models.Q(before=models.F("status")),
                name="poles_register_move_changes",
                violation_error_message=_("C'est déjà son état."),
            ),
            models.CheckConstraint(
                condition=~models.Q(status="verifie") | models.Q(by__isnull=False),
                name="poles_verified_by_a_person",
                violation_error_message=_("« Vérifié » se dit par une personne."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.before} → {self.status}"


class StageMove(Sourced):
    """A dated change of stage, with its reason and its source."""

    pole = models.ForeignKey(Pole, on_delete=models.CASCADE, related_name="stage_moves")
    stage = models.CharField(_("stade"), max_length=24, choices=Stage.choices)
    on = models.DateField(_("le"))
    precision = models.CharField(max_length=5, default="day")
    reason = models.CharField(_("motif"), max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(_("enregistré le"), default=timezone.now, null=True, editable=False)

    class Meta:
        verbose_name = _("changement de stade")
        verbose_name_plural = _("changements de stade")
        ordering = ["pole", "on", "id"]
        indexes = [models.Index(fields=["recorded_at"], name="poles_stage_recorded")]
        constraints = [
            models.UniqueConstraint(fields=["pole", "on"], name="poles_one_stage_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.stage} {self.on}"


class Carrier(Sourced, Kept):
    """The organisation that carries a pole without legal form, or holds its contracts (R-31)."""

    pole = models.ForeignKey(Pole, on_delete=models.CASCADE, related_name="carriers")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="carried_poles")
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)

    class Meta:
        verbose_name = _("structure porteuse")
        verbose_name_plural = _("structures porteuses")
        ordering = ["pole", "id"]
        constraints = [
            NoOverlap(
                fields=["pole", "actor"],
                start="valid_from",
                end="valid_to",
                name="poles_carrier_no_overlap",
                violation_error_message=_("Cette structure porte déjà le pôle à ces dates."),
                unless="struck_at",
            ),
            ends_after_start("valid_from", "valid_to", "poles_carrier_ends_after"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} → {self.pole_id}"


class Membership(Sourced, Kept):
    """An actor in a pole: role, circle and dates (R-05, R-06, R-09)."""

    class Role(models.TextChoices):
        FOUNDER = "founder", _("fondateur")
        MEMBER = "member", _("membre")
        PARTNER = "partner", _("partenaire")
        STAKEHOLDER = "stakeholder", _("partie prenante")
        FUNDER = "funder", _("financeur")
        HOST = "host", _("hôte")

    class Circle(models.TextChoices):
        CORE = "core", _("noyau dur")
        PARTNER = "partner", _("partenaires")
        STAKEHOLDER = "stakeholder", _("parties prenantes")
        UNKNOWN = "", _("cercle inconnu")

    pole = models.ForeignKey(Pole, on_delete=models.CASCADE, related_name="memberships")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("rôle"), max_length=12, choices=Role.choices, default=Role.MEMBER)
    circle = models.CharField(_("cercle"), max_length=12, choices=Circle.choices, blank=True)
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    from_precision = models.CharField(max_length=5, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    note = models.CharField(_("précision"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("adhésion")
        verbose_name_plural = _("adhésions")
        ordering = ["pole", "id"]
        constraints = [
            NoOverlap(
                fields=["pole", "actor", "role"],
                start="valid_from",
                end="valid_to",
                name="poles_membership_no_overlap",
                violation_error_message=_("Cet acteur tient déjà ce rôle dans le pôle à ces dates."),
                unless="struck_at",
            ),
            ends_after_start("valid_from", "valid_to", "poles_membership_ends_after"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} ∈ {self.pole_id}"


class Recognition(Sourced):
    """A recognition by a body under a scheme, dated (R-150). There is no national label of 2011."""

    pole = models.ForeignKey(Pole, on_delete=models.CASCADE, related_name="recognitions")
    scheme = models.CharField(_("dispositif"), max_length=60)
    phase = models.CharField(_("phase"), max_length=60, blank=True)
    on = models.DateField(_("le"), null=True, blank=True)
    precision = models.CharField(max_length=5, default="year")
    body = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, related_name="recognitions_given")
    external = models.BooleanField(_("label extérieur"), default=False)
    recorded_at = models.DateTimeField(_("enregistré le"), default=timezone.now, null=True, editable=False)
    ended_on = models.DateField(_("terminée le"), null=True, blank=True)
    end_reason = models.CharField(_("motif de la fin"), max_length=300, blank=True)
    end_recorded_at = models.DateTimeField(_("fin enregistrée le"), null=True, editable=False)

    class Meta:
        verbose_name = _("reconnaissance")
        verbose_name_plural = _("reconnaissances")
        ordering = ["pole", "on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "scheme", "phase", "on"],
                condition=models.Q(on__isnull=False),
                name="poles_recognition_once",
            ),
            models.UniqueConstraint(
                fields=["pole", "scheme", "phase"],
                condition=models.Q(on__isnull=True),
                name="poles_recognition_undated_once",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_on__isnull=True, end_reason="", end_recorded_at__isnull=True)
                | (
                    models.Q(ended_on__isnull=False, end_recorded_at__isnull=False) & ~models.Q(end_reason="")
                ),
                name="poles_recognition_end_has_reason",
                violation_error_message=_("La fin d'une reconnaissance a une date et un motif."),
            ),
            ends_after_start("on", "ended_on", "poles_recognition_ends_after"),
        ]
        indexes = [
            models.Index(fields=["scheme"], name="poles_recognition_scheme"),
            models.Index(fields=["recorded_at"], name="poles_recognition_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.scheme}"


class Statement(Sourced, Kept):
    """A short sourced statement under one of the four headings (R-03)."""

    class Heading(models.TextChoices):
        POLE = "pole", _("Pôle")
        TERRITORIAL = "territorial", _("Territorial")
        COOPERATION = "cooperation", _("Coopération")
        ECONOMIC = "economique", _("Économique")

    pole = models.ForeignKey(Pole, on_delete=models.CASCADE, related_name="statements")
    heading = models.CharField(_("rubrique"), max_length=12, choices=Heading.choices)
    text = models.JSONField(_("texte"))
    rank = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("énoncé")
        verbose_name_plural = _("énoncés")
        ordering = ["pole", "heading", "rank", "id"]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.heading} {self.rank}"


class PlaceLink(Kept):
    """That a place belongs to the story of a pole."""

    pole = models.ForeignKey(Pole, on_delete=models.CASCADE, related_name="places")
    place = models.ForeignKey("territories.Place", on_delete=models.PROTECT, related_name="pole_links")
    status = models.CharField(_("état"), max_length=10, choices=Status.choices, default=Status.DECLARED)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("lieu d'un pôle")
        verbose_name_plural = _("lieux d'un pôle")
        ordering = ["pole", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "place"],
                condition=models.Q(struck_at__isnull=True),
                name="poles_place_once",
                violation_error_message=_("Ce lieu est déjà un lieu du pôle."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.place_id} → {self.pole_id}"
