"""Who decides in a pole: forms, bodies, colleges, seats with their mandates, functions, statutes."""

from fractions import Fraction
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import NoOverlap, ends_after_start
from terreau.common.identifiers import uuid7
from terreau.governance import rules
from terreau.pieces.models import Piece
from terreau.poles.models import Pole


class Majority(models.TextChoices):
    """What a body needs to adopt."""

    SIMPLE = rules.Majority.SIMPLE.value, _("plus de voix pour que contre")
    ABSOLUTE = rules.Majority.ABSOLUTE.value, _("plus de la moitié des voix exprimées et des abstentions")
    TWO_THIRDS = rules.Majority.TWO_THIRDS.value, _("deux tiers des voix exprimées")
    THREE_QUARTERS = rules.Majority.THREE_QUARTERS.value, _("trois quarts des voix exprimées")
    UNANIMITY = rules.Majority.UNANIMITY.value, _("unanimité")
    CONSENT = rules.Majority.CONSENT.value, _("consentement : aucune objection")


class Counting(models.TextChoices):
    """How a body counts votes (R-33)."""

    SEAT = rules.Counting.SEAT.value, _("une voix par siège")
    COLLEGE = rules.Counting.COLLEGE.value, _("par collège, selon son poids")


class Sharing(models.TextChoices):
    """What becomes of the weight of a college."""

    PROPORTIONAL = rules.Sharing.PROPORTIONAL.value, _("partagé comme ses sièges ont voté")
    WHOLE = rules.Sharing.WHOLE.value, _("entier à ce que la plupart ont choisi")


