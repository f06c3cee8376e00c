"""Whoever can be a member, a party to a flow or a respondent: one model for all (R-04, R-148)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from terreau.actors.pairs import Pair
from terreau.actors.people import Belonging, Moderation
from terreau.common.constraints import NoOverlap, ends_after_start
from terreau.pieces.models import Source
from terreau.subjects.models import Subject
from terreau.territories.models import Zone


class LegalNature(models.TextChoices):
    """What the actor is in law; what it does is a function, and its ESS verdict is a third thing."""

    ASSOCIATION = "association", _("association")
    COOPERATIVE = "cooperative", _("coopérative")
    MUTUAL = "mutual", _("mutuelle")
    FOUNDATION = "foundation", _("fondation")
    COMPANY = "company", _("société commerciale")
    LOCAL_AUTHORITY = "local_authority", _("collectivité territoriale")
    AUTHORITY_GROUPING = "authority_grouping", _("groupement de collectivités")
    CHAMBER = "chamber", _("chambre consulaire")
    PUBLIC_BODY = "public_body", _("organisme public")
    STATE = "state", _("État")
    UNION = "union", _("syndicat ou organisation professionnelle")
    NATURAL_PERSON = "natural_person", _("personne physique")
    COLLECTIVE = "collective", _("collectif sans personnalité morale")
    ENTERPRISE_GROUPING = "enterprise_grouping", _("groupement d'entreprises")
    UNKNOWN = "unknown", _("nature juridique inconnue")


class Actor(models.Model):
    """An organisation, a person, a pole, a bank, an authority… with or without a SIREN (R-31).

    ``ess``, ``ess_verified`` and ``words`` (folded names and numbers, between spaces) are projections
    for the directory: written by ``projection.project`` only, checked by ``actors_rebuild --check``.
    """

    class Declared(models.TextChoices):
        YES = "yes", _("oui")
        NO = "no", _("non")
        UNKNOWN = "", _("inconnu")

    class Ess(models.TextChoices):
        YES = "oui", _("oui")
        NO = "non", _("non")
        TO_CHECK = "a_verifier", _("à vérifier")

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, primary_key=True, related_name="actor")
    key = models.SlugField(_("repère"), max_length=80, unique=True, null=True, blank=True)
    name = models.CharField(_("nom"), max_length=250)
    sort_key = models.CharField(max_length=250, editable=False)
    legal_nature = models.CharField(
        _("nature juridique"), max_length=20, choices=LegalNature.choices, default=LegalNature.UNKNOWN
    )
    legal_category = models.CharField(_("catégorie juridique"), max_length=4, blank=True)
    siren = models.CharField("SIREN", max_length=9, blank=True)
    siret = models.CharField("SIRET", max_length=14, blank=True)
    rna = models.CharField("RNA", max_length=10, blank=True)
    naf = models.CharField("NAF", max_length=6, blank=True)
    naf_version = models.CharField(_("version de la NAF"), max_length=8, blank=True)
    size_class = models.CharField(_("tranche d'effectifs"), max_length=2, blank=True)
    ess_declared = models.CharField(
        _("statuts de l'ESS déclarés"), max_length=3, choices=Declared.choices, blank=True
    )
    ess = models.CharField(
        _("entreprise de l'ESS"), max_length=10, choices=Ess.choices, default=Ess.TO_CHECK, editable=False
    )
    ess_verified = models.BooleanField(_("confirmé par une liste officielle"), default=False, editable=False)
    words = models.TextField(editable=False, blank=True)
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, blank=True, related_name="actors")
    zone_note = models.CharField(_("précision sur le lieu"), max_length=300, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="actors")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Actor"]] = models.Manager()

    class Meta:
        verbose_name = _("acteur")
        verbose_name_plural = _("acteurs")
        ordering = ["sort_key", "subject"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(siren="") | models.Q(siren__regex=r"^[0-9]{9}$"),
                name="actors_siren_nine_digits",
                violation_error_message=_("Un SIREN a neuf chiffres."),
            ),
            models.CheckConstraint(
                condition=models.Q(siret="") | models.Q(siret__regex=r"^[0-9]{14}$"),
                name="actors_siret_fourteen_digits",
                violation_error_message=_("Un SIRET a quatorze chiffres."),
            ),
        ]
        indexes = [
            models.Index(fields=["siren"], name="actors_siren"),
            models.Index(fields=["sort_key", "subject"], name="actors_sort"),
            models.Index(fields=["legal_nature"], name="actors_nature"),
            models.Index(fields=["ess"], name="actors_ess"),
        ]

    def __str__(self) -> str:
        return self.name


class ActorName(models.Model):
    """A name the actor has or had, or a spelling met in a source."""

    class Kind(models.TextChoices):
        OFFICIAL = "official", _("nom officiel")
        USUAL = "usual", _("nom d'usage")
        ACRONYM = "acronym", _("sigle")
        FORMER = "former", _("ancien nom")
        SPELLING = "spelling", _("graphie rencontrée")

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="names")
    text = models.CharField(_("nom"), max_length=250)
    kind = models.CharField(_("nature"), max_length=8, choices=Kind.choices)
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("nom d'un acteur")
        verbose_name_plural = _("noms des acteurs")
        ordering = ["text", "id"]
        constraints = [ends_after_start("valid_from", "valid_to", "actors_name_ends_after")]

    def __str__(self) -> str:
        return self.text


class ActorFunction(models.Model):
    """Something the actor does: several at once (bank, SIAE, training body, landlord, network, pole…)."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="functions")
    function = models.CharField(_("fonction"), max_length=30)
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("fonction d'un acteur")
        verbose_name_plural = _("fonctions des acteurs")
        ordering = ["function", "id"]
        constraints = [
            NoOverlap(
                fields=["actor", "function"],
                start="valid_from",
                end="valid_to",
                name="actors_function_no_overlap",
                violation_error_message=_("Cette fonction est déjà tenue à ces dates."),
            ),
            ends_after_start("valid_from", "valid_to", "actors_function_ends_after"),
        ]
        indexes = [models.Index(fields=["function"], name="actors_function")]

    def __str__(self) -> str:
        return self.function


