"""What is published of the economy of all poles, under statistical secrecy."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router, Schema

from terreau.common.errors import NotFoundError
from terreau.sheets import economy_between

router = Router(tags=["economics"])


class MedianOut(Schema):
    """Median and quartiles of a measure over a group of poles."""

    mesure: str = Field(
        description=_("cell_budget, resources, public_share, projects, voluntary ou trade_inside.")
    )
    unite: str = Field(description=_("centimes, ou dix-milliemes pour une part."))
    groupe: dict[str, str] = Field(
        description=_("Ce que les pôles ont en commun : stage, sector, region, department ; vide pour tous.")
    )
    etat: str = Field(description=_("publie ou secret."))
    raison: str = Field(description=_("Pourquoi c'est secret : few, neighbour ou difference ; vide sinon."))
    poles: int | None = Field(description=_("Pôles comptés ; nul quand c'est secret."))
    premier_quartile: int | None = Field(description=_("Nul quand il est secret."))
    mediane: int | None = Field(description=_("Arrondie à deux chiffres ; nulle quand elle est secrète."))
    troisieme_quartile: int | None = Field(description=_("Nul quand il est secret."))


class AmountOut(Schema):
    """An amount of a public table."""

    a: dict[str, str] = Field(
        description=_("Codes de la case : kind, origin, region, stage ou due ; vide pour le total.")
    )
    etat: str = Field(description=_("publie, zero, secret (caché) ou absent."))
    centimes: int | None = Field(description=_("Montant en centimes ; nul quand il est secret ou absent."))


class AllEconomicsOut(Schema):
    """What is published of a year."""

    annee: int | None = Field(description=_("Année ; nulle quand rien n'est publié."))
    annees: list[int] = Field(description=_("Années publiées, la dernière d'abord."))
    calcule_le: str | None = Field(description=_("Instant du dernier calcul."))
    regles: list[dict[str, Any]] = Field(description=_("Règles de secret : seuils, dates, sources."))
    medianes: list[MedianOut] = Field(description=_("Médianes et quartiles par groupe de pôles."))
    ressources: list[AmountOut] = Field(description=_("Argent reçu, par type et origine, région ou stade."))
    commerce: list[AmountOut] = Field(description=_("Achats entre membres, par région et lien avec le pôle."))


class YearQuery(Schema):
    """Which year."""

    year: int | None = Field(None, description=_("Année publiée ; la dernière par défaut."), ge=1900, le=2100)


@router.get(
    "/economics",
    response=AllEconomicsOut,
    operation_id="read_economics",
    summary=_("Économie de tous les pôles"),
    description=_(
        "Médianes entre pôles, ressources par type et origine, achats entre membres, pour des années finies, "
        "sous secret statistique : ce qui est secret est nul, et le dit."
    ),
    openapi_extra={"x-example": "/economics"},
)
def read_economics(request: HttpRequest, query: Query[YearQuery]) -> dict[str, Any]:
    """Return what was published; nothing is computed. 404 for a year of which nothing is."""
    found = economy_between.figures(timezone.localdate(), year=query.year)
    if query.year is not None and found.year != query.year:
        message = gettext("Rien n'est publié de cette année.")
        raise NotFoundError("unknown_year", message, facts={"year": query.year, "known": list(found.years)})
    return found.as_json()
