"""What the API says of poles, and the shapes that every room shares: the names that others automate against.

Descriptions are French sentences marked for the catalogue: the reference is written in the language asked.
"""

from typing import Any

from django.utils.translation import gettext_noop as _
from ninja import Field, Schema

from terreau.api.pages import PageOut


class ErrorOut(Schema):
    """The one error shape."""

    code: str = Field(description=_("Nom stable de l'erreur, à lire par un programme."))
    message: str = Field(description=_("Phrase qui dit ce qui ne va pas et quoi faire."))
    facts: dict[str, Any] = Field(description=_("Valeurs qui expliquent l'erreur."))


class TextsOut(Schema):
    """A text in both languages."""

    fr: str = Field(description=_("En français."))
    en: str = Field(description=_("En anglais."))


class PoleOut(Schema):
    """A line of the directory. Codes are those of the official geography and of the vocabularies."""

    id: str = Field(description=_("Identifiant du sujet, le même dans tout le registre."))
    slug: str = Field(description=_("Mot du pôle dans les adresses."))
    nom: str = Field(description=_("Nom du pôle."))
    nature: str = Field(
        description=_("pole, family (famille de pôles) ou set (ensemble dénombré par une source).")
    )
    porteur: str | None = Field(description=_("Nom de la structure porteuse."))
    stade: str | None = Field(description=_("Terme du vocabulaire stage."))
    statut_registre: str = Field(description=_("Terme du vocabulaire register_status."))
    reconnaissances: list[str] = Field(description=_("Termes du vocabulaire recognition."))
    secteurs: list[str] = Field(description=_("Termes du vocabulaire sector."))
    departements: list[str] = Field(description=_("Codes des départements que touche le périmètre."))
    regions: list[str] = Field(description=_("Codes des régions que touche le périmètre."))
    anciennes_regions: list[str] = Field(description=_("Codes des régions d'avant 2016."))
    lon: float | None = Field(description=_("Longitude en degrés (WGS 84)."))
    lat: float | None = Field(description=_("Latitude en degrés (WGS 84)."))
    approche: bool = Field(description=_("Le périmètre n'est connu qu'à peu près."))
    exemple_fictif: bool = Field(description=_("Pôle inventé pour une démonstration."))


class PolesOut(PageOut):
    """A page of the directory; ``next`` and ``previous`` are whole addresses."""

    results: list[PoleOut] = Field(description=_("Les lignes de la page."))


class SourceOut(Schema):
    """Where a datum comes from."""

    document: str = Field(description=_("Document cité."))
    section: str = Field(description=_("Endroit du document."))
    url: str = Field(description=_("Adresse du document, vide quand il n'en a pas."))


class ContradictionOut(Schema):
    """What another source says of the same thing for the same period."""

    valeur: Any = Field(description=_("Nombre, texte, code, date, oui ou non, ou intervalle {min, max}."))
    unite: str | None = Field(description=_("Unité, quand la valeur est un nombre."))
    periode: str | None = Field(description=_("Dates : 2014, 2014-09/2015-03, 2014/.. ; nul si inconnues."))
    source: SourceOut = Field(description=_("D'où vient la donnée."))
    statut: str = Field(description=_("vérifié, justifié, déclaré, calculé ou estimé, sans accent."))


class FactOut(ContradictionOut):
    """A sourced datum."""

    code: str = Field(description=_("Code au catalogue des faits."))
    libelle: str = Field(description=_("Nom du fait dans la langue demandée."))
    precision: str = Field(
        description=_("Ce que la source dit du nombre : about, more_than… ; vide si exact.")
    )
    contredit: list[ContradictionOut] = Field(description=_("Ce que d'autres sources disent autrement."))


class MemberOut(Schema):
    """An actor in a pole."""

    id: str = Field(description=_("Identifiant de l'acteur."))
    nom: str = Field(description=_("Nom de l'acteur."))
    role: str = Field(description=_("Terme du vocabulaire member_role."))
    cercle: str = Field(description=_("Terme du vocabulaire circle, vide si inconnu."))
    depuis: str | None = Field(description=_("Date de début, aussi précise que connue."))
    jusqu_au: str | None = Field(description=_("Dernier jour connu."))
    ess: str = Field(description=_("Entreprise de l'ESS : oui, non ou a_verifier."))


class PerimeterOut(Schema):
    """The communes of a pole's perimeter at a COG year."""

    cog: int = Field(description=_("Année du code officiel géographique."))
    libelle: str = Field(description=_("Nom du périmètre."))
    communes: list[str] = Field(description=_("Codes des communes touchées."))
    approche: bool = Field(description=_("Le périmètre n'est connu qu'à peu près."))
    parties: list[str] = Field(description=_("Parties de commune : quartiers, sites."))


class PoleDetailOut(PoleOut):
    """The sheet of a pole."""

    faits: list[FactOut] = Field(description=_("Faits sourcés, dans l'ordre du catalogue."))
    membres: list[MemberOut] = Field(description=_("Acteurs membres du pôle."))
    perimetre: PerimeterOut | None = Field(description=_("Périmètre de coopération en vigueur."))
    au: str = Field(description=_("Le jour dont la fiche parle."))
    su_le: str | None = Field(description=_("Le jour de ce que le registre savait ; nul pour aujourd'hui."))
    faits_ecartes: int = Field(description=_("Faits que la provenance demandée laisse de côté."))


class GeometryOut(Schema):
    """A GeoJSON geometry (RFC 7946)."""

    type: str = Field(description=_("Point ou MultiPolygon."))
    coordinates: list[Any] = Field(description=_("Coordonnées : longitude puis latitude (WGS 84)."))


class FeatureOut(Schema):
    """A GeoJSON feature (RFC 7946); without a geometry where no outline is known."""

    type: str = Field(description=_("Toujours Feature."))
    geometry: GeometryOut | None = Field(description=_("Géométrie ; nulle quand elle n'est pas connue."))
    properties: dict[str, Any] = Field(description=_("Ce que l'on sait de l'objet."))


class FeaturesOut(Schema):
    """A GeoJSON collection (RFC 7946)."""

    type: str = Field(description=_("Toujours FeatureCollection."))
    features: list[FeatureOut] = Field(description=_("Les objets."))