class Affiliation(models.Model):
    """Belonging of an actor to a network, a working group, a federation (R-09), or a group (R-148)."""

    class Kind(models.TextChoices):
        NETWORK = "network", _("réseau")
        GROUP = "group", _("groupe de sociétés")

    member = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="affiliations")
    network = models.ForeignKey(Actor, on_delete=models.PROTECT, related_name="affiliates")
    kind = models.CharField(_("nature"), max_length=8, choices=Kind.choices, default=Kind.NETWORK)
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    observed_on = models.DateField(_("constaté le"), null=True, blank=True)
    note = models.CharField(_("précision"), max_length=200, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("appartenance à un réseau")
        verbose_name_plural = _("appartenances à un réseau")
        ordering = ["network", "member", "id"]
        constraints = [
            NoOverlap(
                fields=["member", "network"],
                start="valid_from",
                end="valid_to",
                name="actors_affiliation_no_overlap",
                violation_error_message=_("Cette appartenance est déjà enregistrée à ces dates."),
            ),
            ends_after_start("valid_from", "valid_to", "actors_affiliation_ends_after"),
            models.CheckConstraint(
                condition=~models.Q(member=models.F("network")),
                name="actors_not_affiliated_to_itself",
                violation_error_message=_("Un acteur n'appartient pas à lui-même."),
            ),
        ]
        # Held by the constraint above: without it each row added to a large network reads them all.
        indexes = [models.Index(fields=["member", "network"], name="actors_affiliation_pair")]

    def __str__(self) -> str:
        return f"{self.member_id} → {self.network_id}"


class EssListing(models.Model):
    """That an official list says, or denies, that the actor is an ESS enterprise (facts-poles §1.2)."""

    actor = models.ForeignKey(Actor, on_delete=models.CASCADE, related_name="ess_listings")
    listed = models.BooleanField(_("inscrit"))
    on = models.DateField(_("à la date du"))
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("inscription sur une liste de l'ESS")
        verbose_name_plural = _("inscriptions sur une liste de l'ESS")
        ordering = ["actor", "-on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["actor", "source", "on"], name="actors_listing_once"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.listed} {self.on}"


class Subsidy(models.Model):
    """A subsidy as a file of a public body says it, with the names and numbers it gives (SCDL 2.1.1).

    A lean row with its provenance, not a flow yet: amounts in cents, parties linked to an actor only when
    their SIREN is that of one. ``digest`` is what the line says, so that bringing it again adds nothing.
    """

    giver = models.ForeignKey(Actor, on_delete=models.PROTECT, null=True, related_name="subsidies_given")
    giver_name = models.CharField(_("attribuant"), max_length=250)
    giver_siren = models.CharField(max_length=9, blank=True)
    beneficiary = models.ForeignKey(
        Actor, on_delete=models.PROTECT, null=True, related_name="subsidies_received"
    )
    beneficiary_name = models.CharField(_("bénéficiaire"), max_length=250)
    beneficiary_siren = models.CharField(max_length=9, blank=True)
    beneficiary_siret = models.CharField(max_length=14, blank=True)
    beneficiary_rna = models.CharField(max_length=10, blank=True)
    cents = models.BigIntegerField(_("montant en centimes"))
    decided_on = models.DateField(_("décidée le"), null=True)
    reference = models.CharField(_("référence de la décision"), max_length=200, blank=True)
    purpose = models.TextField(_("objet"), blank=True)
    nature = models.CharField(_("nature"), max_length=60, blank=True)
    paid_from = models.DateField(_("versée à partir du"), null=True)
    paid_to = models.DateField(_("versée jusqu'au"), null=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    row = models.PositiveIntegerField(_("ligne du fichier"))
    digest = models.CharField(max_length=64)
    recorded_at = models.DateTimeField(_("enregistrée le"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("retirée le"), null=True)

    objects: ClassVar[models.Manager["Subsidy"]] = models.Manager()

    class Meta:
        verbose_name = _("subvention")
        verbose_name_plural = _("subventions")
        ordering = ["-decided_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cents__gt=0),
                name="actors_subsidy_positive",
                violation_error_message=_("Une subvention a un montant positif."),
            ),
            models.UniqueConstraint(
                fields=["digest"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="actors_subsidy_once",
            ),
        ]
        indexes = [
            models.Index(fields=["beneficiary_siren"], name="actors_subsidy_to"),
            models.Index(fields=["giver_siren"], name="actors_subsidy_from"),
        ]

    def __str__(self) -> str:
        return f"{self.giver_name} → {self.beneficiary_name}"


__all__ = [
    "Actor",
    "ActorFunction",
    "ActorName",
    "Affiliation",
    "Belonging",
    "EssListing",
    "LegalNature",
    "Moderation",
    "Pair",
    "Subsidy",
]
