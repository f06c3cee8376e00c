"""Skills that members hold or look for, and what they exchanged of them (R-42)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.flows.models import Flow
from terreau.poles.models import Pole


class Skill(models.Model):
    """A skill in the words of the pole; ``key`` is what makes two writings the same (``rules.skill_key``).

    ``rome``: a code that somebody typed, shown « à vérifier »: no register of codes is held here.
    """

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="skills")
    name = models.CharField(_("compétence"), max_length=80)
    key = models.CharField(max_length=100, editable=False)
    rome = models.CharField(_("code ROME"), max_length=10, blank=True)

    objects: ClassVar[models.Manager["Skill"]] = models.Manager()

    class Meta:
        verbose_name = _("compétence")
        verbose_name_plural = _("compétences")
        ordering = ["pole", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "key"],
                name="exchanges_skill_once",
                violation_error_message=_("Le pôle connaît déjà cette compétence."),
            ),
            models.CheckConstraint(condition=~Q(key=""), name="exchanges_skill_has_words"),
        ]

    def __str__(self) -> str:
        return self.name


class SkillEntry(models.Model):
    """That a member holds a skill, or looks for it.

    ``user`` is who has it. Their name is shown only while they agree (``agreed_at``); until then they are
    « une personne de … ».
    """

    class Way(models.TextChoices):
        HELD = "held", _("proposée")
        SOUGHT = "sought", _("recherchée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="entries")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="skills")
    way = models.CharField(_("proposée ou recherchée"), max_length=6, choices=Way.choices)
    note = models.CharField(_("précision"), max_length=300, blank=True)
    minutes_a_month = models.PositiveIntegerField(_("minutes par mois"), null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    agreed_at = models.DateTimeField(_("nom montré depuis le"), null=True, editable=False)
    since = models.DateField(_("depuis"), default=timezone.localdate)
    ended_on = models.DateField(_("jusqu'au"), null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["SkillEntry"]] = models.Manager()

    class Meta:
        verbose_name = _("compétence d'un membre")
        verbose_name_plural = _("compétences des membres")
        ordering = ["skill", "way", "actor__sort_key", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["skill", "actor", "way"],
                condition=Q(ended_on=None, user=None),
                name="exchanges_skill_entry_once",
                violation_error_message=_("Cette organisation l'a déjà dit."),
            ),
            models.UniqueConstraint(
                fields=["skill", "actor", "way", "user"],
                condition=Q(ended_on=None, user__isnull=False),
                name="exchanges_skill_person_once",
                violation_error_message=_("Cette compétence est déjà dite de cette personne."),
            ),
            models.CheckConstraint(
                condition=Q(agreed_at=None) | Q(user__isnull=False),
                name="exchanges_named_is_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.way} {self.skill_id}"


class SkillExchange(models.Model):
    """Hours of a skill that a member gave to another: the line of the ledger is what counts."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="exchanges")
    flow = models.OneToOneField(Flow, on_delete=models.PROTECT, related_name="skill_exchange")

    objects: ClassVar[models.Manager["SkillExchange"]] = models.Manager()

    class Meta:
        verbose_name = _("échange de compétences")
        verbose_name_plural = _("échanges de compétences")
        ordering = ["-flow__on", "id"]
        constraints = [AppendOnly(name="exchanges_exchange_append_only")]

    def __str__(self) -> str:
        return f"{self.skill_id} {self.flow_id}"
