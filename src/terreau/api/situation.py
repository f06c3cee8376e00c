"""The situation of a pole on a scale grid: what the pole chose to show, and nothing else."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Field, Query, Router, Schema

from terreau.api.schemas import TextsOut
from terreau.common.errors import NotFoundError
from terreau.poles.models import Pole
from terreau.reviews import situation
from terreau.reviews.situation import AxisLines, Line, Situation
from terreau.reviews.statements import Texts

router = Router(tags=["poles"])


class SituationQuery(Schema):
    """Which grid."""

    grille: str = Field(
        "", max_length=60, description=_("Code de la grille : celle répondue en dernier si rien n'est dit.")
    )


class SituationItemOut(Schema):
    """An item: what the pole says of itself."""

    code: str = Field(description=_("Code de l'item dans la grille."))
    enonce: TextsOut = Field(description=_("Énoncé de l'item."))
    niveau: int | None = Field(description=_("Degré de l'échelle ; nul sans réponse ou non concerné."))
    non_concerne: bool = Field(description=_("Le pôle dit que l'item ne le concerne pas."))
    cible: int | None = Field(description=_("Degré voulu ; nul quand le pôle ne le montre pas."))
    premier_pas: str | None = Field(
        description=_("Premier pas, en français ; nul quand le pôle ne le montre pas.")
    )
    niveau_avant: int | None = Field(description=_("Degré à la fin de la campagne d'avant, s'il est montré."))
    retenu_le: date | None = Field(description=_("Jour où le pôle a retenu cette réponse."))
    lu_depuis: str | None = Field(
        description=_("Version sous laquelle il a répondu, quand c'est une plus ancienne.")
    )
    confiance: str | None = Field(
        description=_("sure, stated ou to_check, quand la réponse est relue d'une autre version.")
    )


class SituationAxisOut(Schema):
    """An axis that is shown."""

    code: str = Field(description=_("Code de l'axe."))
    titre: TextsOut = Field(description=_("Titre de l'axe."))
    items: list[SituationItemOut] = Field(description=_("Items de l'axe, dans l'ordre de la grille."))


class DegreeOut(Schema):
    """A degree of the scale."""

    valeur: int = Field(description=_("Degré."))
    libelle: TextsOut = Field(description=_("Ce que veut dire le degré."))


class SituationOut(Schema):
    """What a pole shows of its situation; no total and no rank exist."""

    pole: str = Field(description=_("Mot du pôle dans les adresses."))
    grille: str | None = Field(description=_("Code de la grille ; nul quand aucune ne se répond."))
    version: str | None = Field(description=_("Version de la grille."))
    echelle: list[DegreeOut] = Field(description=_("Échelle de la grille."))
    axes: list[SituationAxisOut] = Field(
        description=_("Axes que le pôle montre : aucun tant qu'il n'a rien choisi.")
    )


@router.get(
    "/poles/{slug}/situation",
    response=SituationOut,
    operation_id="read_pole_situation",
    summary=_("Situation d'un pôle"),
    description=_("Ce que le pôle dit de lui-même sur une grille, pour les axes qu'il a choisi de montrer."),
    openapi_extra={"x-example": "/poles/pole-sud/situation"},
)
def pole_situation(request: HttpRequest, slug: str, query: Query[SituationQuery]) -> dict[str, Any]:
    """Return what a public pole shows; 404 for a pole that is not public and for an unknown grid."""
    living = {"subject__public": True, "subject__closed_at": None, "subject__merged_into": None}
    rows = Pole.objects.select_related("actor__subject").filter(slug=slug)
    pole = rows.filter(**{f"actor__{name}": value for name, value in living.items()}).first()
    if pole is None:
        raise NotFoundError("unknown_pole", gettext("Ce pôle n'est pas dans le registre."))
    version = situation.version_of(pole, query.grille)
    held = situation.public(pole, version) if version else None
    return {
        "pole": pole.slug,
        "grille": version.grid.code if version else None,
        "version": version.version if version else None,
        "echelle": [{"valeur": one.value, "libelle": _texts(one.labels)} for one in held.asked.scale]
        if held
        else [],
        "axes": _axes(held) if held else [],
    }


def _axes(held: Situation) -> list[dict[str, Any]]:
    return [_axis(one) for one in held.axes]


def _axis(one: AxisLines) -> dict[str, Any]:
    return {
        "code": one.axis.code,
        "titre": _texts(one.axis.titles),
        "items": [_item(line) for line in one.lines],
    }


def _item(line: Line) -> dict[str, Any]:
    return {
        "code": line.item.code,
        "enonce": _texts(line.item.titles),
        "niveau": line.said.level,
        "non_concerne": line.said.not_concerned,
        "cible": line.said.target,
        "premier_pas": line.said.first_step or None,
        "niveau_avant": line.before,
        "retenu_le": timezone.localtime(line.at).date() if line.at else None,
        "lu_depuis": line.given_under or None,
        "confiance": line.confidence or None,
    }


def _texts(texts: Texts) -> dict[str, str]:
    return {"fr": texts.get("fr", ""), "en": texts.get("en") or texts.get("fr", "")}
