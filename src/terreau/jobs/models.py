"""Long work: progress that can be seen, stopped and taken up again after a kill."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7


class Job(models.Model):
    """One piece of long work. ``checkpoint`` is what it needs to go on from where it was."""

    class State(models.TextChoices):
        WAITING = "waiting", _("en attente")
        RUNNING = "running", _("en cours")
        DONE = "done", _("terminé")
        FAILED = "failed", _("en échec")
        CANCELLED = "cancelled", _("annulé")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(_("nature"), max_length=60)
    arguments = models.JSONField(default=dict)
    state = models.CharField(_("état"), max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveBigIntegerField(_("fait"), default=0)
    total = models.PositiveBigIntegerField(_("à faire"), null=True)
    checkpoint = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    error = models.TextField(_("erreur"), blank=True)
    cancel_asked = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    heartbeat_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("tâche longue")
        verbose_name_plural = _("tâches longues")
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
