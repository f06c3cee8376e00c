"""What is done of a file between its deposit and the committee: who works on it, what they said, when."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.calls.models import Call, Sponsor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.dossiers.models import Dossier
from terreau.territories.models import Zone

_USER = settings.AUTH_USER_MODEL


class Setup(models.Model):
    """How a call is instructed: readers of each file, days to decide, days to complete, who reads scores."""

    class Totals(models.TextChoices):
        ALL = "all", _("les relecteurs d'un dossier lisent les autres relectures et la moyenne")
        MEAN = "mean", _("les relecteurs lisent la moyenne, pas les autres relectures")
        OFFICERS = "officers", _("seuls les instructeurs et le comité lisent les relectures et la moyenne")

    call = models.OneToOneField(
        Call, on_delete=models.PROTECT, primary_key=True, related_name="instruction_setup"
    )
    each = models.PositiveSmallIntegerField(_("relecteurs par dossier"), default=2)
    days = models.PositiveSmallIntegerField(_("jours pour décider"), default=90)
    complement_days = models.PositiveSmallIntegerField(_("jours pour compléter"), default=15)
    totals = models.CharField(
        _("une fois toutes les relectures rendues"),
        max_length=8,
        choices=Totals.choices,
        default=Totals.ALL,
    )
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Setup"]] = models.Manager()

    class Meta:
        verbose_name = _("réglage de l'instruction")
        verbose_name_plural = _("réglages de l'instruction")
        ordering = ["call"]
        constraints = [
            models.CheckConstraint(
                condition=Q(each__lte=20),
                name="instruction_few_readers",
                violation_error_message=_("Un dossier a vingt relecteurs au plus."),
            ),
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=730),
                name="instruction_days_to_decide",
                violation_error_message=_("On décide en un jour au moins, en deux ans au plus."),
            ),
            models.CheckConstraint(
                condition=Q(complement_days__gte=1, complement_days__lte=180),
                name="instruction_days_to_complete",
                violation_error_message=_("On laisse de 1 à 180 jours pour compléter."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.call_id)


class Assignment(models.Model):
    """A person works on a file, as its officer or as one of its reviewers, until it ends."""

    class Part(models.TextChoices):
        OFFICER = "officer", _("instruction")
        REVIEWER = "reviewer", _("relecture")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="assignments")
    user = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="instruction_assignments")
    part = models.CharField(_("nature de l'attribution"), max_length=8, choices=Part.choices)
    shared = models.BooleanField(_("par répartition"), default=False)
    at = models.DateTimeField(_("depuis le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(_("jusqu'au"), null=True, blank=True, editable=False)
    ended_why = models.CharField(_("pourquoi"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["Assignment"]] = models.Manager()

    class Meta:
        verbose_name = _("attribution d'un dossier")
        verbose_name_plural = _("attributions des dossiers")
        ordering = ["dossier", "part", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "user", "part"],
                condition=Q(ended_at=None),
                name="instruction_assigned_once",
                violation_error_message=_("Cette personne a déjà ce dossier."),
            ),
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(ended_at=None, part="officer"),
                name="instruction_one_officer",
                violation_error_message=_("Ce dossier a déjà quelqu'un qui l'instruit."),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "part"], condition=Q(ended_at=None), name="instruction_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.part}"


class Conflict(models.Model):
    """A person says that they cannot be neutral about a file; nobody but an owner of the call lifts it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="conflicts")
    reviewer = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="instruction_conflicts")
    why = models.CharField(_("pourquoi"), max_length=500)
    at = models.DateTimeField(_("déclaré le"), default=timezone.now, editable=False)
    lifted_at = models.DateTimeField(_("levé le"), null=True, blank=True, editable=False)
    lifted_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    lifted_why = models.CharField(_("pourquoi il est levé"), max_length=500, blank=True)

    objects: ClassVar[models.Manager["Conflict"]] = models.Manager()

    class Meta:
        verbose_name = _("conflit d'intérêts")
        verbose_name_plural = _("conflits d'intérêts")
        ordering = ["dossier", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "reviewer"],
                condition=Q(lifted_at=None),
                name="instruction_conflict_once",
                violation_error_message=_("Ce conflit d'intérêts est déjà déclaré."),
            ),
            models.CheckConstraint(
                condition=~Q(why=""),
                name="instruction_conflict_says_why",
                violation_error_message=_("Dites en une phrase ce qui vous lie à ce dossier."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.reviewer_id}"


class Desk(models.Model):
    """The working sheet of a file: admissibility point by point, what officers write to one another."""

    dossier = models.OneToOneField(
        Dossier, on_delete=models.PROTECT, primary_key=True, related_name="instruction_desk"
    )
    #: ``{code of the point: {"verdict": oui|non|a_verifier, "note": text}}``: what an officer answered.
    checks = models.JSONField(_("recevabilité"), default=dict)
    summary = models.TextField(_("synthèse pour le comité"), blank=True)
    note = models.TextField(_("note entre instructeurs"), blank=True)
    at = models.DateTimeField(_("le"), auto_now=True)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Desk"]] = models.Manager()

    class Meta:
        verbose_name = _("fiche d'instruction")
        verbose_name_plural = _("fiches d'instruction")
        ordering = ["dossier"]

    def __str__(self) -> str:
        return str(self.dossier_id)


class Appraisal(models.Model):
    """What a reviewer thinks of a file, criterion by criterion. Once given, ``scores`` and ``texts`` stay.

    ``agreed``: the scores as a harmonisation meeting left them; ``total`` follows, ``first_total`` does not.
    Totals are in thousandths of a point out of a hundred.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="appraisals")
    reviewer = models.ForeignKey(_USER, on_delete=models.PROTECT, related_name="instruction_appraisals")
    scores = models.JSONField(_("notes par critère"), default=dict)
    texts = models.JSONField(_("appréciations"), default=dict)
    advice = models.TextField(_("avis d'ensemble"), blank=True)
    agreed = models.JSONField(_("notes après harmonisation"), null=True, blank=True)
    total = models.PositiveIntegerField(_("total des notes"), null=True, blank=True)
    first_total = models.PositiveIntegerField(_("total d'abord rendu"), null=True, blank=True)
    given_at = models.DateTimeField(_("rendue le"), null=True, blank=True)
    #: Set aside when the reviewer left the file: it stays in the record and counts no more.
    ended_at = models.DateTimeField(_("écartée le"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Appraisal"]] = models.Manager()

    class Meta:
        verbose_name = _("relecture")
        verbose_name_plural = _("relectures")
        ordering = ["dossier", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier", "reviewer"],
                condition=Q(ended_at=None),
                name="instruction_appraised_once",
                violation_error_message=_("Vous avez déjà une relecture de ce dossier."),
            ),
            models.CheckConstraint(
                condition=Q(given_at=None, first_total=None, total=None)
                | Q(given_at__isnull=False, first_total__isnull=False, total__isnull=False),
                name="instruction_given_is_whole",
                violation_error_message=_("Une relecture rendue a un total, un brouillon n'en a pas."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.reviewer_id}"


class Harmonisation(models.Model):
    """A meeting where reviewers compare their scores; open until it is closed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="harmonisations")
    on = models.DateField(_("tenue le"))
    present = models.TextField(_("personnes présentes"), blank=True)
    note = models.TextField(_("ce qui s'est dit"), blank=True)
    at = models.DateTimeField(_("ouverte le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(_("close le"), null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["Harmonisation"]] = models.Manager()

    class Meta:
        verbose_name = _("réunion d'harmonisation")
        verbose_name_plural = _("réunions d'harmonisation")
        ordering = ["call", "-on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["call"],
                condition=Q(closed_at=None),
                name="instruction_one_meeting",
                violation_error_message=_("Une réunion d'harmonisation est déjà ouverte pour cet appel."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} {self.on}"


class ScoreChange(models.Model):
    """A score changed in a meeting, and why. Never removed: the score given first can always be read."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    meeting = models.ForeignKey(Harmonisation, on_delete=models.PROTECT, related_name="changes")
    appraisal = models.ForeignKey(Appraisal, on_delete=models.PROTECT, related_name="changes")
    criterion = models.CharField(_("critère"), max_length=60)
    before = models.PositiveSmallIntegerField(_("avant"))
    after = models.PositiveSmallIntegerField(_("après"))
    reason = models.CharField(_("motif"), max_length=500)
    at = models.DateTimeField(_("le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["ScoreChange"]] = models.Manager()

    class Meta:
        verbose_name = _("note harmonisée")
        verbose_name_plural = _("notes harmonisées")
        ordering = ["id"]
        constraints = [
            AppendOnly(name="instruction_score_changes_stay"),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(before=F("after")),
                name="instruction_change_says_why",
                violation_error_message=_("Une note change pour une raison, et change vraiment."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.before} → {self.after}"


class Opinion(models.Model):
    """The opinion of a sponsor (a ministry, a funder) or of the region; a later one replaces it."""

    class Value(models.TextChoices):
        FAVOURABLE = "favourable", _("favorable")
        RESERVED = "reserved", _("réservé")
        UNFAVOURABLE = "unfavourable", _("défavorable")
        NONE = "none", _("sans avis")

    #: The opinion of the region of the file, whoever gives it.
    REGION = "region"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="opinions")
    #: ``sponsor:<identifier>`` or ``region``: of whom the opinion is, as mandatory ones are asked.
    who = models.CharField(_("auteur de l'avis"), max_length=60)
    sponsor = models.ForeignKey(
        Sponsor, on_delete=models.PROTECT, null=True, blank=True, related_name="opinions"
    )
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    value = models.CharField(_("sens de l'avis"), max_length=12, choices=Value.choices)
    text = models.TextField(_("pourquoi"), blank=True)
    at = models.DateTimeField(_("rendu le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Opinion"]] = models.Manager()

    class Meta:
        verbose_name = _("avis rendu")
        verbose_name_plural = _("avis rendus")
        ordering = ["dossier", "at", "id"]
        constraints = [
            AppendOnly(name="instruction_opinions_stay"),
            models.CheckConstraint(
                condition=Q(value__in=["favourable", "none"]) | ~Q(text=""),
                name="instruction_opinion_says_why",
                violation_error_message=_("Un avis réservé ou défavorable dit pourquoi."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.who} {self.value}"


class Complement(models.Model):
    """What is asked of an applicant, until when. It stops the clock; nothing is refused by itself.

    ``keys``: fields of the form that may be changed meanwhile. ``back``: the state the file goes back to.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="complements")
    keys = models.JSONField(_("ce qui est à compléter"), default=list)
    text = models.TextField(_("ce qui est demandé"))
    consequence = models.CharField(_("sans réponse"), max_length=300)
    asked_at = models.DateTimeField(_("demandé le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    due = models.DateField(_("répondre jusqu'au"))
    reminded_at = models.DateTimeField(_("rappelé le"), null=True, blank=True)
    answered_at = models.DateTimeField(_("répondu le"), null=True, blank=True)
    answered_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    answer = models.TextField(_("réponse"), blank=True)
    #: Taken back, or closed by the officer who goes on with the file as it is.
    closed_at = models.DateTimeField(_("close le"), null=True, blank=True)
    closed_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    closed_why = models.CharField(_("pourquoi"), max_length=300, blank=True)

    objects: ClassVar[models.Manager["Complement"]] = models.Manager()

    class Meta:
        verbose_name = _("complément demandé")
        verbose_name_plural = _("compléments demandés")
        ordering = ["dossier", "asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(answered_at=None, closed_at=None),
                name="instruction_one_complement",
                violation_error_message=_("Un complément est déjà attendu pour ce dossier."),
            ),
            models.CheckConstraint(
                condition=~Q(text=""),
                name="instruction_complement_asks",
                violation_error_message=_("Dites ce que vous demandez."),
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | ~Q(closed_why=""),
                name="instruction_complement_closed_why",
                violation_error_message=_("Dites pourquoi la demande est close."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dossier_id} {self.due}"


class Letter(models.Model):
    """A letter sent to the people of a file. It stays as it was sent."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="letters")
    event = models.CharField(_("occasion de la lettre"), max_length=40)
    title = models.CharField(_("objet"), max_length=200)
    text = models.TextField(_("texte de la lettre"))
    sent_at = models.DateTimeField(_("envoyée le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Letter"]] = models.Manager()

    class Meta:
        verbose_name = _("lettre envoyée")
        verbose_name_plural = _("lettres envoyées")
        ordering = ["dossier", "-sent_at", "-id"]
        constraints = [
            AppendOnly(name="instruction_letters_stay"),
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(title=""),
                name="instruction_letter_says",
                violation_error_message=_("Une lettre a un objet et un texte."),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Draw(models.Model):
    """A draw between files: announced, then the list is fixed, then drawn. Anybody can do it again.

    ``seed`` is known before the list (typed while the call is open), or is a public value of a day to come
    (``rule`` says which), so that nobody chooses it knowing what it gives.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="draws")
    purpose = models.CharField(_("pourquoi ce tirage"), max_length=300)
    places = models.PositiveIntegerField(_("places"))
    rule = models.CharField(_("d'où vient la graine"), max_length=500)
    seed_day = models.DateField(_("connue le"), null=True, blank=True)
    seed = models.CharField(_("graine"), max_length=200, blank=True)
    published_at = models.DateTimeField(_("annoncé le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    names = models.JSONField(_("liste des dossiers"), default=list)
    list_hash = models.CharField(_("empreinte de la liste"), max_length=64, blank=True)
    listed_at = models.DateTimeField(_("liste fixée le"), null=True, blank=True)
    result = models.JSONField(_("ordre tiré"), default=list)
    drawn_at = models.DateTimeField(_("tiré le"), null=True, blank=True)

    objects: ClassVar[models.Manager["Draw"]] = models.Manager()

    class Meta:
        verbose_name = _("tirage au sort")
        verbose_name_plural = _("tirages au sort")
        ordering = ["call", "-published_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(listed_at=None, list_hash="")
                | Q(listed_at__gt=F("published_at")) & ~Q(list_hash=""),
                name="instruction_listed_after",
                violation_error_message=_("La liste est fixée après l'annonce du tirage."),
            ),
            models.CheckConstraint(
                condition=Q(drawn_at=None) | Q(listed_at__isnull=False) & ~Q(seed=""),
                name="instruction_drawn_last",
                violation_error_message=_("On tire une liste fixée, avec sa graine."),
            ),
        ]

    def __str__(self) -> str:
        return self.purpose


class Bulk(models.Model):
    """One thing done to many files at once, that can be undone while nothing followed."""

    class Verb(models.TextChoices):
        OFFICER = "officer", _("confier l'instruction")
        REVIEWERS = "reviewers", _("confier la relecture")
        MOVE = "move", _("faire avancer les dossiers")
        LETTER = "letter", _("écrire aux candidats")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="instruction_batches")
    verb = models.CharField(_("acte fait en lot"), max_length=12, choices=Verb.choices)
    said = models.CharField(_("ce qui a été fait"), max_length=300)
    #: The same form sent twice is one batch.
    key = models.UUIDField(unique=True)
    at = models.DateTimeField(_("le"), default=timezone.now, editable=False)
    by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("défait le"), null=True, blank=True)
    undone_by = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Bulk"]] = models.Manager()

    class Meta:
        verbose_name = _("acte en lot")
        verbose_name_plural = _("actes en lot")
        ordering = ["call", "-at", "-id"]

    def __str__(self) -> str:
        return self.said


class BulkLine(models.Model):
    """What a batch did to one file: what to look at before it is undone, what to put back."""

    id = models.BigAutoField(primary_key=True)
    bulk = models.ForeignKey(Bulk, on_delete=models.CASCADE, related_name="lines")
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="+")
    #: Identifiers and states, as JSON: ``{"assignments": [...], "ended": [...], "from": …, "to": …}``.
    done = models.JSONField(default=dict)
    undone = models.BooleanField(_("ligne défaite"), default=False)
    kept_why = models.CharField(_("pourquoi ce n'est pas défait"), max_length=200, blank=True)

    objects: ClassVar[models.Manager["BulkLine"]] = models.Manager()

    class Meta:
        verbose_name = _("ligne d'un acte en lot")
        verbose_name_plural = _("lignes d'un acte en lot")
        ordering = ["bulk", "id"]
        constraints = [
            models.UniqueConstraint(fields=["bulk", "dossier"], name="instruction_bulk_once"),
        ]

    def __str__(self) -> str:
        return f"{self.bulk_id} {self.dossier_id}"


class Progress(models.Model):
    """What lists show of the instruction of a file: a projection, written with what it repeats.

    ``instruction.progress.project`` writes it, a test holds it. ``until`` counts the whole delay of a
    complement that is awaited: while ``waiting`` is not past, the clock is stopped.
    """

    dossier = models.OneToOneField(
        Dossier, on_delete=models.PROTECT, primary_key=True, related_name="instruction_progress"
    )
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="+")
    officer = models.ForeignKey(_USER, on_delete=models.PROTECT, null=True, related_name="+")
    reviewers = models.PositiveSmallIntegerField(_("relecteurs"), default=0)
    given = models.PositiveSmallIntegerField(_("relectures rendues"), default=0)
    mean = models.PositiveIntegerField(_("moyenne"), null=True)
    spread = models.PositiveIntegerField(_("écart"), null=True)
    until = models.DateField(_("à décider avant le"), null=True)
    waiting = models.DateField(_("compléments attendus jusqu'au"), null=True)
    favourable = models.PositiveSmallIntegerField(_("avis favorables"), default=0)
    reserved = models.PositiveSmallIntegerField(_("avis réservés"), default=0)
    unfavourable = models.PositiveSmallIntegerField(_("avis défavorables"), default=0)
    lacking = models.PositiveSmallIntegerField(_("avis obligatoires attendus"), default=0)

    objects: ClassVar[models.Manager["Progress"]] = models.Manager()

    class Meta:
        verbose_name = _("avancement de l'instruction")
        verbose_name_plural = _("avancements de l'instruction")
        ordering = ["call", "dossier"]
        indexes = [
            models.Index(fields=["call", "officer"], name="instruction_by_officer"),
            models.Index(fields=["call", "mean"], name="instruction_by_mean"),
            models.Index(fields=["call", "until"], name="instruction_by_until"),
        ]

    def __str__(self) -> str:
        return str(self.dossier_id)
