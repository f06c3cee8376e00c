"""Programmes, their strands, calls, what a call asks (a form in versions) and who answers for it."""

from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import FrozenOnce
from terreau.subjects.models import Subject
from terreau.territories.models import Zone


def _rebuilt_or_invented(sourced: bool) -> str:
    return gettext("exemple reconstruit des sources") if sourced else gettext("exemple fictif")


def _author(**kwargs: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", **kwargs
    )


class Support(models.TextChoices):
    """What a strand gives (R-76, decree 2015-431 art. 1)."""

    SUBSIDY = "subsidy", _("subvention")
    JOB = "job", _("aide au poste")
    INVESTMENT = "investment", _("aide à l'investissement")
    ACCOMPANIMENT = "accompaniment", _("accompagnement")
    LOGISTICS = "logistics", _("appui logistique")
    INTELLECTUAL = "intellectual", _("appui intellectuel")


class Dimension(models.TextChoices):
    """What a feasibility study may bear on (R-75)."""

    DIAGNOSIS = "diagnosis", _("diagnostic du territoire")
    SOCIAL_UTILITY = "social_utility", _("utilité sociale des activités")
    MUTUALISATION = "mutualisation", _("nature des fonctions et des moyens mutualisés")
    GOVERNANCE = "governance", _("mode de gouvernance")
    AUTHORITIES = "authorities", _("partenariat avec les collectivités")
    ACTION_RESEARCH = "action_research", _("recherche-action")
    FUNDING = "funding", _("montage financier")


class Applicant(models.TextChoices):
    """Who may answer a call, authorities too (R-73)."""

    POLE = "pole", _("pôle")
    ESS_ENTERPRISE = "ess_enterprise", _("entreprise de l'économie sociale et solidaire")
    COMPANY = "company", _("autre entreprise")
    AUTHORITY = "authority", _("collectivité ou groupement de collectivités")
    NETWORK = "network", _("réseau ou tête de réseau")
    RESEARCH = "research", _("recherche, enseignement supérieur ou formation")
    OTHER = "other", _("autre organisation")


class Category(models.TextChoices):
    """How far the pole of an applicant is (R-73)."""

    EXISTING = "existing", _("pôle existant")
    PROJECT = "project", _("pôle en projet")
    INTEREST = "interest", _("manifestation d'intérêt")


