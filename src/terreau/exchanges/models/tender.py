"""Joint answers to tenders: who answers with whom, for which share, with which skills (R-46, R-155)."""

from fractions import Fraction
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.actors.models import Actor
from terreau.common.constraints import AppendOnly
from terreau.common.identifiers import uuid7
from terreau.exchanges import rules
from terreau.exchanges.models.catalogue import Vat
from terreau.exchanges.models.skill import Skill
from terreau.poles.models import Pole
from terreau.subjects.models import Subject


class Tender(models.Model):
    """A tender that members answer together, or thought of answering."""

    class State(models.TextChoices):
        SPOTTED = rules.SPOTTED, _("repéré")
        STUDIED = rules.STUDIED, _("à l'étude")
        DECIDED = rules.DECIDED, _("réponse décidée")
        SUBMITTED = rules.SUBMITTED, _("déposé")
        WON = rules.WON, _("gagné")
        LOST = rules.LOST, _("perdu")
        DROPPED = rules.DROPPED, _("sans suite")

    class Sharing(models.TextChoices):
        PARTS = rules.PARTS, _("en parts (somme : 100 %)")
        AMOUNTS = rules.AMOUNTS, _("en montants (somme : le montant de l'offre)")

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, primary_key=True, related_name="tender")
    pole = models.ForeignKey(Pole, on_delete=models.PROTECT, related_name="tenders")
    title = models.CharField(_("objet"), max_length=200)
    text = models.TextField(_("en bref"), blank=True)
    buyer = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="tenders_bought"
    )
    buyer_name = models.CharField(_("acheteur"), max_length=160, blank=True)
    reference = models.CharField(_("référence"), max_length=80, blank=True)
    #: Codes of the common procurement vocabulary, as typed, separated by spaces.
    cpv = models.CharField(_("codes CPV"), max_length=120, blank=True)
    url = models.URLField(_("adresse de l'avis"), max_length=500, blank=True)
    estimated_cents = models.BigIntegerField(_("montant estimé en centimes"), null=True, blank=True)
    vat = models.CharField(_("TVA des montants"), max_length=6, choices=Vat.choices, blank=True)
    due_at = models.DateTimeField(_("remise des offres au plus tard"), null=True, blank=True)
    minutes_asked = models.PositiveIntegerField(_("insertion demandée (minutes)"), null=True, blank=True)
    state = models.CharField(_("état"), max_length=9, choices=State.choices, default=State.SPOTTED)
    sharing = models.CharField(
        _("façon de partager"), max_length=7, choices=Sharing.choices, default=Sharing.PARTS
    )
    offer_cents = models.BigIntegerField(_("montant de l'offre en centimes"), null=True, blank=True)
    #: What the members agreed to give the pole of what they receive, in hundredths of a per cent (R-155).
    commission = models.PositiveSmallIntegerField(_("commission du pôle (centièmes de %)"), default=0)
    brought_by = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="tenders_brought"
    )
    #: Whether the members would have answered without the pole, and why (R-108); empty when nobody said.
    attributable = models.BooleanField(_("dû au pôle"), null=True)
    attributable_why = models.CharField(_("pourquoi"), max_length=300, blank=True)
    public = models.BooleanField(_("publié sur la fiche du pôle"), default=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)
    #: Counts the changes of who is in and for what: shares are one thing, written whole.
    consortium = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[models.Manager["Tender"]] = models.Manager()

    class Meta:
        verbose_name = _("réponse à un appel d'offres")
        verbose_name_plural = _("réponses à des appels d'offres")
        ordering = ["pole", "due_at", "subject"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(estimated_cents=None) | Q(estimated_cents__gte=0))
                & (Q(offer_cents=None) | Q(offer_cents__gt=0)),
                name="exchanges_tender_amounts",
                violation_error_message=_("Un montant n'est pas négatif."),
            ),
            models.CheckConstraint(
                condition=Q(commission__lte=10_000),
                name="exchanges_tender_commission",
                violation_error_message=_("Une commission est entre 0 et 100 %."),
            ),
            models.CheckConstraint(
                condition=Q(attributable=None) | ~Q(attributable_why=""),
                name="exchanges_tender_says_why",
                violation_error_message=_("Dites pourquoi cette affaire est due au pôle, ou ne l'est pas."),
            ),
        ]
        indexes = [models.Index(fields=["pole", "state", "due_at"], name="exchanges_tender_due")]

    def __str__(self) -> str:
        return self.title


