"""Who signed which text, what proves it, who withdrew, and the personal links by which people sign."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.charters.models.charter import Charter, Text
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7


class Request(models.Model):
    """A personal link by which somebody signs in the name of an actor. Only its digest is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    text = models.ForeignKey(Text, on_delete=models.PROTECT, related_name="requests")
    signatory = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField(_("adresse électronique"), max_length=254)
    message = models.TextField(_("message"), blank=True)
    language = models.CharField(_("langue"), max_length=2, default="fr")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)
    sent_at = models.DateTimeField(_("envoyée le"), null=True)
    reminded_at = models.DateTimeField(_("rappelée le"), null=True)
    reminders = models.PositiveSmallIntegerField(_("rappels"), default=0)
    expires_at = models.DateTimeField(_("expire le"))
    revoked_at = models.DateTimeField(_("révoquée le"), null=True)

    objects: ClassVar[models.Manager["Request"]] = models.Manager()

    class Meta:
        verbose_name = _("demande de signature")
        verbose_name_plural = _("demandes de signature")
        ordering = ["-created_at", "id"]

    def __str__(self) -> str:
        return f"{self.text_id} → {self.signatory_id}"


class Signature(models.Model):
    """The proof: who signed what, when, how it was proved. It names nobody, and never changes.

    ``sha256`` is that of the text, ``signer_sha256`` that of the name, quality and mandate with a salt (see
    ``Signer``), ``seal`` that of the whole (``rules.seal``). ``rank`` counts the signatures of one text by
    one signatory: it may sign again after it withdrew.
    """

    class Proof(models.TextChoices):
        PROVED = "proved", _("identité confirmée à nouveau")
        LINK = "link", _("lien personnel reçu par courriel")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    text = models.ForeignKey(Text, on_delete=models.PROTECT, related_name="signatures")
    signatory = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="charter_signatures")
    rank = models.PositiveSmallIntegerField(default=0)
    on = models.DateField(_("le"))
    at = models.DateTimeField(_("enregistrée le"))
    proof = models.CharField(_("preuve"), max_length=6, choices=Proof.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    request = models.OneToOneField(Request, on_delete=models.PROTECT, null=True, related_name="signature")
    sha256 = models.CharField(max_length=64)
    signer_sha256 = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)

    objects: ClassVar[models.Manager["Signature"]] = models.Manager()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["text", "at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["text", "signatory", "rank"], name="charters_signature_rank"),
            models.CheckConstraint(
                condition=models.Q(proof="proved", by__isnull=False, request__isnull=True)
                | models.Q(proof="link", request__isnull=False),
                name="charters_signature_proved",
                violation_error_message=_("Une signature a une preuve."),
            ),
            AppendOnly(name="charters_signature_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.signatory_id} {self.text_id}"

    @property
    def gone(self) -> "Withdrawal | None":
        """The withdrawal, None while the signature stands."""
        return getattr(self, "withdrawal", None)

    @property
    def who(self) -> "Signer | None":
        """The person behind it, None when nobody is named any more."""
        found: Signer | None = getattr(self, "signer", None)
        return found if found and not found.forgotten_at else None


class Signer(models.Model):
    """The person behind a signature. It can be forgotten: the proof stays, and names nobody."""

    signature = models.OneToOneField(
        Signature, on_delete=models.PROTECT, primary_key=True, related_name="signer"
    )
    name = models.CharField(_("nom"), max_length=120, blank=True)
    quality = models.CharField(_("qualité"), max_length=120, blank=True)
    mandate = models.CharField(_("mandat"), max_length=300, blank=True)
    salt = models.CharField(max_length=64, blank=True)
    shown = models.BooleanField(_("nom public"), default=False)
    forgotten_at = models.DateTimeField(_("oublié le"), null=True)

    objects: ClassVar[models.Manager["Signer"]] = models.Manager()

    class Meta:
        verbose_name = _("personne qui signe")
        verbose_name_plural = _("personnes qui signent")

    def __str__(self) -> str:
        return str(self.signature_id)


class Withdrawal(models.Model):
    """The end of a signature: a date, a reason if one is given. It stays in the register."""

    signature = models.OneToOneField(
        Signature, on_delete=models.PROTECT, primary_key=True, related_name="withdrawal"
    )
    on = models.DateField(_("le"))
    at = models.DateTimeField(_("enregistré le"))
    reason = models.CharField(_("motif"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Withdrawal"]] = models.Manager()

    class Meta:
        verbose_name = _("retrait d'une signature")
        verbose_name_plural = _("retraits de signatures")
        constraints = [AppendOnly(name="charters_withdrawal_append_only")]

    def __str__(self) -> str:
        return f"{self.signature_id} {self.on}"


class Campaign(models.Model):
    """That the signatories of the texts before are asked to sign a new one."""

    text = models.OneToOneField(Text, on_delete=models.PROTECT, primary_key=True, related_name="campaign")
    opened_at = models.DateTimeField(_("ouverte le"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField(_("réponse attendue le"))
    reminded_at = models.DateTimeField(_("rappelée le"), null=True)
    reminders = models.PositiveSmallIntegerField(_("rappels"), default=0)
    closed_at = models.DateTimeField(_("close le"), null=True)

    objects: ClassVar[models.Manager["Campaign"]] = models.Manager()

    class Meta:
        verbose_name = _("campagne de signature")
        verbose_name_plural = _("campagnes de signature")

    def __str__(self) -> str:
        return str(self.text_id)


__all__ = ["Campaign", "Charter", "Request", "Signature", "Signer", "Withdrawal"]
