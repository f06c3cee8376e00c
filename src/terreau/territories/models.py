"""Territories are sets of communes at a year of the official geographic code (COG)."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from terreau.common.constraints import NoOverlap, ends_after_start
from terreau.pieces.models import Source
from terreau.subjects.models import Subject


class Level(models.TextChoices):
    """Levels as they are written in addresses and in the API."""

    COMMUNE = "commune", _("commune")
    EPCI = "epci", _("intercommunalité")
    DEPARTEMENT = "departement", _("département")
    REGION = "region", _("région")
    ANCIENNE_REGION = "ancienne-region", _("ancienne région")
    ARRONDISSEMENT = "arrondissement", _("arrondissement")
    EPT = "ept", _("établissement public territorial")


class Zone(models.Model):
    """One official territory at one COG year. Successive years of one territory share a subject."""

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="zones")
    level = models.CharField(_("niveau"), max_length=16, choices=Level.choices)
    code = models.CharField(_("code"), max_length=9)
    cog_year = models.PositiveSmallIntegerField(_("année du COG"))
    name = models.CharField(_("nom"), max_length=200)
    nature = models.CharField(_("nature"), max_length=20, blank=True)
    population = models.PositiveIntegerField(_("population"), null=True)
    population_year = models.PositiveSmallIntegerField(_("année de la population"), null=True)
    published_population = models.PositiveIntegerField(
        _("population publiée"),
        null=True,
        help_text=_("Celle de la source pour une intercommunalité, d'une autre année que ses communes."),
    )
    published_population_year = models.PositiveSmallIntegerField(_("année de celle-ci"), null=True)
    surface_ha = models.PositiveIntegerField(_("surface en hectares"), null=True)
    lon = models.FloatField(_("longitude"), null=True)
    lat = models.FloatField(_("latitude"), null=True)
    siren = models.CharField(max_length=9, blank=True)
    overseas = models.CharField(_("outre-mer"), max_length=8, blank=True)
    department = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    region = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    former_region = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    epci = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("territoire")
        verbose_name_plural = _("territoires")
        ordering = ["level", "code", "-cog_year"]
        constraints = [
            models.UniqueConstraint(fields=["level", "code", "cog_year"], name="territories_zone_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class BaseLoad(models.Model):
    """That the base of a COG year is in the database, by the digest of what was read."""

    cog_year = models.PositiveSmallIntegerField(_("année du COG"), primary_key=True)
    digest = models.CharField(max_length=64)
    zones = models.PositiveIntegerField(_("territoires"))
    loaded_at = models.DateTimeField(_("chargé le"), auto_now=True)

    class Meta:
        verbose_name = _("chargement du COG")
        verbose_name_plural = _("chargements du COG")

    def __str__(self) -> str:
        return str(self.cog_year)


class Layer(models.Model):
    """A layer not embedded: a partition (bassins de vie), a list (QPV, ZRR) or measures (Filosofi)."""

    class Kind(models.TextChoices):
        PARTITION = "partition", _("découpage")
        LIST = "list", _("liste de communes")
        MEASURES = "measures", _("mesures")

    name = models.CharField(_("nom"), max_length=40)
    vintage = models.PositiveSmallIntegerField(_("millésime"))
    kind = models.CharField(_("nature"), max_length=10, choices=Kind.choices)
    label = models.JSONField(_("libellé"), default=dict)
    cog_year = models.PositiveSmallIntegerField(_("année du COG"))
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="layers")
    digest = models.CharField(max_length=64, blank=True)
    imported_at = models.DateTimeField(_("importé le"), null=True)

    class Meta:
        verbose_name = _("couche")
        verbose_name_plural = _("couches")
        ordering = ["name", "-vintage"]
        constraints = [
            models.UniqueConstraint(fields=["name", "vintage"], name="territories_layer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.vintage}"


class LayerZone(models.Model):
    """That a commune belongs to a zone of a layer (or holds it in part: a QPV is a part of its commune)."""

    layer = models.ForeignKey(Layer, on_delete=models.CASCADE, related_name="memberships")
    commune = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="+")
    code = models.CharField(_("code"), max_length=20)
    label = models.CharField(_("libellé"), max_length=200)
    partial = models.BooleanField(_("une partie de la commune"), default=False)

    class Meta:
        verbose_name = _("appartenance à une couche")
        verbose_name_plural = _("appartenances à une couche")
        constraints = [
            models.UniqueConstraint(fields=["layer", "commune", "code"], name="territories_layer_zone_once"),
        ]

    def __str__(self) -> str:
        return f"{self.commune_id} {self.code}"


class LayerValue(models.Model):
    """A measure of a commune. ``secret`` is neither zero nor missing: the value exists and is withheld."""

    layer = models.ForeignKey(Layer, on_delete=models.CASCADE, related_name="values")
    commune = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="+")
    measure = models.CharField(_("mesure"), max_length=40)
    value = models.DecimalField(_("valeur"), max_digits=16, decimal_places=4, null=True)
    secret = models.BooleanField(_("secret statistique"), default=False)

    class Meta:
        verbose_name = _("mesure d'une commune")
        verbose_name_plural = _("mesures des communes")
        constraints = [
            models.UniqueConstraint(
                fields=["layer", "commune", "measure"], name="territories_layer_value_once"
            ),
            models.CheckConstraint(
                condition=models.Q(value__isnull=False, secret=False)
                | models.Q(value__isnull=True, secret=True),
                name="territories_value_or_secret",
                violation_error_message=_("Une mesure a une valeur, ou elle est secrète."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commune_id} {self.measure}"


class Perimeter(models.Model):
    """The perimeter of a subject during a period: a set of communes, a label, a kind (R-10, R-11, R-147)."""

    class Kind(models.TextChoices):
        COOPERATION = "cooperation", _("périmètre de coopération")
        MEMBERS = "members", _("périmètre des membres")
        PROJECT = "project", _("périmètre d'un projet")
        REPORT = "report", _("zone de compte rendu")
        OTHER = "other", _("autre")

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="perimeters")
    kind = models.CharField(_("nature"), max_length=12, choices=Kind.choices, default=Kind.COOPERATION)
    label = models.CharField(_("libellé"), max_length=200)
    cog_year = models.PositiveSmallIntegerField(_("année du COG"))
    approximate = models.BooleanField(_("approché"), default=False)
    note = models.JSONField(_("note"), default=dict)
    valid_from = models.DateField(_("depuis"), null=True, blank=True)
    valid_to = models.DateField(_("jusqu'au"), null=True, blank=True)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, null=True, related_name="perimeters")
    key = models.CharField(_("empreinte de l'ensemble"), max_length=64, blank=True)
    population = models.PositiveIntegerField(_("population"), null=True)
    surface_ha = models.PositiveIntegerField(_("surface en hectares"), null=True)
    lon = models.FloatField(_("longitude"), null=True)
    lat = models.FloatField(_("latitude"), null=True)
    status = models.CharField(_("état"), max_length=10, default="declare")
    recorded_at = models.DateTimeField(_("enregistré le"), default=timezone.now, null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("périmètre")
        verbose_name_plural = _("périmètres")
        ordering = ["subject", "kind", "-valid_from"]
        constraints = [
            NoOverlap(
                fields=["subject", "kind"],
                start="valid_from",
                end="valid_to",
                name="territories_perimeter_no_overlap",
                violation_error_message=_("Un autre périmètre de même nature existe déjà à ces dates."),
            ),
            ends_after_start("valid_from", "valid_to", "territories_perimeter_ends_after"),
        ]

    def __str__(self) -> str:
        return self.label


class PerimeterCommune(models.Model):
    """A commune of a perimeter; ``partial`` when only an infra-communal part belongs to it."""

    perimeter = models.ForeignKey(Perimeter, on_delete=models.CASCADE, related_name="communes")
    commune = models.ForeignKey(Zone, on_delete=models.PROTECT, related_name="+")
    partial = models.BooleanField(_("en partie"), default=False)

    class Meta:
        verbose_name = _("commune d'un périmètre")
        verbose_name_plural = _("communes d'un périmètre")
        constraints = [
            models.UniqueConstraint(fields=["perimeter", "commune"], name="territories_commune_once"),
        ]

    def __str__(self) -> str:
        return f"{self.perimeter_id} {self.commune_id}"


class PerimeterPart(models.Model):
    """A part of a commune: quarter, QPV, site or drawn polygon. Never the whole commune (R-147)."""

    class Kind(models.TextChoices):
        QUARTER = "quarter", _("quartier")
        QPV = "qpv", _("quartier prioritaire")
        SITE = "site", _("site")
        POLYGON = "polygon", _("contour dessiné")

    perimeter = models.ForeignKey(Perimeter, on_delete=models.CASCADE, related_name="parts")
    commune = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(_("nature"), max_length=8, choices=Kind.choices)
    label = models.CharField(_("libellé"), max_length=200)
    code = models.CharField(_("code"), max_length=20, blank=True)
    geometry = models.JSONField(_("contour"), null=True, blank=True)

    class Meta:
        verbose_name = _("partie de commune")
        verbose_name_plural = _("parties de commune")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="polygon", geometry__isnull=False)
                | ~models.Q(kind="polygon") & models.Q(geometry__isnull=True),
                name="territories_polygon_has_geometry",
                violation_error_message=_("Un contour dessiné, et lui seul, a une géométrie."),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Coverage(models.Model):
    """Projection: how a perimeter and a zone overlap. Rebuilt whenever the perimeter changes."""

    perimeter = models.ForeignKey(Perimeter, on_delete=models.CASCADE, related_name="coverage")
    zone = models.ForeignKey(Zone, on_delete=models.CASCADE, related_name="coverage")
    level = models.CharField(max_length=16, choices=Level.choices)
    code = models.CharField(max_length=9)
    communes = models.PositiveIntegerField(_("communes"))
    population = models.PositiveIntegerField(_("population"), null=True)
    share_of_perimeter = models.FloatField(_("part du périmètre"), null=True)
    share_of_zone = models.FloatField(_("part de la zone"), null=True)

    class Meta:
        verbose_name = _("recouvrement")
        verbose_name_plural = _("recouvrements")
        constraints = [
            models.UniqueConstraint(fields=["perimeter", "zone"], name="territories_coverage_once"),
        ]
        indexes = [models.Index(fields=["level", "code"], name="territories_coverage_zone")]

    def __str__(self) -> str:
        return f"{self.perimeter_id} {self.level} {self.code}"


class Outline(models.Model):
    """Cache: the outline of a set of communes, by the digest of the set."""

    key = models.CharField(primary_key=True, max_length=64)
    geometry = models.JSONField()
    built_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("contour")
        verbose_name_plural = _("contours")

    def __str__(self) -> str:
        return self.key[:12]


class Place(models.Model):
    """A building, a site, a quarter, a piece of equipment: somewhere that can be described (R-121, R-129)."""

    class Kind(models.TextChoices):
        BUILDING = "building", _("bâtiment")
        SITE = "site", _("site")
        QUARTER = "quarter", _("quartier")
        LAND = "land", _("terrain")
        EQUIPMENT = "equipment", _("équipement")
        TERRITORY = "territory", _("territoire de projet")

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="place")
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(_("nom"), max_length=200)
    kind = models.CharField(_("nature"), max_length=10, choices=Kind.choices)
    zone = models.ForeignKey(Zone, on_delete=models.PROTECT, null=True, related_name="places")
    zone_note = models.CharField(_("précision sur le lieu"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects: ClassVar[models.Manager["Place"]] = models.Manager()

    class Meta:
        verbose_name = _("lieu")
        verbose_name_plural = _("lieux")
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name
