"""Agreements and contracts: deeds frozen then signed, signatories, annexes, schedule, poles they name."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.calls.models import Programme, Sponsor
from terreau.common.constraints import AppendOnly, FrozenOnce
from terreau.common.identifiers import uuid7
from terreau.dossiers.models import Dossier
from terreau.pieces.models import Piece
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

_USER = settings.AUTH_USER_MODEL


class Agreement(models.Model):
    """What binds a laureate and those who give, or the State and authorities (R-80, R-117, R-124).

    ``cents``, ``valid_from`` and ``valid_to`` are those of the last deed in force.
    """

    class Kind(models.TextChoices):
        AWARD = "award", _("convention avec un lauréat")
        CONTRACT = "contract", _("contrat entre l'État et des collectivités")

    class State(models.TextChoices):
        DRAFT = "draft", _("en préparation")
        TO_SIGN = "to_sign", _("à signer")
        SIGNED = "signed", _("signée")
        ENDED = "ended", _("terminée")
        CANCELLED = "cancelled", _("abandonnée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    #: Where it is journalled: the subject of its dossier, or that of its programme, or its first signatory's.
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="agreements")
    kind = models.CharField(_("nature"), max_length=8, choices=Kind.choices)
    dossier = models.ForeignKey(
        Dossier, on_delete=models.PROTECT, null=True, blank=True, related_name="agreements"
    )
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="agreements"
    )
    number = models.CharField(_("numéro"), max_length=100, unique=True)
    title = models.CharField(_("intitulé"), max_length=200)
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.DRAFT)
    cents = models.BigIntegerField(_("montant en centimes"), null=True, blank=True, editable=False)
    valid_from = models.DateField(_("depuis le"), null=True, blank=True)
    #: The last day, included.
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    public = models.BooleanField(_("au registre public des contrats"), default=False)
    source = models.CharField(_("source"), max_length=300, blank=True)
    example = models.BooleanField(_("exemple fictif"), default=False)
    made_at = models.DateTimeField(_("préparée le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    ended_on = models.DateField(_("terminée le"), null=True, blank=True)
    why = models.CharField(_("motif"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Agreement"]] = models.Manager()

    class Meta:
        verbose_name = _("convention")
        verbose_name_plural = _("conventions")
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="award", dossier__isnull=False) | Q(kind="contract", dossier=None),
                name="agreements_award_has_dossier",
            ),
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(dossier__isnull=False) & ~Q(state="cancelled"),
                name="agreements_one_of_dossier",
                violation_error_message=_("Ce dossier a déjà une convention."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["ended", "cancelled"]) & ~Q(why="")
                | Q(state__in=["draft", "to_sign", "signed"]),
                name="agreements_end_says_why",
                violation_error_message=_("Dites pourquoi."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
                name="agreements_period_in_order",
                violation_error_message=_("La fin suit le début."),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Deed(models.Model):
    """What is signed: number 0 is the agreement itself, then each amendment, yearly ones with their year.

    ``body``: ``{"object", "commitments": [{"who", "text"}], "cents", "valid_from", "valid_to", "schedule":
    [{"kind", "label", "cents", "due", "condition"}], "reason"}``. Once frozen its document never changes.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("en préparation")
        FROZEN = "frozen", _("à signer")
        IN_FORCE = "in_force", _("en vigueur")
        CANCELLED = "cancelled", _("abandonné")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="deeds")
    number = models.PositiveSmallIntegerField(_("numéro"))
    year = models.PositiveSmallIntegerField(_("exercice"), null=True, blank=True)
    body: models.JSONField[Any, Any] = models.JSONField(default=dict)
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.DRAFT)
    document = models.BinaryField(null=True)
    sha256 = models.CharField(_("empreinte SHA-256"), max_length=64, blank=True)
    frozen_at = models.DateTimeField(_("figé le"), null=True, blank=True)
    in_force_on = models.DateField(_("en vigueur depuis le"), null=True, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Deed"]] = models.Manager()

    class Meta:
        verbose_name = _("acte d'une convention")
        verbose_name_plural = _("actes des conventions")
        ordering = ["agreement", "number"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreements_deed_number_once"),
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(state__in=["draft", "frozen"]),
                name="agreements_one_deed_waits",
                violation_error_message=_("Un acte de cette convention se prépare ou se signe déjà."),
            ),
            models.CheckConstraint(
                condition=Q(state="draft", frozen_at=None, sha256="")
                | Q(state__in=["frozen", "in_force"], frozen_at__isnull=False) & ~Q(sha256="")
                | Q(state="cancelled"),
                name="agreements_deed_frozen_has_hash",
            ),
            models.CheckConstraint(
                condition=Q(state="in_force", in_force_on__isnull=False)
                | ~Q(state="in_force") & Q(in_force_on=None),
                name="agreements_deed_in_force_has_day",
            ),
            FrozenOnce(
                once="frozen_at",
                fields=["agreement", "number", "year", "body", "document", "sha256"],
                name="agreements_deed_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.number}"


class Signatory(models.Model):
    """Who signs an agreement and its amendments: the programme, a sponsor, the applicant, another actor."""

    class Side(models.TextChoices):
        OWNER = "owner", _("porteur du programme")
        SPONSOR = "sponsor", _("financeur")
        APPLICANT = "applicant", _("bénéficiaire")
        OTHER = "other", _("autre signataire")

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="signatories")
    side = models.CharField(_("au titre de"), max_length=9, choices=Side.choices)
    sponsor = models.ForeignKey(Sponsor, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    actor = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="agreements_signed"
    )
    name = models.CharField(_("organisation"), max_length=200)
    person = models.CharField(_("représentée par"), max_length=160, blank=True)
    rank = models.PositiveSmallIntegerField(default=0)
    #: From which deed on, and up to which one (left out): who joins or leaves does it by an amendment.
    first = models.PositiveSmallIntegerField(default=0)
    last = models.PositiveSmallIntegerField(null=True, blank=True)

    objects: ClassVar[models.Manager["Signatory"]] = models.Manager()

    class Meta:
        verbose_name = _("signataire")
        verbose_name_plural = _("signataires")
        ordering = ["agreement", "rank", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "name"],
                name="agreements_signatory_once",
                violation_error_message=_("Ce signataire est déjà nommé."),
            ),
            models.CheckConstraint(condition=~Q(name=""), name="agreements_signatory_named"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def always(self) -> bool:
        """Say whether no deed does without this signature: of who gives, of who receives."""
        return self.side in {self.Side.OWNER, self.Side.APPLICANT}


class Signature(models.Model):
    """A signatory agrees with a deed: with this document and no other (its hash). Never changed."""

    class How(models.TextChoices):
        ONLINE = "online", _("en ligne, identité prouvée deux fois")
        PAPER = "paper", _("sur papier, exemplaire joint")

    deed = models.ForeignKey(Deed, on_delete=models.PROTECT, related_name="signatures")
    signatory = models.ForeignKey(Signatory, on_delete=models.PROTECT, related_name="signatures")
    sha256 = models.CharField(_("empreinte du document signé"), max_length=64)
    how = models.CharField(_("mode de signature"), max_length=6, choices=How.choices)
    signed_on = models.DateField(_("signé le"))
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Signature"]] = models.Manager()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["deed", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["deed", "signatory"],
                name="agreements_signed_once",
                violation_error_message=_("Ce signataire a déjà signé."),
            ),
            models.CheckConstraint(
                condition=Q(how="online") | Q(piece__isnull=False),
                name="agreements_paper_has_piece",
                violation_error_message=_("Joignez l'exemplaire signé."),
            ),
            AppendOnly(name="agreements_signature_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.deed_id} {self.signatory_id}"


class Annex(models.Model):
    """A file that goes with a deed: its hash is in the document that is signed."""

    deed = models.ForeignKey(Deed, on_delete=models.PROTECT, related_name="annexes")
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("nom"), max_length=200)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(_("enlevée le"), null=True, blank=True)

    objects: ClassVar[models.Manager["Annex"]] = models.Manager()

    class Meta:
        verbose_name = _("annexe")
        verbose_name_plural = _("annexes")
        ordering = ["deed", "id"]

    def __str__(self) -> str:
        return self.name


