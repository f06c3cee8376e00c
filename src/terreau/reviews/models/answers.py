"""What somebody answers to an item of a grid, and the disagreement that stays beside an agreed answer."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.reviews.models.review import Review, Seat

#: The columns of ``Leveled``.
LEVELED = ("criterion", "level", "not_concerned", "target", "first_step", "words")


def leveled(name: str) -> list[models.BaseConstraint]:
    """Return the constraints of a row that holds a level: not concerned and a level exclude one another."""
    return [
        models.CheckConstraint(
            condition=models.Q(not_concerned=False)
            | models.Q(not_concerned=True, level__isnull=True, target__isnull=True),
            name=f"reviews_{name}_concerned_or_level",
            violation_error_message=_("« Non concerné » va sans niveau."),
        )
    ]


class Leveled(models.Model):
    """Where we are, where we want to be, the first step, and what is said of it.

    ``level`` and ``target`` are values of the grid's scale; nothing said at all is a row that is not there.
    """

    criterion = models.CharField(_("item"), max_length=60)
    level: Any = models.PositiveSmallIntegerField(_("où en sommes-nous"), null=True)
    not_concerned: Any = models.BooleanField(_("non concerné"), default=False)
    target: Any = models.PositiveSmallIntegerField(_("où voulons-nous aller"), null=True)
    first_step: Any = models.TextField(_("premier pas"), blank=True)
    words: Any = models.TextField(_("remarque"), blank=True)

    class Meta:
        abstract = True


class Answer(Leveled):
    """One item in one seat, written again until the campaign closes; ``version`` counts the writings."""

    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, related_name="answers")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("écrit le"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Answer"]] = models.Manager()

    class Meta:
        verbose_name = _("réponse à un item")
        verbose_name_plural = _("réponses aux items")
        ordering = ["seat", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["seat", "criterion"],
                name="reviews_answer_once",
                violation_error_message=_("Cet item a déjà sa réponse."),
            ),
            *leveled("answer"),
        ]

    def __str__(self) -> str:
        return f"{self.seat_id} {self.criterion}"


class Dissent(models.Model):
    """A disagreement with what a workshop agreed: who, which level, in which words. It may be taken back."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="dissents")
    criterion = models.CharField(_("item"), max_length=60)
    name = models.CharField(_("qui"), max_length=120)
    level = models.PositiveSmallIntegerField(_("niveau"), null=True)
    words = models.TextField(_("ce qui est dit"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("écrit le"))
    withdrawn_at = models.DateTimeField(_("retiré le"), null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects: ClassVar[models.Manager["Dissent"]] = models.Manager()

    class Meta:
        verbose_name = _("désaccord")
        verbose_name_plural = _("désaccords")
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(words="") & ~models.Q(name=""),
                name="reviews_dissent_says_who_and_why",
                violation_error_message=_("Un désaccord a un auteur et des mots."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.name}"
