"""Unmet needs and unused resources of a territory, and what was matched (R-24, R-25)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.poles.models import Pole
from terreau.projects.models.project import JointProject
from terreau.subjects.models import Subject


class Need(models.Model):
    """Something that lacks, or something that is not used; who says it, where, until when."""

    class Side(models.TextChoices):
        NEED = "need", _("besoin")
        RESOURCE = "resource", _("ressource inemployée")

    class Kind(models.TextChoices):
        """R-24, R-25: money is one kind among others."""

        PREMISES = "premises", _("locaux")
        LAND = "land", _("terrain, foncier")
        EQUIPMENT = "equipment", _("matériel, véhicules")
        MATERIALS = "materials", _("matériaux, matières")
        WASTE = "waste", _("déchets, coproduits, chaleur")
        SKILLS = "skills", _("compétences")
        KNOW_HOW = "know_how", _("savoir-faire, traditions")
        VOLUNTEERS = "volunteers", _("bénévoles, temps donné")
        HERITAGE = "heritage", _("patrimoine")
        SERVICE = "service", _("service, offre qui manque")
        OUTLET = "outlet", _("débouché, clientèle")
        FUNDS = "funds", _("argent, épargne")
        OTHER = "other", _("autre")

    class State(models.TextChoices):
        OPEN = "open", _("ouvert")
        MET = "met", _("satisfait")
        CLOSED = "closed", _("retiré")

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, primary_key=True, related_name="need")
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="needs")
    side = models.CharField(_("besoin ou ressource"), max_length=8, choices=Side.choices)
    kind = models.CharField(_("nature"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("en quelques mots"), max_length=160)
    text = models.TextField(_("précisions"), blank=True)
    actor = models.ForeignKey(
        Actor, on_delete=models.PROTECT, related_name="needs", verbose_name=_("dit par")
    )
    #: An official commune of today, when the place is known.
    commune = models.CharField(_("commune"), max_length=5, blank=True)
    place = models.CharField(_("lieu"), max_length=160, blank=True)
    starts_on = models.DateField(_("à partir du"), null=True, blank=True)
    ends_on = models.DateField(_("jusqu'au"), null=True, blank=True)
    enjeux = models.JSONField(_("enjeux servis"), default=list, blank=True)
    state = models.CharField(_("état"), max_length=6, choices=State.choices, default=State.OPEN)
    closed_why = models.CharField(_("pourquoi"), max_length=240, blank=True)
    public = models.BooleanField(_("publié sur la page du pôle"), default=False)
    said_on = models.DateField(_("dit le"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    words = models.TextField(editable=False, default="")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Need"]] = models.Manager()

    class Meta:
        verbose_name = _("besoin ou ressource")
        verbose_name_plural = _("besoins et ressources")
        ordering = ["pole", "side", "title", "subject"]
        indexes = [models.Index(fields=["pole", "state", "side"], name="projects_need_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="projects_need_ends_after",
                violation_error_message=_("La fin ne précède pas le début."),
            ),
            models.CheckConstraint(
                condition=Q(state="open") | ~Q(closed_why=""),
                name="projects_need_closed_why",
                violation_error_message=_("Dites ce qu'il en est advenu."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Match(models.Model):
    """A need and a resource that somebody put together, or set aside; with the reasons as they were shown."""

    class State(models.TextChoices):
        KEPT = "kept", _("rapprochés")
        SET_ASIDE = "set_aside", _("écartés")

    need = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="matches")
    resource = models.ForeignKey(Need, on_delete=models.PROTECT, related_name="matched_by")
    state = models.CharField(_("état"), max_length=9, choices=State.choices)
    reasons = models.JSONField(_("raisons"), default=list)
    project = models.ForeignKey(
        JointProject, on_delete=models.PROTECT, null=True, blank=True, related_name="matches"
    )
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Match"]] = models.Manager()

    class Meta:
        verbose_name = _("rapprochement")
        verbose_name_plural = _("rapprochements")
        ordering = ["need", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["need", "resource"],
                name="projects_matched_once",
                violation_error_message=_("Ce besoin et cette ressource sont déjà rapprochés, ou écartés."),
            ),
            models.CheckConstraint(condition=~Q(need=F("resource")), name="projects_match_two_things"),
        ]

    def __str__(self) -> str:
        return f"{self.need_id} ~ {self.resource_id}"