class Instalment(models.Model):
    """A part of the aid: an advance, a part, the balance; when and after what it may be asked."""

    class Kind(models.TextChoices):
        ADVANCE = "advance", _("avance")
        PART = "part", _("acompte")
        BALANCE = "balance", _("solde")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="instalments")
    deed = models.ForeignKey(Deed, on_delete=models.PROTECT, related_name="instalments")
    rank = models.PositiveSmallIntegerField(_("rang"))
    kind = models.CharField(_("nature"), max_length=7, choices=Kind.choices)
    label = models.CharField(_("intitulé"), max_length=160, blank=True)
    cents = models.BigIntegerField(_("montant en centimes"))
    due = models.DateField(_("à demander à partir du"), null=True, blank=True)
    condition = models.CharField(_("pièces demandées"), max_length=300, blank=True)
    #: Replaced by the schedule of a later deed.
    dropped_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Instalment"]] = models.Manager()

    class Meta:
        verbose_name = _("échéance d'une convention")
        verbose_name_plural = _("échéances des conventions")
        ordering = ["agreement", "rank", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents__gt=0),
                name="agreements_instalment_positive",
                violation_error_message=_("Un versement est plus grand que zéro."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.rank}"


class NamedPole(models.Model):
    """A pole that a contract names, and how (R-117)."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="named_poles")
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="named_in")
    how = models.CharField(_("à quel titre"), max_length=300, blank=True)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["NamedPole"]] = models.Manager()

    class Meta:
        verbose_name = _("pôle nommé dans un contrat")
        verbose_name_plural = _("pôles nommés dans des contrats")
        ordering = ["agreement", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "pole"],
                name="agreements_pole_named_once",
                violation_error_message=_("Ce pôle est déjà nommé dans ce contrat."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.pole_id}"