class TenderMove(models.Model):
    """A change of state of an answer: who, when, from, to, why."""

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="moves")
    before = models.CharField(max_length=9, choices=Tender.State.choices, blank=True)
    after = models.CharField(max_length=9, choices=Tender.State.choices)
    on = models.DateField(_("le"))
    reason = models.CharField(_("motif"), max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["TenderMove"]] = models.Manager()

    class Meta:
        verbose_name = _("étape d'une réponse")
        verbose_name_plural = _("étapes des réponses")
        ordering = ["tender", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(after__in=[rules.LOST, rules.DROPPED]) | ~Q(reason=""),
                name="exchanges_tender_end_has_reason",
                violation_error_message=_("Dites pourquoi : la prochaine réponse s'en servira."),
            ),
            models.CheckConstraint(condition=~Q(before=F("after")), name="exchanges_tender_move_changes"),
            AppendOnly(name="exchanges_tender_move_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id} {self.after}"


class Lot(models.Model):
    """A lot that the members answer; its parts add up to it."""

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="lots")
    rank = models.PositiveSmallIntegerField(_("numéro"))
    title = models.CharField(_("nom du lot"), max_length=160)
    cents = models.BigIntegerField(_("montant en centimes"), null=True, blank=True)

    objects: ClassVar[models.Manager["Lot"]] = models.Manager()

    class Meta:
        verbose_name = _("lot d'un marché")
        verbose_name_plural = _("lots des marchés")
        ordering = ["tender", "rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "rank"],
                name="exchanges_lot_once",
                violation_error_message=_("Ce numéro de lot est déjà pris."),
            ),
            models.CheckConstraint(condition=Q(cents=None) | Q(cents__gt=0), name="exchanges_lot_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.rank}. {self.title}"


class Party(models.Model):
    """A member in the answer: asked, in or out; its share of a lot, or of the whole without lots."""

    class Answer(models.TextChoices):
        ASKED = "asked", _("attend sa réponse")
        IN = "in", _("répond avec les autres")
        OUT = "out", _("ne répond pas")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="parties")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="tender_parts")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, null=True, blank=True, related_name="parties")
    lead = models.BooleanField(_("mandataire du groupement"), default=False)
    answer = models.CharField(_("réponse"), max_length=5, choices=Answer.choices, default=Answer.ASKED)
    does = models.CharField(_("ce qu'elle fera"), max_length=300, blank=True)
    share_num = models.PositiveBigIntegerField(_("part, numérateur"), null=True, blank=True)
    share_den = models.PositiveBigIntegerField(_("part, dénominateur"), null=True, blank=True)
    cents = models.BigIntegerField(_("montant en centimes"), null=True, blank=True)
    minutes_promised = models.PositiveIntegerField(_("insertion promise (minutes)"), default=0)
    answered_at = models.DateTimeField(_("a répondu le"), null=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Party"]] = models.Manager()

    class Meta:
        verbose_name = _("membre d'un groupement")
        verbose_name_plural = _("membres des groupements")
        ordering = ["tender", "-lead", "actor__sort_key", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "actor"],
                condition=Q(lot=None),
                name="exchanges_party_once",
                violation_error_message=_("Cette organisation est déjà du groupement."),
            ),
            models.UniqueConstraint(
                fields=["tender", "actor", "lot"],
                name="exchanges_party_once_a_lot",
                violation_error_message=_("Cette organisation est déjà de ce lot."),
            ),
            models.UniqueConstraint(
                fields=["tender"],
                condition=Q(lead=True),
                name="exchanges_one_lead",
                violation_error_message=_("Un groupement a un seul mandataire."),
            ),
            models.CheckConstraint(
                condition=Q(share_num=None, share_den=None)
                | Q(share_den__gte=1, share_num__gte=1, share_num__lte=F("share_den")),
                name="exchanges_party_share",
                violation_error_message=_("Une part est plus grande que zéro, et d'un au plus."),
            ),
            models.CheckConstraint(
                condition=Q(cents=None) | Q(cents__gt=0, share_num=None),
                name="exchanges_party_share_or_amount",
                violation_error_message=_("Une part est une fraction ou un montant, pas les deux."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} ∈ {self.tender_id}"

    @property
    def share(self) -> Fraction | None:
        """The share, exact; ``None`` when it is an amount or not said."""
        return (
            None if self.share_num is None or not self.share_den else Fraction(self.share_num, self.share_den)
        )


class NeededSkill(models.Model):
    """A skill that the answer needs."""

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="needs")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="+")

    objects: ClassVar[models.Manager["NeededSkill"]] = models.Manager()

    class Meta:
        verbose_name = _("compétence nécessaire")
        verbose_name_plural = _("compétences nécessaires")
        ordering = ["tender", "skill__key"]
        constraints = [
            models.UniqueConstraint(
                fields=["tender", "skill"],
                name="exchanges_needed_once",
                violation_error_message=_("Cette compétence est déjà demandée."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id} {self.skill_id}"


class PartySkill(models.Model):
    """A needed skill that a party brings."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="brings")
    need = models.ForeignKey(NeededSkill, on_delete=models.CASCADE, related_name="brought")

    objects: ClassVar[models.Manager["PartySkill"]] = models.Manager()

    class Meta:
        verbose_name = _("compétence apportée")
        verbose_name_plural = _("compétences apportées")
        ordering = ["party", "need"]
        constraints = [
            models.UniqueConstraint(fields=["party", "need"], name="exchanges_brought_once"),
        ]

    def __str__(self) -> str:
        return f"{self.party_id} {self.need_id}"


class Task(models.Model):
    """Something to do before the deadline, and who does it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="tasks")
    title = models.CharField(_("tâche"), max_length=200)
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(_("pour le"), null=True, blank=True)
    done_at = models.DateTimeField(_("faite le"), null=True, editable=False)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Task"]] = models.Manager()

    class Meta:
        verbose_name = _("tâche d'une réponse")
        verbose_name_plural = _("tâches des réponses")
        ordering = ["tender", "due_on", "id"]

    def __str__(self) -> str:
        return self.title


class InsertionHours(models.Model):
    """Hours of insertion done by a party; a mistake is corrected by a line with the signs turned (R-46)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="insertion")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="+")
    minutes = models.IntegerField(_("minutes"))
    first = models.DateField(_("premier jour"))
    last = models.DateField(_("dernier jour"))
    note = models.CharField(_("précision"), max_length=300, blank=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="reversed_by", verbose_name=_("corrige")
    )
    at = models.DateTimeField(default=timezone.now, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["InsertionHours"]] = models.Manager()

    class Meta:
        verbose_name = _("heures d'insertion")
        verbose_name_plural = _("heures d'insertion")
        ordering = ["tender", "last", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses=None, minutes__gt=0)
                | (Q(reverses__isnull=False, minutes__lt=0) & ~Q(note="")),
                name="exchanges_hours_sign",
                violation_error_message=_("Seule une correction, avec son motif, est négative."),
            ),
            models.CheckConstraint(
                condition=Q(last__gte=F("first")),
                name="exchanges_hours_period",
                violation_error_message=_("La fin de la période suit son début."),
            ),
            AppendOnly(name="exchanges_hours_append_only"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.minutes}"
