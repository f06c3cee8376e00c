"""Labels of owners, the requests that poles make, what is decided, what a label opens, its certificate."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.common.money import Euro
from terreau.followup.models import Conclusion
from terreau.grids.models import GridVersion
from terreau.journal.models import Event
from terreau.labels import rules
from terreau.poles.models import Pole
from terreau.projects.models import JointProject
from terreau.subjects.models import Subject

_USER = settings.AUTH_USER_MODEL
_LABELS = sorted(str(one) for one in rules.LABELS)
_OPEN = sorted(str(one) for one in rules.OPEN)


def _english() -> bool:
    return (get_language() or "fr").startswith("en")


class Scheme(models.Model):
    """A label: who gives it, under which criteria, for how long, and how its decisions are contested."""

    class State(models.TextChoices):
        DRAFT = "draft", _("en préparation")
        PUBLISHED = "published", _("ouvert aux demandes")
        CLOSED = "closed", _("fermé aux demandes")

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, primary_key=True, related_name="label")
    slug = models.SlugField(_("adresse"), max_length=60, unique=True)
    name = models.CharField(_("nom du label"), max_length=120)
    name_en = models.CharField(_("nom en anglais"), max_length=120, blank=True)
    summary = models.TextField(_("ce qu'il reconnaît"), blank=True)
    summary_en = models.TextField(_("ce qu'il reconnaît, en anglais"), blank=True)
    owner = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="labels")
    grid_version = models.ForeignKey(GridVersion, on_delete=models.PROTECT, related_name="labels")
    months = models.PositiveSmallIntegerField(_("durée en mois"), default=36)
    renew_months = models.PositiveSmallIntegerField(_("renouvelable, mois avant la fin"), default=6)
    appeal_days = models.PositiveSmallIntegerField(_("jours pour contester"), default=60)
    appeal_to = models.CharField(_("qui examine les recours"), max_length=200, blank=True)
    legal_basis = models.CharField(_("texte qui institue le label"), max_length=300, blank=True)
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.DRAFT)
    example = models.BooleanField(_("exemple fictif"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Scheme"]] = models.Manager()

    class Meta:
        verbose_name = _("label")
        verbose_name_plural = _("labels")
        ordering = ["name", "subject"]
        constraints = [
            models.CheckConstraint(
                condition=Q(months__gte=1, months__lte=120),
                name="labels_scheme_months",
                violation_error_message=_("Un label vaut de 1 à 120 mois."),
            ),
            models.CheckConstraint(
                condition=Q(renew_months__lt=F("months")),
                name="labels_scheme_renewal",
                violation_error_message=_("On renouvelle avant la fin, moins tôt que le début."),
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def title(self) -> str:
        """The name in the language of the page."""
        return self.name_en if _english() and self.name_en else self.name

    @property
    def about(self) -> str:
        """What it recognises, in the language of the page."""
        return self.summary_en if _english() and self.summary_en else self.summary


class Keeper(models.Model):
    """Who instructs or decides for a label, from a day to another."""

    class Role(models.TextChoices):
        INSTRUCTS = "instructs", _("instruit les demandes")
        DECIDES = "decides", _("décide")

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="keepers")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(_("rôle"), max_length=9, choices=Role.choices)
    valid_from = models.DateField(_("depuis le"))
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    named_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Keeper"]] = models.Manager()

    class Meta:
        verbose_name = _("personne qui tient un label")
        verbose_name_plural = _("personnes qui tiennent un label")
        ordering = ["scheme", "valid_from", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scheme", "user", "role"],
                condition=Q(valid_to=None),
                name="labels_keeper_once",
                violation_error_message=_("Cette personne a déjà ce rôle."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="labels_keeper_ends_after"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} {self.role}"


class LabelRequest(models.Model):
    """What a pole asks for, then the label that it holds. It never changes but by a decision.

    ``contested``: the state against which an appeal runs. ``valid_to`` is the last day. ``grid_version``: the
    criteria in force the day it was asked for.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("demandé")
        INSTRUCTED = "instructed", _("en instruction")
        GRANTED = "granted", _("accordé")
        REFUSED = "refused", _("refusé")
        SUSPENDED = "suspended", _("suspendu")
        WITHDRAWN = "withdrawn", _("retiré")
        EXPIRED = "expired", _("expiré")
        IN_APPEAL = "in_appeal", _("en recours")
        RENEWED = "renewed", _("renouvelé")
        DROPPED = "dropped", _("demande abandonnée")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="requests")
    number = models.PositiveIntegerField(_("numéro"))
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="label_requests")
    conclusion = models.ForeignKey(Conclusion, on_delete=models.PROTECT, related_name="label_requests")
    grid_version = models.ForeignKey(GridVersion, on_delete=models.PROTECT, related_name="label_requests")
    renews = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="renewals")
    words = models.TextField(_("ce que le pôle en dit"), blank=True)
    state = models.CharField(_("état"), max_length=10, choices=State.choices, default=State.REQUESTED)
    contested = models.CharField(_("décision contestée"), max_length=10, blank=True)
    state_since = models.DateTimeField(_("depuis le"), default=timezone.now)
    decided_on = models.DateField(_("décidé le"), null=True)
    valid_from = models.DateField(_("vaut à partir du"), null=True)
    valid_to = models.DateField(_("vaut jusqu'au"), null=True)
    requested_at = models.DateTimeField(_("demandé le"), default=timezone.now, editable=False)
    requested_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    example = models.BooleanField(_("exemple fictif"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["LabelRequest"]] = models.Manager()

    class Meta:
        verbose_name = _("demande de label")
        verbose_name_plural = _("demandes de label")
        ordering = ["scheme", "-number"]
        indexes = [models.Index(fields=["pole", "state"], name="labels_request_of_pole")]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "number"], name="labels_number_once"),
            models.UniqueConstraint(
                fields=["scheme", "pole"],
                condition=Q(state__in=_OPEN),
                name="labels_one_open_request",
                violation_error_message=_("Une demande de ce pôle attend déjà une réponse."),
            ),
            models.UniqueConstraint(
                fields=["scheme", "conclusion"],
                condition=~Q(state="dropped"),
                name="labels_evaluation_once",
                violation_error_message=_("Cette évaluation a déjà servi à une demande de ce label."),
            ),
            models.CheckConstraint(
                condition=~Q(state__in=_LABELS) | Q(valid_from__isnull=False, valid_to__isnull=False),
                name="labels_label_has_dates",
                violation_error_message=_("Un label a un premier et un dernier jour."),
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None, valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="labels_label_ends_after",
                violation_error_message=_("La fin ne précède pas le début."),
            ),
            models.CheckConstraint(
                condition=Q(state="in_appeal", contested__in=["refused", "suspended", "withdrawn"])
                | ~Q(state="in_appeal") & Q(contested=""),
                name="labels_appeal_against_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme_id} {self.number}"

    @property
    def name(self) -> str:
        """The number as people write it."""
        return f"{self.scheme.slug.upper()}-{self.number:04d}"

    def worth(self, on: object) -> rules.Worth:
        """What it is worth on a day."""
        contested = rules.State(self.contested) if self.contested else None
        return rules.worth(rules.State(self.state), contested, self.valid_from, self.valid_to, on)  # type: ignore[arg-type]


class Finding(models.Model):
    """What instruction finds of one criterion; it may be written again until the decision, which keeps it."""

    class Answer(models.TextChoices):
        YES = "oui", _("oui")
        NO = "non", _("non")
        TO_CHECK = "a_verifier", _("à vérifier")

    request = models.ForeignKey(LabelRequest, on_delete=models.PROTECT, related_name="findings")
    criterion = models.CharField(_("critère"), max_length=60)
    answer = models.CharField(_("constat"), max_length=10, choices=Answer.choices)
    words = models.TextField(_("ce qui le montre"), blank=True)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("écrit le"), default=timezone.now)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Finding"]] = models.Manager()

    class Meta:
        verbose_name = _("constat sur un critère")
        verbose_name_plural = _("constats sur les critères")
        ordering = ["request", "id"]
        constraints = [
            models.UniqueConstraint(fields=["request", "criterion"], name="labels_finding_once"),
            models.CheckConstraint(
                condition=Q(answer="oui") | ~Q(words=""),
                name="labels_finding_says_why",
                violation_error_message=_("Un critère qui manque ou reste à vérifier : dites pourquoi."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.criterion} {self.answer}"


class LabelDecision(models.Model):
    """A move of a request or of a label: who, when, from what to what, why. Never changed."""

    request = models.ForeignKey(LabelRequest, on_delete=models.PROTECT, related_name="decisions")
    rank = models.PositiveIntegerField(_("rang"))
    verb = models.CharField(_("verbe"), max_length=12)
    before = models.CharField(_("avant"), max_length=10, choices=LabelRequest.State.choices)
    after = models.CharField(_("après"), max_length=10, choices=LabelRequest.State.choices)
    reason = models.TextField(_("motif"), blank=True)
    on = models.DateField(_("le"))
    at = models.DateTimeField(_("écrit le"), default=timezone.now)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    data = models.JSONField(_("ce qui l'accompagne"), default=dict)

    objects: ClassVar[models.Manager["LabelDecision"]] = models.Manager()

    class Meta:
        verbose_name = _("décision sur un label")
        verbose_name_plural = _("décisions sur les labels")
        ordering = ["request", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["request", "rank"], name="labels_decision_rank_once"),
            models.CheckConstraint(
                condition=Q(verb__in=["ask", "take", "renew", "expire"]) | ~Q(reason=""),
                name="labels_decision_says_why",
                violation_error_message=_("Une décision dit pourquoi."),
            ),
            AppendOnly(name="labels_decision_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.rank} {self.verb}"


class PlanStep(models.Model):
    """A step of the progress plan of a label (R-81): what, until when, what was done."""

    request = models.ForeignKey(LabelRequest, on_delete=models.PROTECT, related_name="plan")
    text = models.CharField(_("progrès attendu"), max_length=300)
    due_on = models.DateField(_("pour le"))
    done_on = models.DateField(_("fait le"), null=True, blank=True)
    done_words = models.TextField(_("ce qui a été fait"), blank=True)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["PlanStep"]] = models.Manager()

    class Meta:
        verbose_name = _("étape du plan de progrès")
        verbose_name_plural = _("étapes du plan de progrès")
        ordering = ["request", "due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on=None) | ~Q(done_words=""),
                name="labels_step_done_says_what",
                violation_error_message=_("Dites ce qui a été fait."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.due_on}"


class Advantage(models.Model):
    """What a label opens to a member: under which text, for which project, for how long (R-82)."""

    class Kind(models.TextChoices):
        TAX = "tax", _("exonération fiscale")
        SOCIAL = "social", _("allègement de cotisations sociales")
        CREDIT = "credit", _("crédits d'intervention")
        PREFERENCE = "preference", _("intervention préférentielle d'un financeur")
        OTHER = "other", _("autre")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(LabelRequest, on_delete=models.PROTECT, related_name="advantages")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="label_advantages")
    project = models.ForeignKey(JointProject, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(_("nature"), max_length=10, choices=Kind.choices)
    legal_basis = models.CharField(_("texte qui l'ouvre"), max_length=300)
    starts_on = models.DateField(_("premier jour"))
    ends_on = models.DateField(_("dernier jour"))
    cents: models.BigIntegerField[int | None, int | None] = models.BigIntegerField(
        _("montant en centimes"), null=True, blank=True
    )
    ended_on = models.DateField(_("interrompu le"), null=True, blank=True)
    end_reason = models.CharField(_("motif de l'interruption"), max_length=300, blank=True)
    at = models.DateTimeField(_("écrit le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Advantage"]] = models.Manager()

    class Meta:
        verbose_name = _("avantage ouvert par un label")
        verbose_name_plural = _("avantages ouverts par un label")
        ordering = ["ends_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(legal_basis=""),
                name="labels_advantage_has_text",
                violation_error_message=_("Un avantage s'appuie sur un texte : citez-le."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="labels_advantage_ends_after",
                violation_error_message=_("La fin ne précède pas le début."),
            ),
            models.CheckConstraint(
                condition=Q(cents=None) | Q(cents__gte=0), name="labels_advantage_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, end_reason="") | Q(ended_on__isnull=False) & ~Q(end_reason=""),
                name="labels_advantage_end_has_reason",
                violation_error_message=_("Une interruption a une date et un motif."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.actor_id}"

    @property
    def amount(self) -> Euro | None:
        """The amount, None when nobody said it."""
        return None if self.cents is None else Euro(self.cents)


class Certificate(models.Model):
    """The paper of a label: its code, what it says in canonical JSON, the SHA-256 of it. Never changed.

    ``event`` is the event of the journal that holds the digest: a seal of the journal covers it. It holds no
    personal datum, so that anybody may read it for ever.
    """

    request = models.OneToOneField(
        LabelRequest, on_delete=models.PROTECT, primary_key=True, related_name="certificate"
    )
    token = models.CharField(_("code de vérification"), max_length=14, unique=True)
    content = models.TextField(_("contenu canonique"))
    digest = models.CharField(_("empreinte"), max_length=64)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(_("émis le"), default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["Certificate"]] = models.Manager()

    class Meta:
        verbose_name = _("certificat")
        verbose_name_plural = _("certificats")
        ordering = ["issued_at", "request"]
        constraints = [AppendOnly(name="labels_certificate_append_only")]

    def __str__(self) -> str:
        return self.token
