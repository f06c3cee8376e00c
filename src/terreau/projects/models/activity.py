"""What a pole does, activity by activity, and who recognises that it is useful (R-146)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import ends_after_start
from terreau.common.identifiers import uuid7
from terreau.poles.models import Pole
from terreau.projects.models.project import JointProject
from terreau.subjects.models import Subject


class Activity(models.Model):
    """An activity of the pole: its sector, who runs it, for whom."""

    subject = models.OneToOneField(
        Subject, on_delete=models.PROTECT, primary_key=True, related_name="pole_activity"
    )
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="activities")
    name = models.CharField(_("activité"), max_length=160)
    #: A term of the vocabulary « sector » (R-18).
    sector = models.CharField(_("domaine"), max_length=40, blank=True)
    #: Of the French nomenclature of activities, when somebody gave it.
    naf = models.CharField(_("code NAF"), max_length=6, blank=True)
    publics = models.CharField(_("pour qui"), max_length=240, blank=True)
    text = models.TextField(_("en quelques mots"), blank=True)
    members = models.ManyToManyField(Actor, related_name="pole_activities", blank=True)
    project = models.ForeignKey(
        JointProject,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="activities",
        verbose_name=_("née du projet"),
    )
    starts_on = models.DateField(_("depuis le"), null=True, blank=True)
    ends_on = models.DateField(_("jusqu'au"), null=True, blank=True)
    public = models.BooleanField(_("publiée sur la page du pôle"), default=False)
    words = models.TextField(editable=False, default="")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Activity"]] = models.Manager()

    class Meta:
        verbose_name = _("activité")
        verbose_name_plural = _("activités")
        ordering = ["pole", "name", "subject"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "name"],
                condition=Q(ends_on=None),
                name="projects_activity_once",
                violation_error_message=_("Le pôle a déjà une activité de ce nom."),
            ),
            ends_after_start("starts_on", "ends_on", "projects_activity_ends_after"),
        ]

    def __str__(self) -> str:
        return self.name


class UtilityRecognition(models.Model):
    """Somebody recognises the social utility of an activity, from a day to another (R-146)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="recognitions")
    #: As the pole names it: an authority, a foundation, an agreement of the State.
    by_whom = models.CharField(_("reconnue par"), max_length=160)
    ground = models.CharField(_("par quel acte"), max_length=240)
    on = models.DateField(_("depuis le"))
    until = models.DateField(_("jusqu'au"), null=True, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["UtilityRecognition"]] = models.Manager()

    class Meta:
        verbose_name = _("utilité sociale reconnue")
        verbose_name_plural = _("utilités sociales reconnues")
        ordering = ["activity", "on", "id"]
        constraints = [ends_after_start("on", "until", "projects_recognition_ends_after")]

    def __str__(self) -> str:
        return f"{self.activity_id} {self.by_whom}"


class WholeList(models.Model):
    """The pole says that all its activities are listed on a day: a share of them may be computed then."""

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="activity_lists")
    on = models.DateField(_("complète le"))
    #: Taken back: something is missing after all.
    ended_on = models.DateField(_("plus complète depuis le"), null=True, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["WholeList"]] = models.Manager()

    class Meta:
        verbose_name = _("liste complète des activités")
        verbose_name_plural = _("listes complètes des activités")
        ordering = ["pole", "on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole"],
                condition=Q(ended_on=None),
                name="projects_whole_once",
                violation_error_message=_("La liste est déjà dite complète."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.on}"
