"""Co-evaluation by somebody invited: the frozen copy, the right of reply, two signatures, what is taken."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.common.constraints import AppendOnly, FrozenOnce
from terreau.reviews.models.answers import Leveled, leveled
from terreau.reviews.models.review import Review


class Frozen(models.Model):
    """What the reviewer works on: the pole's facts and its own answers on a day, never changed.

    ``digest`` is the SHA-256 of the canonical JSON of ``content``.
    """

    review = models.OneToOneField(
        Review, on_delete=models.PROTECT, primary_key=True, related_name="frozen_copy"
    )
    content = models.JSONField(_("copie"))
    digest = models.CharField(_("empreinte"), max_length=64)
    at = models.DateTimeField(_("figée le"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Frozen"]] = models.Manager()

    class Meta:
        verbose_name = _("copie figée")
        verbose_name_plural = _("copies figées")
        constraints = [AppendOnly(name="reviews_frozen_append_only")]

    def __str__(self) -> str:
        return self.digest[:12]


class Reply(models.Model):
    """What the pole answers to an item of the reviewer's, until somebody signs."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="replies")
    criterion = models.CharField(_("item"), max_length=60)
    words = models.TextField(_("réponse du pôle"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("écrit le"))
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Reply"]] = models.Manager()

    class Meta:
        verbose_name = _("droit de réponse")
        verbose_name_plural = _("droits de réponse")
        ordering = ["review", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "criterion"],
                name="reviews_reply_once",
                violation_error_message=_("Le pôle a déjà répondu à cet item."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.criterion}"


class Signature(models.Model):
    """Who signed the report, for whom, under which mandate, and the digest of the very report."""

    class Side(models.TextChoices):
        POLE = "pole", _("le pôle")
        REVIEWER = "reviewer", _("l'évaluateur")

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(_("partie"), max_length=8, choices=Side.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("nom"), max_length=120)
    quality = models.CharField(_("qualité"), max_length=120)
    mandate = models.CharField(_("mandat"), max_length=200, blank=True)
    digest = models.CharField(_("empreinte du rapport"), max_length=64)
    at = models.DateTimeField(_("signé le"))

    objects: ClassVar[models.Manager["Signature"]] = models.Manager()

    class Meta:
        verbose_name = _("signature d'un rapport")
        verbose_name_plural = _("signatures d'un rapport")
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "side"],
                name="reviews_signature_once",
                violation_error_message=_("Cette partie a déjà signé."),
            ),
            models.CheckConstraint(
                condition=~models.Q(quality=""),
                name="reviews_signature_says_quality",
                violation_error_message=_("Une signature dit en quelle qualité."),
            ),
            # The name alone may go, when the person asks to be forgotten.
            FrozenOnce(
                once="at",
                fields=["review", "side", "by", "quality", "mandate", "digest"],
                name="reviews_signature_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.side}"


class Outcome(Leveled):
    """What the pole makes of an item of the reviewer's: takes it, keeps its own, or writes another."""

    class Choice(models.TextChoices):
        TAKE = "take", _("reprendre la réponse de l'évaluateur")
        KEEP = "keep", _("garder la nôtre")
        OTHER = "other", _("en écrire une autre")

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="outcomes")
    choice = models.CharField(_("choix"), max_length=5, choices=Choice.choices)
    reason = models.TextField(_("motif"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("décidé le"))

    objects: ClassVar[models.Manager["Outcome"]] = models.Manager()

    class Meta:
        verbose_name = _("suite donnée à un item")
        verbose_name_plural = _("suites données aux items")
        ordering = ["review", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "criterion"],
                name="reviews_outcome_once",
                violation_error_message=_("Le pôle a déjà décidé de cet item."),
            ),
            models.CheckConstraint(
                condition=models.Q(choice="take") | ~models.Q(reason=""),
                name="reviews_outcome_has_reason",
                violation_error_message=_("Garder sa réponse ou en écrire une autre demande un motif."),
            ),
            *leveled("outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.criterion} {self.choice}"