class Form(models.Model):
    """A form of governance that a pole has for a time; several may stand together (R-30, R-151)."""

    class Kind(models.TextChoices):
        DEDICATED = "dedicated", _("structure dédiée (association, coopérative, UES…)")
        CIRCLES = "circles", _("cercles d'appartenance et groupes de projet")
        DELEGATED = "delegated", _("fonctions déléguées à des membres")

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="governance_forms")
    kind = models.CharField(_("forme"), max_length=10, choices=Kind.choices)
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    note = models.CharField(_("précision"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["Form"]] = models.Manager()

    class Meta:
        verbose_name = _("forme de gouvernance")
        verbose_name_plural = _("formes de gouvernance")
        ordering = ["pole", "valid_from", "id"]
        constraints = [
            NoOverlap(
                fields=["pole", "kind"],
                start="valid_from",
                end="valid_to",
                name="governance_form_once",
                violation_error_message=_("Le pôle a déjà cette forme à ces dates."),
            ),
            ends_after_start("valid_from", "valid_to", "governance_form_ends_after"),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.kind}"


class Body(models.Model):
    """A body that meets: assembly, board, circle, project group. Its rules are what its statutes say."""

    class Kind(models.TextChoices):
        ASSEMBLY = "assembly", _("assemblée générale")
        BOARD = "board", _("conseil d'administration")
        BUREAU = "bureau", _("bureau")
        STEERING = "steering", _("comité de pilotage")
        CIRCLE = "circle", _("cercle")
        GROUP = "group", _("groupe de projet")
        OTHER = "other", _("autre instance")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="bodies")
    name = models.CharField(_("nom"), max_length=120)
    kind = models.CharField(_("nature"), max_length=10, choices=Kind.choices, default=Kind.OTHER)
    decides = models.BooleanField(_("prend des décisions"), default=True)
    quorum_num = models.PositiveSmallIntegerField(_("quorum, numérateur"), default=0)
    quorum_den = models.PositiveSmallIntegerField(_("quorum, dénominateur"), default=1)
    quorum_by_college = models.BooleanField(_("quorum demandé à chaque collège"), default=False)
    proxies = models.PositiveSmallIntegerField(_("pouvoirs par personne"), default=1)
    majority = models.CharField(
        _("majorité"), max_length=14, choices=Majority.choices, default=Majority.SIMPLE
    )
    counting = models.CharField(_("décompte"), max_length=8, choices=Counting.choices, default=Counting.SEAT)
    sharing = models.CharField(
        _("poids d'un collège"), max_length=12, choices=Sharing.choices, default=Sharing.PROPORTIONAL
    )
    #: Days between two meetings that the body gave itself; empty when it gave none (R-32).
    meets_every = models.PositiveSmallIntegerField(_("se réunit tous les (jours)"), null=True, blank=True)
    #: Days of notice before a meeting.
    notice_days = models.PositiveSmallIntegerField(_("délai de convocation (jours)"), default=0)
    public = models.BooleanField(_("publiée sur la fiche du pôle"), default=False)
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Body"]] = models.Manager()

    class Meta:
        verbose_name = _("instance")
        verbose_name_plural = _("instances")
        ordering = ["pole", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "name"],
                condition=Q(valid_to=None),
                name="governance_body_name_once",
                violation_error_message=_("Le pôle a déjà une instance de ce nom."),
            ),
            models.CheckConstraint(
                condition=Q(quorum_den__gte=1) & Q(quorum_num__lte=F("quorum_den")),
                name="governance_quorum_is_a_share",
                violation_error_message=_("Le quorum est une part : entre zéro et un."),
            ),
            ends_after_start("valid_from", "valid_to", "governance_body_ends_after"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def quorum(self) -> Fraction:
        """The share of the seats that must be there."""
        return Fraction(self.quorum_num, self.quorum_den)


class College(models.Model):
    """A group of seats that counts together: users, employees, authorities, citizens… (R-33, R-34, R-37)."""

    body = models.ForeignKey(Body, on_delete=models.CASCADE, related_name="colleges")
    name = models.CharField(_("nom"), max_length=80)
    weight = models.PositiveSmallIntegerField(_("poids"), default=1)
    seats_planned = models.PositiveSmallIntegerField(_("sièges prévus"), null=True, blank=True)
    rank = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[models.Manager["College"]] = models.Manager()

    class Meta:
        verbose_name = _("collège")
        verbose_name_plural = _("collèges")
        ordering = ["body", "rank", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "name"],
                name="governance_college_once",
                violation_error_message=_("L'instance a déjà un collège de ce nom."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):
    """A seat of a body held by an actor for a mandate; ``user`` is who sits there, when there is an account.

    Observers see and do not vote (R-33). A mandate has an end that is announced before it comes (R-32).
    """

    class Role(models.TextChoices):
        CHAIR = "chair", _("présidence")
        VICE_CHAIR = "vice_chair", _("vice-présidence")
        SECRETARY = "secretary", _("secrétariat")
        TREASURER = "treasurer", _("trésorerie")
        MEMBER = "member", _("membre")
        OBSERVER = "observer", _("observation, sans voix")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="seats")
    college = models.ForeignKey(
        College, on_delete=models.PROTECT, null=True, blank=True, related_name="seats"
    )
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="seats")
    person = models.CharField(_("qui siège"), max_length=120, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="seats"
    )
    role = models.CharField(_("rôle"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    valid_from = models.DateField(_("mandat depuis"), null=True, blank=True)
    valid_to = models.DateField(_("mandat jusqu'au"), null=True, blank=True)
    end_reason = models.CharField(_("motif de la fin"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Seat"]] = models.Manager()

    class Meta:
        verbose_name = _("siège")
        verbose_name_plural = _("sièges")
        ordering = ["body", "college__rank", "id"]
        constraints = [
            NoOverlap(
                fields=["body", "actor", "person"],
                start="valid_from",
                end="valid_to",
                name="governance_seat_once",
                violation_error_message=_("Cette personne a déjà ce siège à ces dates."),
            ),
            ends_after_start("valid_from", "valid_to", "governance_seat_ends_after"),
        ]

    def __str__(self) -> str:
        return f"{self.body_id} {self.actor_id} {self.role}"

    @property
    def votes(self) -> bool:
        """Say whether the seat has a voice."""
        return self.role != self.Role.OBSERVER


class FunctionShare(models.Model):
    """Who carries a function of the pole, how many hours a month and at what cost a year (R-36, R-102)."""

    class Function(models.TextChoices):
        ANIMATION = "animation", _("animation")
        DECISION = "decision", _("décision")
        MEMBERSHIP = "membership", _("appartenance")
        ENGINEERING = "engineering", _("ingénierie de projets")
        COMMUNICATION = "communication", _("communication")
        WATCH = "watch", _("veille")
        ADMINISTRATION = "administration", _("gestion")
        OTHER = "other", _("autre fonction")

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="function_shares")
    function = models.CharField(_("fonction"), max_length=14, choices=Function.choices)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="functions_carried")
    note = models.CharField(_("précision"), max_length=200, blank=True)
    hours_a_month = models.PositiveIntegerField(_("heures par mois"), null=True, blank=True)
    cents_a_year = models.BigIntegerField(_("coût annuel en centimes"), null=True, blank=True)
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["FunctionShare"]] = models.Manager()

    class Meta:
        verbose_name = _("fonction portée")
        verbose_name_plural = _("fonctions portées")
        ordering = ["pole", "function", "id"]
        constraints = [
            NoOverlap(
                fields=["pole", "function", "actor"],
                start="valid_from",
                end="valid_to",
                name="governance_function_once",
                violation_error_message=_("Cet acteur porte déjà cette fonction à ces dates."),
            ),
            ends_after_start("valid_from", "valid_to", "governance_function_ends_after"),
            models.CheckConstraint(
                condition=Q(cents_a_year__isnull=True) | Q(cents_a_year__gte=0),
                name="governance_function_cost_positive",
                violation_error_message=_("Un coût n'est pas négatif."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.function}"


class Statute(models.Model):
    """A version of the statutes, the internal rules, an agreement between members or the charter of the pole.

    Its words never change; only whether everybody may read them does.
    """

    class Kind(models.TextChoices):
        STATUTES = "statutes", _("statuts")
        RULES = "rules", _("règlement intérieur")
        AGREEMENT = "agreement", _("convention entre membres")
        CHARTER = "charter", _("charte du pôle")

    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="statutes")
    kind = models.CharField(_("nature"), max_length=10, choices=Kind.choices)
    number = models.PositiveSmallIntegerField(_("version"))
    text = models.TextField(_("texte"), blank=True)
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    adopted_on = models.DateField(_("adopté le"), null=True, blank=True)
    note = models.CharField(_("ce qui change"), max_length=300, blank=True)
    public = models.BooleanField(_("publié"), default=False)
    at = models.DateTimeField(_("déposé le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Statute"]] = models.Manager()

    class Meta:
        verbose_name = _("version des statuts")
        verbose_name_plural = _("versions des statuts")
        ordering = ["pole", "kind", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["pole", "kind", "number"], name="governance_statute_once"),
            models.CheckConstraint(
                condition=~Q(text="") | Q(piece__isnull=False),
                name="governance_statute_has_words",
                violation_error_message=_("Donnez le texte, ou le fichier."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pole_id} {self.kind} {self.number}"
