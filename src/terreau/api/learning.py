"""What a grid teaches across poles, as it was published under statistical secrecy."""

from typing import Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router, Schema

from terreau.api.grid_schemas import CODE, KIND, VERSION
from terreau.api.schemas import TextsOut
from terreau.sheets import learning

router = Router(tags=["grids"])

By = Literal["", "region", "department", "stage"]
_WAYS = {"": "", "region": learning.REGION, "department": learning.DEPARTMENT, "stage": learning.BY_STAGE}


class CountOut(Schema):
    """A figure under secrecy."""

    etat: str = Field(description=_("publie, zero, secret (caché) ou absent (personne à compter)."))
    valeur: int | None = Field(description=_("Nombre de pôles ; nul quand il est secret ou absent."))


class AnswersOut(Schema):
    """How many poles give each answer."""

    oui: CountOut = Field(description=_("Pôles dont la réponse est oui."))
    non: CountOut = Field(description=_("Pôles dont la réponse est non."))
    a_verifier: CountOut = Field(description=_("Pôles dont on ne sait pas assez."))
    discute: CountOut = Field(
        description=_(
            "Pôles dont une personne habilitée a jugé autrement que la règle, ou dont la réponse tient à une "
            "donnée qu'une autre source contredit."
        )
    )


class LearnedRowOut(Schema):
    """The poles of a place, or at a stage."""

    code: str = Field(
        description=_("Code du territoire ou du stade ; vide pour tous les pôles, ? pour un inconnu.")
    )
    libelle: str = Field(description=_("Nom du territoire ou du stade."))
    poles: CountOut = Field(description=_("Pôles comptés là."))
    reponses: AnswersOut = Field(description=_("Leurs réponses."))


class LearnedOut(Schema):
    """A criterion across poles."""

    code: str = Field(description=_("Code du critère."))
    kind: str = Field(description=KIND)
    titre: TextsOut = Field(description=_("Nom du critère, dans les deux langues."))
    compte_le: str | None = Field(description=_("Instant du compte ; nul quand rien n'est encore compté."))
    revu_le: str | None = Field(
        description=_("Dernier instant où rien de plus récent ne pouvait ou ne devait le remplacer.")
    )
    ensemble: LearnedRowOut = Field(description=_("Tous les pôles."))
    pouvoir_de_distinguer: int | None = Field(
        description=_(
            "Deux fois la plus petite des deux parts, en pour cent, parmi les pôles dont la réponse est oui "
            "ou non ; nul quand un des deux est secret ou qu'ils sont moins de dix."
        )
    )
    lignes: list[LearnedRowOut] = Field(description=_("Une ligne par territoire ou par stade demandé."))


class LearningOut(Schema):
    """What a grid teaches across poles."""

    grid: str = Field(description=CODE)
    version: str = Field(description=VERSION)
    par: str | None = Field(description=_("Façon de compter : region, departement ou stade."))
    poles: int = Field(description=_("Pôles publics comptés."))
    exemples_fictifs: bool = Field(description=_("Des pôles inventés pour la démonstration sont comptés."))
    regle: dict[str, Any] | None = Field(description=_("Règle de secret : seuil, date, source."))
    criteres: list[LearnedOut] = Field(description=_("Les critères, dans l'ordre de la grille."))


class StatisticsQuery(Schema):
    """How to count, under which version."""

    by: By = Field("", description=_("region, department ou stage ; tous les pôles ensemble par défaut."))
    version: str = Field(
        "", description=_("Version de la grille ; celle en vigueur par défaut."), max_length=40
    )


@router.get(
    "/grids/{grid}/statistics",
    response=LearningOut,
    operation_id="read_grid_statistics",
    summary=_("Ce qu'une grille apprend des pôles"),
    description=_(
        "Combien de pôles publics répondent oui, non, à vérifier ou discuté à chaque critère, par région, "
        "département ou stade, sous secret statistique : ce qui est secret n'est ni zéro ni absent."
    ),
    openapi_extra={"x-example": "/grids/decret-2015-431/statistics?by=region"},
)
def read_statistics(request: HttpRequest, grid: str, query: Query[StatisticsQuery]) -> dict[str, Any]:
    """Return what was published of a grid across poles; nothing is computed."""
    on = timezone.localdate()
    return learning.learning(grid, on, version=query.version or None, by=_WAYS[query.by]).as_json()
