"""A file of an applicant: who writes it, each answer with its history, what was frozen, each move."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.calls.models import Call, FormVersion, Strand
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.common.money import Euro
from terreau.dossiers.states import DRAFT, LABELS, WRITABLE
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.subjects.models import Subject
from terreau.territories.models import Zone

_USER = settings.AUTH_USER_MODEL


class Channel(models.TextChoices):
    """How a file came (the call of 2015 asked for paper and e-mail both)."""

    ONLINE = "online", _("en ligne")
    PAPER = "paper", _("sur papier")
    EMAIL = "email", _("par courriel")
    IMPORT = "import", _("depuis un tableau")


class Dossier(models.Model):
    """What one applicant answers to one call. Its state changes by ``moving.move`` alone.

    ``applicant`` asks and would sign; ``pole`` is the pole it is about, which may be the applicant itself or,
    when it has no legal form, the one that the applicant carries. ``zone`` is a projection: the region where
    most of the perimeter lies, or where the applicant stands.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="dossier")
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="dossiers")
    number = models.PositiveIntegerField(_("numéro"))
    form = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="dossiers")
    strand = models.ForeignKey(
        Strand, on_delete=models.PROTECT, null=True, blank=True, related_name="dossiers"
    )
    category = models.CharField(_("catégorie"), max_length=20, blank=True)
    applicant_kind = models.CharField(_("nature du candidat"), max_length=20, blank=True)
    applicant = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="dossiers")
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, null=True, blank=True, related_name="dossiers")
    title = models.CharField(_("intitulé"), max_length=200, blank=True)
    asked_cents = models.BigIntegerField(_("aide demandée, en centimes"), null=True, blank=True)
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(
        _("état"), max_length=12, choices=[(code, label) for code, label in LABELS.items()], default=DRAFT
    )
    stage_since = models.DateTimeField(_("dans cet état depuis"), default=timezone.now)
    deposited_at = models.DateTimeField(_("déposé le"), null=True, blank=True)
    late = models.BooleanField(_("hors délai"), default=False)
    channel = models.CharField(_("reçu"), max_length=6, choices=Channel.choices, default=Channel.ONLINE)
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="next_ones"
    )
    example = models.BooleanField(_("exemple fictif"), default=False)
    created_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("commencé le"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Dossier"]] = models.Manager()

    class Meta:
        verbose_name = _("dossier")
        verbose_name_plural = _("dossiers")
        ordering = ["call", "number"]
        indexes = [
            models.Index(fields=["call", "state", "number"], name="dossiers_of_call"),
            models.Index(fields=["call", "zone"], name="dossiers_of_zone"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="dossiers_number_once"),
            models.CheckConstraint(
                condition=Q(asked_cents=None) | Q(asked_cents__gte=0), name="dossiers_asked_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | ~Q(deposited_at=None),
                name="dossiers_deposited_has_instant",
                violation_error_message=_("Un dossier instruit a été déposé."),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The number that people see: « AMI-2025-0042 »."""
        return f"{self.call.slug.upper()}-{self.number:04d}"

    @property
    def name(self) -> str:
        """What to call it: its title, or who applies."""
        return self.title or (self.pole.actor.name if self.pole else self.applicant.name)

    @property
    def writable(self) -> bool:
        """Whether its people may change answers now."""
        return self.state in WRITABLE

    @property
    def asked(self) -> Euro | None:
        """The aid that is asked, when it is known."""
        return None if self.asked_cents is None else Euro(self.asked_cents)


class Answer(models.Model):
    """What the file says now for one field of its form. ``version`` catches two writers on one field.

    ``given``: where the living file had it, when it was taken from there: ``{"words", "on"}``.
    """

    class Origin(models.TextChoices):
        TYPED = "typed", _("saisi")
        LIVING = "living", _("repris du registre")
        PREVIOUS = "previous", _("repris du dossier précédent")
        PAPER = "paper", _("saisi d'après le papier")
        IMPORT = "import", _("lu dans un tableau")
        CARRIED = "carried", _("repris d'une version antérieure du formulaire")

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="answers")
    key = models.CharField(_("champ"), max_length=80)
    value = models.JSONField(_("réponse"), null=True)
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.TYPED)
    given: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("le"), default=timezone.now)

    objects: ClassVar[models.Manager["Answer"]] = models.Manager()

    class Meta:
        verbose_name = _("réponse")
        verbose_name_plural = _("réponses")
        ordering = ["dossier", "key"]
        constraints = [models.UniqueConstraint(fields=["dossier", "key"], name="dossiers_answer_once")]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.key}"


class AnswerChange(models.Model):
    """Each value that a field had, who wrote it and when. Never changed."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="changes")
    key = models.CharField(_("champ"), max_length=80)
    value = models.JSONField(_("réponse"), null=True)
    origin = models.CharField(max_length=8, choices=Answer.Origin.choices, default=Answer.Origin.TYPED)
    version = models.PositiveIntegerField()
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("le"), default=timezone.now)

    objects: ClassVar[models.Manager["AnswerChange"]] = models.Manager()

    class Meta:
        verbose_name = _("changement d'une réponse")
        verbose_name_plural = _("changements de réponses")
        ordering = ["dossier", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "key", "version"], name="dossiers_change_once"),
            AppendOnly(name="dossiers_change_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.key} {self.version}"


class DossierPiece(models.Model):
    """A file joined to a field of the form; taken away, never deleted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="joined")
    key = models.CharField(_("champ"), max_length=80)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="dossier_pieces")
    name = models.CharField(_("nom"), max_length=200)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("jointe le"), default=timezone.now, editable=False)
    removed_at = models.DateTimeField(_("enlevée le"), null=True, blank=True)

    objects: ClassVar[models.Manager["DossierPiece"]] = models.Manager()

    class Meta:
        verbose_name = _("pièce d'un dossier")
        verbose_name_plural = _("pièces d'un dossier")
        ordering = ["dossier", "id"]
        indexes = [models.Index(fields=["dossier", "key"], name="dossiers_pieces_of")]

    def __str__(self) -> str:
        return self.name


class Writer(models.Model):
    """Somebody of the team of a file: by account, or invited by e-mail until the invitation is accepted."""

    class Role(models.TextChoices):
        LEAD = "lead", _("pilote du dossier")
        WRITER = "writer", _("rédige")
        READER = "reader", _("lit")
        SIGNATORY = "signatory", _("signe pour son organisation")

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="writers")
    user = models.ForeignKey(
        _USER, on_delete=models.PROTECT, null=True, blank=True, related_name="dossier_parts"
    )
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    email = models.EmailField(_("adresse de courriel"), blank=True)
    role = models.CharField(_("rôle"), max_length=9, choices=Role.choices, default=Role.WRITER)
    invited_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    invited_at = models.DateTimeField(_("invitée le"), default=timezone.now, editable=False)
    token_hash = models.CharField(_("empreinte du lien"), max_length=64, blank=True)
    accepted_at = models.DateTimeField(_("acceptée le"), null=True, blank=True)
    ended_at = models.DateTimeField(_("finie le"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Writer"]] = models.Manager()

    class Meta:
        verbose_name = _("personne d'un dossier")
        verbose_name_plural = _("personnes d'un dossier")
        ordering = ["dossier", "id"]
        indexes = [models.Index(fields=["token_hash"], name="dossiers_writer_token")]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "user"],
                condition=Q(ended_at=None, user__isnull=False),
                name="dossiers_writer_once",
                violation_error_message=_("Cette personne est déjà de l'équipe du dossier."),
            ),
            models.UniqueConstraint(
                fields=["dossier", "email"],
                condition=Q(ended_at=None, accepted_at=None) & ~Q(email=""),
                name="dossiers_invited_once",
                violation_error_message=_("Cette adresse est déjà invitée."),
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(user__isnull=False), name="dossiers_accepted_by_someone"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.role}"


class SignOff(models.Model):
    """An organisation of the file agrees with what it says: with this text and no other (its hash)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="signoffs")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="dossier_signoffs")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    copy_hash = models.CharField(_("empreinte du texte signé"), max_length=64)
    at = models.DateTimeField(_("signé le"), default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField(_("retiré le"), null=True, blank=True)

    objects: ClassVar[models.Manager["SignOff"]] = models.Manager()

    class Meta:
        verbose_name = _("signature d'un partenaire")
        verbose_name_plural = _("signatures des partenaires")
        ordering = ["dossier", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "actor", "copy_hash"],
                condition=Q(withdrawn_at=None),
                name="dossiers_signed_once",
                violation_error_message=_("Cette organisation a déjà signé ce texte."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.actor_id}"


class Presence(models.Model):
    """Who has a file open, and where: forgotten after a minute."""

    class Side(models.TextChoices):
        APPLICANT = "applicant", _("candidat")
        OFFICER = "officer", _("instruction")

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(_USER, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(_("champ"), max_length=80, blank=True)
    side = models.CharField(max_length=9, choices=Side.choices, default=Side.APPLICANT)
    at = models.DateTimeField(_("vue à"), default=timezone.now)

    objects: ClassVar[models.Manager["Presence"]] = models.Manager()

    class Meta:
        verbose_name = _("présence sur un dossier")
        verbose_name_plural = _("présences sur les dossiers")
        ordering = ["dossier", "id"]
        constraints = [models.UniqueConstraint(fields=["dossier", "user"], name="dossiers_present_once")]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.user_id}"


class FrozenCopy(models.Model):
    """The file as it was at an instant: canonical JSON (RFC 8785), byte for byte, for ever."""

    class Why(models.TextChoices):
        DEPOSIT = "deposit", _("dépôt")
        COMPLEMENT = "complement", _("compléments")
        AGREEMENT = "agreement", _("convention")
        WITHDRAWAL = "withdrawal", _("retrait")

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="copies")
    number = models.PositiveIntegerField(_("numéro"))
    why = models.CharField(_("à l'occasion de"), max_length=10, choices=Why.choices)
    form = models.ForeignKey(FormVersion, on_delete=models.PROTECT, related_name="+")
    document = models.BinaryField()
    sha256 = models.CharField(_("empreinte SHA-256"), max_length=64)
    at = models.DateTimeField(_("figée le"))
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["FrozenCopy"]] = models.Manager()

    class Meta:
        verbose_name = _("copie figée")
        verbose_name_plural = _("copies figées")
        ordering = ["dossier", "number"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "number"], name="dossiers_copy_once"),
            AppendOnly(name="dossiers_copy_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.number}"


class Reception(models.Model):
    """What came of a file that an officer enters: the day of the postmark, the instant of the e-mail.

    The call of 2015 wanted both: ``paper.shortcomings`` says what a file lacks. Corrected until it is
    decided, each correction in the journal.
    """

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="reception")
    postmark = models.DateField(_("cachet de la poste"), null=True, blank=True)
    paper_on = models.DateField(_("papier arrivé le"), null=True, blank=True)
    emailed_at = models.DateTimeField(_("courriel reçu le"), null=True, blank=True)
    note = models.CharField(_("remarque"), max_length=300, blank=True)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("saisi le"), default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Reception"]] = models.Manager()

    class Meta:
        verbose_name = _("réception d'un dossier")
        verbose_name_plural = _("réceptions de dossiers")
        constraints = [
            models.CheckConstraint(
                condition=Q(postmark__isnull=False) | Q(emailed_at__isnull=False),
                name="dossiers_received_somehow",
                violation_error_message=_("Dites la date du cachet de la poste, ou celle du courriel."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id}"


class Receipt(models.Model):
    """What the applicant keeps of a deposit. ``key`` is that of the form that was sent: twice is once."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="receipts")
    copy = models.OneToOneField(FrozenCopy, on_delete=models.PROTECT, related_name="receipt")
    number = models.CharField(_("numéro de récépissé"), max_length=120, unique=True)
    at = models.DateTimeField(_("reçu le"))
    sha256 = models.CharField(_("empreinte SHA-256"), max_length=64)
    late = models.BooleanField(_("hors délai"), default=False)
    key = models.CharField(max_length=64)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Receipt"]] = models.Manager()

    class Meta:
        verbose_name = _("récépissé")
        verbose_name_plural = _("récépissés")
        ordering = ["dossier", "id"]
        constraints = [
            models.UniqueConstraint(fields=["dossier", "key"], name="dossiers_receipt_once"),
            AppendOnly(name="dossiers_receipt_append_only"),
        ]

    def __str__(self) -> str:
        return self.number


class Transition(models.Model):
    """A move of a file: from what to what, by whom, when, why. Never changed."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="transitions")
    from_state = models.CharField(_("état quitté"), max_length=12)
    to_state = models.CharField(_("état atteint"), max_length=12)
    verb = models.CharField(_("étape"), max_length=20)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("le"), default=timezone.now)
    reason = models.TextField(_("motif"), blank=True)
    data = models.JSONField(default=dict)

    objects: ClassVar[models.Manager["Transition"]] = models.Manager()

    class Meta:
        verbose_name = _("étape d'un dossier")
        verbose_name_plural = _("étapes d'un dossier")
        ordering = ["dossier", "id"]
        indexes = [models.Index(fields=["dossier", "-id"], name="dossiers_moves_of")]
        constraints = [AppendOnly(name="dossiers_move_append_only")]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.verb}"
