"""What was published under secrecy, kept so that the next release gives nothing away."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.identifiers import uuid7


class Release(models.Model):
    """A table as it was published. ``figures`` is public; ``private`` is not, and is emptied when it has
    served.

    ``figures`` is a list of ``[[[axis, code], …], status, value or null, reason]``. ``checked_at`` is the
    last time that nothing newer could, or needed to, take its place.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    table = models.CharField(_("tableau"), max_length=200)
    current = models.BooleanField(_("en vigueur"), default=True)
    made_at = models.DateTimeField(_("publié le"))
    checked_at = models.DateTimeField(_("revu le"))
    digest = models.CharField(_("empreinte"), max_length=64)
    policy = models.JSONField(_("règle"))
    figures = models.JSONField(_("chiffres"))
    private = models.BinaryField(_("ce qui n'est pas publié"), null=True)

    class Meta:
        verbose_name = _("publication d'un tableau")
        verbose_name_plural = _("publications de tableaux")
        ordering = ["table", "-made_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["table"],
                condition=models.Q(current=True),
                name="publication_one_release_in_force",
                violation_error_message=_("Ce tableau a déjà une publication en vigueur."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.made_at:%Y-%m-%d}"
