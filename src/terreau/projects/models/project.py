"""Joint projects: partners, tasks, budget, jobs, enterprises, financial engineering (R-107, R-113, Q-51)."""

from datetime import date
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
from terreau.poles.models import Pole
from terreau.projects import rules
from terreau.projects.models.strategy import Objective
from terreau.subjects.models import Subject


class Stage(models.TextChoices):
    """Where a project stands."""

    IDEA = rules.IDEA, _("idée")
    STUDIED = rules.STUDIED, _("à l'étude")
    DECIDED = rules.DECIDED, _("décidé")
    RUNNING = rules.RUNNING, _("en cours")
    DONE = rules.DONE, _("terminé")
    DROPPED = rules.DROPPED, _("abandonné")


class JointProject(models.Model):
    """A project of several, isolated from what each does on its own (R-107)."""

    subject = models.OneToOneField(
        Subject, on_delete=models.PROTECT, primary_key=True, related_name="joint_project"
    )
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="projects")
    title = models.CharField(_("nom du projet"), max_length=160)
    text = models.TextField(_("ce qu'il fera"), blank=True)
    leader = models.ForeignKey(
        Actor,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="projects_led",
        verbose_name=_("mené par"),
    )
    objective = models.ForeignKey(
        Objective,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name=_("objectif servi"),
    )
    enjeux = models.JSONField(_("enjeux servis"), default=list, blank=True)
    starts_on = models.DateField(_("début"), null=True, blank=True)
    ends_on = models.DateField(_("fin"), null=True, blank=True)
    stage = models.CharField(_("étape"), max_length=8, choices=Stage.choices, default=Stage.IDEA)
    public = models.BooleanField(_("publié sur la page du pôle"), default=False)
    words = models.TextField(editable=False, default="")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["JointProject"]] = models.Manager()

    class Meta:
        verbose_name = _("projet commun")
        verbose_name_plural = _("projets communs")
        ordering = ["pole", "title", "subject"]
        constraints = [
            models.UniqueConstraint(
                fields=["pole", "title"],
                condition=~Q(stage="dropped"),
                name="projects_title_once",
                violation_error_message=_("Le pôle a déjà un projet de ce nom."),
            ),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="projects_project_ends_after",
                violation_error_message=_("La fin ne précède pas le début."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class StageMove(models.Model):
    """A project that changed stage: the day, who wrote it, why, by which decision."""

    project = models.ForeignKey(JointProject, on_delete=models.PROTECT, related_name="moves")
    before = models.CharField(_("avant"), max_length=8, choices=Stage.choices)
    after = models.CharField(_("après"), max_length=8, choices=Stage.choices)
    on = models.DateField(_("le"))
    why = models.TextField(_("pourquoi"), blank=True)
    decision = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="project_moves"
    )
    at = models.DateTimeField(_("écrit le"), default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["StageMove"]] = models.Manager()

    class Meta:
        verbose_name = _("étape d'un projet")
        verbose_name_plural = _("étapes des projets")
        ordering = ["project", "at", "id"]

    def __str__(self) -> str:
        return f"{self.project_id} {self.before} → {self.after}"


class Partner(models.Model):
    """An organisation that takes part in a project, with its exact share when the partners said shares."""

    project = models.ForeignKey(JointProject, on_delete=models.PROTECT, related_name="partners")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="projects_joined")
    role = models.CharField(_("rôle"), max_length=160, blank=True)
    share_num = models.PositiveIntegerField(_("part, numérateur"), null=True, blank=True)
    share_den = models.PositiveIntegerField(_("part, dénominateur"), null=True, blank=True)
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)

    objects: ClassVar[models.Manager["Partner"]] = models.Manager()

    class Meta:
        verbose_name = _("partenaire d'un projet")
        verbose_name_plural = _("partenaires des projets")
        ordering = ["project", "actor__sort_key", "id"]
        constraints = [
            NoOverlap(
                fields=["project", "actor"],
                start="valid_from",
                end="valid_to",
                name="projects_partner_once",
                violation_error_message=_("Cette organisation est déjà partenaire de ce projet."),
            ),
            ends_after_start("valid_from", "valid_to", "projects_partner_ends_after"),
            models.CheckConstraint(
                condition=Q(share_num=None, share_den=None)
                | Q(share_num__gte=1, share_den__gte=1, share_num__lte=F("share_den")),
                name="projects_share_of_the_whole",
                violation_error_message=_("Une part est plus que zéro et au plus le tout."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.actor_id}"

    def holds(self, day: date) -> bool:
        """Say whether it was a partner that day."""
        began = self.valid_from is None or self.valid_from <= day
        return began and (self.valid_to is None or self.valid_to > day)

    @property
    def share(self) -> Fraction | None:
        """The exact share, when it is said."""
        if self.share_num is None or self.share_den is None:
            return None
        return Fraction(self.share_num, self.share_den)


class Task(models.Model):
    """Something to do for a project: by whom, when, after what."""

    class State(models.TextChoices):
        TODO = rules.TODO, _("à faire")
        DOING = rules.DOING, _("en cours")
        DONE = rules.FINISHED, _("fait")
        DROPPED = rules.GIVEN_UP, _("abandonné")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(JointProject, on_delete=models.PROTECT, related_name="tasks")
    title = models.CharField(_("tâche"), max_length=200)
    actor = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("par")
    )
    #: Who took it on; only a person takes a task on, nobody is given one.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    starts_on = models.DateField(_("commence le"), null=True, blank=True)
    ends_on = models.DateField(_("finit le"), null=True, blank=True)
    state = models.CharField(_("état"), max_length=7, choices=State.choices, default=State.TODO)
    done_on = models.DateField(_("fait le"), null=True, blank=True)
    needs = models.ManyToManyField(
        "self", symmetrical=False, blank=True, related_name="needed_by", verbose_name=_("après")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Task"]] = models.Manager()

    class Meta:
        verbose_name = _("tâche")
        verbose_name_plural = _("tâches")
        ordering = ["project", "starts_on", "ends_on", "id"]
        indexes = [models.Index(fields=["state", "ends_on"], name="projects_task_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="projects_task_ends_after",
                violation_error_message=_("La fin ne précède pas le début."),
            ),
            models.CheckConstraint(
                condition=Q(state=rules.FINISHED, done_on__isnull=False)
                | ~Q(state=rules.FINISHED) & Q(done_on=None),
                name="projects_done_has_a_day",
                violation_error_message=_("Une tâche faite dit quand."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class BudgetLine(models.Model):
    """What a project plans to spend or to receive; what moves is in the ledger (R-99, R-107)."""

    class Side(models.TextChoices):
        EXPENSE = "expense", _("dépense")
        RECEIPT = "receipt", _("recette")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(JointProject, on_delete=models.PROTECT, related_name="budget")
    side = models.CharField(_("dépense ou recette"), max_length=7, choices=Side.choices)
    label = models.CharField(_("libellé"), max_length=160)
    cents = models.BigIntegerField(_("montant prévu en centimes"))
    year = models.PositiveSmallIntegerField(_("année"), null=True, blank=True)
    actor = models.ForeignKey(
        Actor,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="budget_lines",
        verbose_name=_("qui paie ou reçoit"),
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    ended_at = models.DateTimeField(_("retirée le"), null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["BudgetLine"]] = models.Manager()

    class Meta:
        verbose_name = _("ligne de budget")
        verbose_name_plural = _("lignes de budget")
        ordering = ["project", "side", "year", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cents__gte=0),
                name="projects_budget_positive",
                violation_error_message=_("Un montant prévu n'est pas négatif."),
            )
        ]

    def __str__(self) -> str:
        return self.label


class JobOutcome(models.Model):
    """Jobs that a project created, kept, took over, or opened to people in insertion (R-113)."""

    class Kind(models.TextChoices):
        CREATED = "created", _("créé")
        MAINTAINED = "maintained", _("maintenu")
        TAKEN_OVER = "taken_over", _("repris")
        INSERTION = "insertion", _("d'insertion")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(JointProject, on_delete=models.PROTECT, related_name="jobs")
    kind = models.CharField(_("emploi"), max_length=10, choices=Kind.choices)
    actor = models.ForeignKey(
        Actor,
        on_delete=models.PROTECT,
        related_name="jobs_of_projects",
        verbose_name=_("chez quelle organisation"),
    )
    people = models.PositiveSmallIntegerField(_("personnes"))
    #: Full-time equivalents, in whole hundredths.
    fte_hundredths = models.PositiveIntegerField(_("équivalents temps plein"), null=True, blank=True)
    on = models.DateField(_("depuis le"))
    until = models.DateField(_("jusqu'au"), null=True, blank=True)
    note = models.CharField(_("précision"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["JobOutcome"]] = models.Manager()

    class Meta:
        verbose_name = _("emplois d'un projet")
        verbose_name_plural = _("emplois des projets")
        ordering = ["project", "on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(people__gte=1),
                name="projects_some_people",
                violation_error_message=_("Dites combien de personnes : une au moins."),
            ),
            ends_after_start("on", "until", "projects_job_ends_after"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.kind} {self.people}"


class Enterprise(models.Model):
    """An enterprise born of a project (R-104, R-156)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(JointProject, on_delete=models.PROTECT, related_name="enterprises")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="born_of_projects")
    on = models.DateField(_("née le"))
    note = models.CharField(_("précision"), max_length=200, blank=True)

    objects: ClassVar[models.Manager["Enterprise"]] = models.Manager()

    class Meta:
        verbose_name = _("entreprise née d'un projet")
        verbose_name_plural = _("entreprises nées des projets")
        ordering = ["project", "on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "actor"],
                name="projects_born_once",
                violation_error_message=_("Cette entreprise est déjà dite née de ce projet."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.on}"


class Engineering(models.Model):
    """How a project will be financed, and who helps to find out: asked before it is decided (Q-51)."""

    class Mode(models.TextChoices):
        """Types of resources (R-106)."""

        SALES = "sales", _("vente de biens et de services")
        SUBSIDIES = "subsidies", _("subventions")
        FEES = "fees", _("cotisations")
        CAPITAL = "capital", _("apports en capital et prêts")
        INDIRECT = "indirect", _("aides indirectes")
        VOLUNTARY = "voluntary", _("contributions volontaires")

    project = models.OneToOneField(
        JointProject, on_delete=models.PROTECT, primary_key=True, related_name="engineering"
    )
    modes = models.JSONField(_("modes de financement"), default=list, blank=True)
    tools = models.TextField(_("outils et dispositifs"), blank=True)
    advisers = models.TextField(_("qui conseille"), blank=True)
    cents = models.BigIntegerField(_("coût de l'ingénierie en centimes"), null=True, blank=True)
    calendar = models.TextField(_("calendrier"), blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Engineering"]] = models.Manager()

    class Meta:
        verbose_name = _("ingénierie financière")
        verbose_name_plural = _("ingénieries financières")
        constraints = [
            models.CheckConstraint(
                condition=Q(cents=None) | Q(cents__gte=0),
                name="projects_engineering_positive",
                violation_error_message=_("Un coût n'est pas négatif."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id}"
