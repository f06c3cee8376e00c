"""Costs that members share: a rent, a machine, a shared job; each split keeps its key and its parts."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly, NoOverlap, ends_after_start
from terreau.common.identifiers import uuid7
from terreau.means.models.means import Means
from terreau.pieces.models import Piece
from terreau.poles.models import Pole


class Split(models.Model):
    """A cost of a period shared by a key. A wrong one is taken back with a reason, and made again."""

    class Key(models.TextChoices):
        USE = "use", _("selon l'usage")
        SURFACE = "surface", _("selon la surface")
        HEADCOUNT = "headcount", _("selon l'effectif")
        AGREED = "agreed", _("selon des parts convenues")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="cost_splits")
    means = models.ForeignKey(Means, on_delete=models.PROTECT, null=True, blank=True, related_name="splits")
    label = models.CharField(_("coût"), max_length=160)
    cents = models.BigIntegerField(_("montant en centimes"))
    paid_by = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="costs_paid")
    period_from = models.DateField(_("à compter du"))
    period_to = models.DateField(_("jusqu'au, compris"))
    key = models.CharField(_("clé"), max_length=10, choices=Key.choices)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("fait le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("repris le"), null=True, editable=False)
    undone_reason = models.CharField(_("motif"), max_length=200, blank=True, editable=False)

    objects: ClassVar[models.Manager["Split"]] = models.Manager()

    class Meta:
        verbose_name = _("partage d'un coût")
        verbose_name_plural = _("partages de coûts")
        ordering = ["pole", "-period_from", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents__gt=0),
                name="means_cost_positive",
                violation_error_message=_("Un coût est plus grand que zéro."),
            ),
            models.CheckConstraint(
                condition=Q(period_to__gte=F("period_from")),
                name="means_split_period",
                violation_error_message=_("La fin de la période suit son début."),
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_reason="")
                | Q(undone_at__isnull=False) & ~Q(undone_reason=""),
                name="means_undone_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Share(models.Model):
    """What an actor owes of a cost, and the weight that gave it; never changed."""

    split = models.ForeignKey(Split, on_delete=models.PROTECT, related_name="shares")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="cost_shares")
    weight = models.BigIntegerField(_("poids"))
    cents = models.BigIntegerField(_("part en centimes"))

    objects: ClassVar[models.Manager["Share"]] = models.Manager()

    class Meta:
        verbose_name = _("part d'un coût")
        verbose_name_plural = _("parts d'un coût")
        ordering = ["split", "actor__sort_key", "id"]
        constraints = [
            models.UniqueConstraint(fields=["split", "actor"], name="means_share_once"),
            AppendOnly(name="means_share_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.split_id} {self.actor_id}"


class Occupation(models.Model):
    """An actor in some square metres of premises, from a day to another (R-121)."""

    means = models.ForeignKey(Means, on_delete=models.PROTECT, related_name="occupations")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="occupations")
    surface = models.PositiveIntegerField(_("surface en dm²"))
    headcount = models.PositiveSmallIntegerField(_("personnes"), null=True, blank=True)
    valid_from = models.DateField(_("depuis"))
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)

    objects: ClassVar[models.Manager["Occupation"]] = models.Manager()

    class Meta:
        verbose_name = _("occupation")
        verbose_name_plural = _("occupations")
        ordering = ["means", "valid_from", "id"]
        constraints = [
            NoOverlap(
                fields=["means", "actor"],
                start="valid_from",
                end="valid_to",
                name="means_occupation_once",
                violation_error_message=_("Cette organisation occupe déjà ces locaux à ces dates."),
            ),
            ends_after_start("valid_from", "valid_to", "means_occupation_ends_after"),
        ]

    def __str__(self) -> str:
        return f"{self.means_id} {self.actor_id}"


class Job(models.Model):
    """A job shared between members (R-41). The person is named to her employer and to herself only."""

    class Frame(models.TextChoices):
        GROUP = "group", _("groupement d'employeurs")
        CAE = "cae", _("coopérative d'activités et d'emploi")
        SECONDMENT = "secondment", _("mise à disposition")
        INFORMAL = "informal", _("entente non formalisée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="shared_jobs")
    employer = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="jobs_shared")
    title = models.CharField(_("poste"), max_length=120)
    frame = models.CharField(_("cadre"), max_length=10, choices=Frame.choices)
    #: Shown to others instead of the name.
    alias = models.CharField(_("nom montré aux autres"), max_length=40)
    person = models.CharField(_("personne"), max_length=120, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    valid_from = models.DateField(_("depuis"))
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Job"]] = models.Manager()

    class Meta:
        verbose_name = _("emploi partagé")
        verbose_name_plural = _("emplois partagés")
        ordering = ["pole", "title", "id"]
        constraints = [
            models.UniqueConstraint(fields=["pole", "alias"], name="means_job_alias_once"),
            ends_after_start("valid_from", "valid_to", "means_job_ends_after"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.alias})"


class JobShare(models.Model):
    """Minutes a month that a member plans to take of a shared job."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="shares")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="job_shares")
    minutes_a_month = models.PositiveIntegerField(_("minutes par mois"))
    cents_an_hour = models.BigIntegerField(_("coût de l'heure en centimes"), null=True, blank=True)
    valid_from = models.DateField(_("depuis"))
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)

    objects: ClassVar[models.Manager["JobShare"]] = models.Manager()

    class Meta:
        verbose_name = _("part d'un emploi partagé")
        verbose_name_plural = _("parts des emplois partagés")
        ordering = ["job", "actor__sort_key", "id"]
        constraints = [
            NoOverlap(
                fields=["job", "actor"],
                start="valid_from",
                end="valid_to",
                name="means_job_share_once",
                violation_error_message=_("Cette organisation a déjà une part de ce poste à ces dates."),
            ),
            ends_after_start("valid_from", "valid_to", "means_job_share_ends_after"),
            models.CheckConstraint(
                condition=Q(cents_an_hour__isnull=True) | Q(cents_an_hour__gte=0),
                name="means_job_cost_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.actor_id}"


class Works(models.Model):
    """Works planned or done in premises (R-121)."""

    class State(models.TextChoices):
        STUDIED = "studied", _("à l'étude")
        PLANNED = "planned", _("prévus")
        UNDER_WAY = "under_way", _("en cours")
        DONE = "done", _("faits")
        DROPPED = "dropped", _("abandonnés")

    means = models.ForeignKey(Means, on_delete=models.PROTECT, related_name="works")
    title = models.CharField(_("travaux"), max_length=160)
    starts_on = models.DateField(_("à compter du"), null=True, blank=True)
    ends_on = models.DateField(_("au plus tard le"), null=True, blank=True)
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.STUDIED)
    note = models.TextField(_("note"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Works"]] = models.Manager()

    class Meta:
        verbose_name = _("travaux")
        verbose_name_plural = _("travaux")
        ordering = ["means", "starts_on", "id"]

    def __str__(self) -> str:
        return self.title


class SpaceNeed(models.Model):
    """Square metres that a member looks for, permanent or not (R-121)."""

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="space_needs")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="space_needs")
    surface = models.PositiveIntegerField(_("surface en dm²"))
    permanent = models.BooleanField(_("en permanence"), default=True)
    wanted_from = models.DateField(_("à partir du"), null=True, blank=True)
    note = models.CharField(_("précision"), max_length=300, blank=True)
    met_on = models.DateField(_("satisfait le"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["SpaceNeed"]] = models.Manager()

    class Meta:
        verbose_name = _("besoin de locaux")
        verbose_name_plural = _("besoins de locaux")
        ordering = ["pole", "id"]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.surface}"