class Programme(models.Model):
    """What an owner of any level finances: its strands and its calls (R-74, R-88)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("brouillon")
        PUBLISHED = "published", _("publié")
        CLOSED = "closed", _("clos")

    class Level(models.TextChoices):
        STATE = "state", _("État")
        REGION = "region", _("région")
        LOCAL = "local", _("commune, intercommunalité ou département")
        NETWORK = "network", _("réseau ou fondation")
        EUROPE = "europe", _("Union européenne")

    subject = models.OneToOneField(
        Subject, on_delete=models.PROTECT, primary_key=True, related_name="programme"
    )
    slug = models.SlugField(_("adresse"), max_length=60, unique=True)
    name = models.CharField(_("nom"), max_length=200)
    name_en = models.CharField(_("nom en anglais"), max_length=200, blank=True)
    summary = models.TextField(_("résumé"), blank=True)
    summary_en = models.TextField(_("résumé en anglais"), blank=True)
    level = models.CharField(_("niveau"), max_length=8, choices=Level.choices, default=Level.STATE)
    owner = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="programmes"
    )
    #: When the owner is no actor of the register: a ministry.
    owner_name = models.CharField(_("porteur du programme"), max_length=200)
    valid_from = models.DateField(_("depuis le"), null=True, blank=True)
    #: The day after the last one.
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    envelope_cents = models.BigIntegerField(_("enveloppe en centimes"), null=True, blank=True)
    legal_basis = models.CharField(_("base juridique"), max_length=300, blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    example = models.BooleanField(_("exemple"), default=False)
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.DRAFT)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Programme"]] = models.Manager()

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["name", "slug"]
        constraints = [
            models.CheckConstraint(condition=~Q(owner_name=""), name="calls_programme_has_owner"),
            models.CheckConstraint(
                condition=Q(envelope_cents=None) | Q(envelope_cents__gte=0), name="calls_programme_envelope"
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="calls_programme_ends_after",
                violation_error_message=_("La fin suit le début."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def example_words(self) -> str:
        """What an example is: rebuilt from what its sources tell, or invented."""
        return _rebuilt_or_invented(bool(self.source))


class Strand(models.Model):
    """A part of a programme, with what it gives, to what, with how much (R-74 to R-76, R-84)."""

    class Kind(models.TextChoices):
        FEASIBILITY = "feasibility", _("étude de faisabilité")
        EXPERIMENTATION = "experimentation", _("expérimentation")
        LABELLING = "labelling", _("capitalisation et labellisation")
        CAPITALISATION = "capitalisation", _("capitalisation")
        TRANSVERSAL = "transversal", _("actions transversales")
        OTHER = "other", _("autre")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="strands")
    code = models.SlugField(_("repère"), max_length=40)
    name = models.CharField(_("nom"), max_length=200)
    name_en = models.CharField(_("nom en anglais"), max_length=200, blank=True)
    kind = models.CharField(_("nature"), max_length=15, choices=Kind.choices)
    #: Codes of ``Support``.
    support: models.JSONField[Any, Any] = models.JSONField(_("formes de l'aide"), default=list, blank=True)
    #: Codes of ``Dimension``.
    dimensions: models.JSONField[Any, Any] = models.JSONField(_("dimensions"), default=list, blank=True)
    #: Codes of grids.
    grids: models.JSONField[Any, Any] = models.JSONField(_("grilles d'éligibilité"), default=list, blank=True)
    #: None: left to the owner of the programme.
    envelope_cents = models.BigIntegerField(_("enveloppe en centimes"), null=True, blank=True)
    deliverables = models.TextField(_("livrables"), blank=True)
    calendar = models.TextField(_("calendrier"), blank=True)
    source = models.CharField(_("source"), max_length=300, blank=True)
    rank = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Strand"]] = models.Manager()

    class Meta:
        verbose_name = _("volet")
        verbose_name_plural = _("volets")
        ordering = ["programme", "rank", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "code"],
                name="calls_strand_code_once",
                violation_error_message=_("Un volet de ce programme porte déjà ce repère."),
            ),
            models.CheckConstraint(
                condition=Q(envelope_cents=None) | Q(envelope_cents__gte=0), name="calls_strand_envelope"
            ),
        ]

    def __str__(self) -> str:
        return self.name


#: Stages that a call may use or drop; the others are in every call (``dossiers.states``).
STAGES: Final = ("region", "national", "committee")
OPINIONS: Final = ("none", "asked", "mandatory")


class Call(models.Model):
    """A call of a programme: who may answer, until when, with what, and how it is instructed.

    JSON fields, all checked by ``calls.document`` (loading) and ``calls.building`` (pages):

    - ``applicants``, ``categories``: codes of ``Applicant`` and ``Category``; empty: everybody.
    - ``grids``: codes of eligibility grids.
    - ``criteria``: own rules of the call, see ``calls.eligibility``.
    - ``review``: ``{"criteria": [{"code", "label", "label_en", "weight": int, "max": int, "text": bool,
      "source"}], "reviewers": int|None}``; weights null when left to the owner.
    - ``stages``: ``[{"code": one of STAGES, "label", "label_en", "opinion": one of OPINIONS}]``, in order.
    - ``letters``: ``{event: {"subject", "body"}}``; events in ``calls.letters.EVENTS``.
    - ``ranking``: ``{"by": "score"|"opinion"|"instructed", "tie": "asked"|"deposit"|"draw", "told":
      "together"|"each"}``; ``told``: when applicants learn decisions (``dossiers.announcing``).
    - ``portfolio``: constraints of the assistant of the committee; empty: off.
    - ``deposit``: how a file is given: ``{"channels": [of online, paper, email], "both": paper and e-mail
      both, "signed": each partner signs before}``; empty: online, by one hand (``dossiers.paper``).
    - ``figures``: what is known of the real call, ``[{"code", "value": int, "source"}]``.
    - ``sources``: name of a field → where its value was read.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("brouillon")
        OPEN = "open", _("publié")
        CLOSED = "closed", _("clos")
        DECIDED = "decided", _("décidé")
        ARCHIVED = "archived", _("archivé")

    class Late(models.TextChoices):
        REFUSE = "refuse", _("refusés")
        FLAG = "flag", _("reçus et signalés")

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, primary_key=True, related_name="call")
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="calls")
    slug = models.SlugField(_("adresse"), max_length=60, unique=True)
    title = models.CharField(_("titre"), max_length=200)
    title_en = models.CharField(_("titre en anglais"), max_length=200, blank=True)
    summary = models.TextField(_("résumé"), blank=True)
    summary_en = models.TextField(_("résumé en anglais"), blank=True)
    state = models.CharField(_("état"), max_length=8, choices=State.choices, default=State.DRAFT)
    opens_at = models.DateTimeField(_("ouvre le"), null=True, blank=True)
    closes_at = models.DateTimeField(_("ferme le"), null=True, blank=True)
    #: Minutes after ``closes_at`` during which a deposit is still on time.
    tolerance = models.PositiveIntegerField(_("tolérance en minutes"), default=0)
    late = models.CharField(
        _("dépôts après l'heure"), max_length=6, choices=Late.choices, default=Late.REFUSE
    )
    decision_on = models.DateField(_("décision prévue le"), null=True, blank=True)
    envelope_cents = models.BigIntegerField(_("enveloppe en centimes"), null=True, blank=True)
    min_cents = models.BigIntegerField(_("aide minimale en centimes"), null=True, blank=True)
    max_cents = models.BigIntegerField(_("aide maximale en centimes"), null=True, blank=True)
    duration_months = models.PositiveSmallIntegerField(_("durée en mois"), null=True, blank=True)
    #: Hundredths of a percent: 5000 is half.
    rate_max = models.PositiveIntegerField(_("taux maximal d'aide"), null=True, blank=True)
    places = models.PositiveIntegerField(_("nombre de lauréats attendus"), null=True, blank=True)
    de_minimis = models.BooleanField(_("aide de minimis"), default=False)
    applicants: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    categories: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    strands: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        Strand, related_name="calls", blank=True
    )
    grids: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    criteria: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    review: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    stages: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    letters: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    ranking: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    portfolio: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    deposit: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    figures: models.JSONField[Any, Any] = models.JSONField(default=list, blank=True)
    sources: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    previous = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="next_ones"
    )
    source = models.CharField(_("source"), max_length=300, blank=True)
    example = models.BooleanField(_("exemple"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = _author()
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Call"]] = models.Manager()

    class Meta:
        verbose_name = _("appel")
        verbose_name_plural = _("appels")
        ordering = ["-closes_at", "slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                name="calls_call_closes_after",
                violation_error_message=_("La fermeture suit l'ouverture."),
            ),
            models.CheckConstraint(
                condition=Q(min_cents=None) | Q(max_cents=None) | Q(max_cents__gte=F("min_cents")),
                name="calls_call_amounts",
                violation_error_message=_("L'aide maximale n'est pas inférieure à la minimale."),
            ),
            models.CheckConstraint(
                condition=(Q(min_cents=None) | Q(min_cents__gte=0))
                & (Q(max_cents=None) | Q(max_cents__gte=0))
                & (Q(envelope_cents=None) | Q(envelope_cents__gte=0)),
                name="calls_call_not_negative",
                violation_error_message=_("Un montant n'est pas négatif."),
            ),
            models.CheckConstraint(
                condition=Q(rate_max=None) | Q(rate_max__lte=10_000),
                name="calls_call_rate",
                violation_error_message=_("Un taux ne dépasse pas 100 %."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def example_words(self) -> str:
        """What an example is: rebuilt from what its sources tell, or invented."""
        return _rebuilt_or_invented(bool(self.source or self.sources))

    def phase(self, at: datetime | None = None) -> str:
        """Return ``draft``, ``announced``, ``open``, ``closed``, ``decided`` or ``archived`` at an instant.

        A published call opens and closes by the clock, its tolerance in. Without an opening it is announced;
        without a closing it stays open (a permanent call).
        """
        now = at or timezone.now()
        if self.state != self.State.OPEN:
            return str(self.state)
        if self.opens_at is None or now < self.opens_at:
            return "announced"
        last = self.last_instant
        return "closed" if last is not None and now > last else "open"

    @property
    def closed_early(self) -> bool:
        """Whether the call was closed by hand, and its closing is still to come."""
        by_hand = self.state in {self.State.CLOSED, self.State.DECIDED, self.State.ARCHIVED}
        return by_hand and self.closes_at is not None and self.closes_at > timezone.now()

    @property
    def last_instant(self) -> datetime | None:
        """The last instant at which a deposit is on time: the closing and its tolerance."""
        return self.closes_at + timedelta(minutes=self.tolerance) if self.closes_at else None

    @property
    def stage_codes(self) -> tuple[str, ...]:
        """Stages that the call uses, in their order."""
        return tuple(str(one["code"]) for one in self.stages)

    @property
    def mandatory_stages(self) -> frozenset[str]:
        """Stages that no file leaves without an opinion."""
        return frozenset(str(one["code"]) for one in self.stages if one.get("opinion") == "mandatory")


class Sponsor(models.Model):
    """Who finances a call, with its share and its opinion (R-85)."""

    class Opinion(models.TextChoices):
        NONE = "none", _("pas d'avis")
        ASKED = "asked", _("avis demandé")
        MANDATORY = "mandatory", _("avis obligatoire")

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="sponsors")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("nom"), max_length=200)
    #: None: left to the owner of the programme.
    share_cents = models.BigIntegerField(_("part en centimes"), null=True, blank=True)
    #: Hundredths of a percent.
    share_rate = models.PositiveIntegerField(_("part en centièmes de pour cent"), null=True, blank=True)
    opinion = models.CharField(_("avis"), max_length=9, choices=Opinion.choices, default=Opinion.NONE)
    rank = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Sponsor"]] = models.Manager()

    class Meta:
        verbose_name = _("financeur")
        verbose_name_plural = _("financeurs")
        ordering = ["call", "rank", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "name"],
                name="calls_sponsor_once",
                violation_error_message=_("Ce financeur est déjà dans l'appel."),
            ),
            models.CheckConstraint(
                condition=(Q(share_cents=None) | Q(share_cents__gte=0))
                & (Q(share_rate=None) | Q(share_rate__lte=10_000)),
                name="calls_sponsor_share",
                violation_error_message=_("La part d'un financeur est positive, et de 100 % au plus."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FormVersion(models.Model):
    """What a call asks (``calls.form_rules``). Free while a draft; frozen once published."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="forms")
    number = models.PositiveIntegerField(_("numéro"))
    content: models.JSONField[Any, Any] = models.JSONField(_("formulaire"), default=dict)
    published_at = models.DateTimeField(_("publié le"), null=True, blank=True, editable=False)
    note = models.CharField(_("ce qui change"), max_length=300, blank=True)
    by = _author()
    at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["FormVersion"]] = models.Manager()

    class Meta:
        verbose_name = _("version du formulaire")
        verbose_name_plural = _("versions du formulaire")
        ordering = ["call", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="calls_form_number_once"),
            models.UniqueConstraint(
                fields=["call"], condition=Q(published_at=None), name="calls_form_one_draft"
            ),
            FrozenOnce(
                once="published_at",
                fields=["call", "number", "content", "note"],
                name="calls_form_frozen",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.number}"


class RoleQuerySet(models.QuerySet["Role"]):
    def held_on(self, day: date) -> "RoleQuerySet":
        """Roles in force on a day."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day)


class Role(models.Model):
    """What a person is in a programme (then in all its calls) or in one call. Dated; the end is out."""

    class Kind(models.TextChoices):
        OWNER = "owner", _("porteur du programme")
        OFFICER = "officer", _("instruction")
        REVIEWER = "reviewer", _("relecture")
        COMMITTEE = "committee", _("comité")
        SPONSOR = "sponsor", _("financeur")
        AUDITOR = "auditor", _("contrôle")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="call_roles")
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="roles"
    )
    call = models.ForeignKey(Call, on_delete=models.PROTECT, null=True, blank=True, related_name="roles")
    role = models.CharField(_("rôle"), max_length=9, choices=Kind.choices)
    sponsor = models.ForeignKey(
        Sponsor, on_delete=models.PROTECT, null=True, blank=True, related_name="people"
    )
    #: The region of an officer who instructs one alone.
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    valid_from = models.DateField(_("depuis le"))
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    named_by = _author()
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[RoleQuerySet] = RoleQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("rôle dans un appel")
        verbose_name_plural = _("rôles dans les appels")
        ordering = ["role", "valid_from", "id"]
        indexes = [models.Index(fields=["user", "role"], name="calls_role_user")]
        constraints = [
            models.CheckConstraint(
                condition=Q(programme=None, call__isnull=False) | Q(programme__isnull=False, call=None),
                name="calls_role_of_one",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="calls_role_ends_after",
                violation_error_message=_("La fin ne peut pas précéder le début."),
            ),
            models.CheckConstraint(
                condition=Q(role="sponsor", sponsor__isnull=False) | (~Q(role="sponsor") & Q(sponsor=None)),
                name="calls_role_sponsor_named",
                violation_error_message=_("Dites pour quel financeur cette personne parle."),
            ),
            models.CheckConstraint(
                condition=Q(zone=None) | Q(role="officer"),
                name="calls_role_zone_of_officer",
                violation_error_message=_("Seule l'instruction se limite à une région."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"
