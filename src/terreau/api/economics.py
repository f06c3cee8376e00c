"""The economy of a pole: what the pole chose to show, rounded and under secrecy, and nothing else."""

from datetime import date
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Field, Router, Schema

from terreau.common.errors import NotFoundError
from terreau.forecast import publishing
from terreau.poles.models import Pole

router = Router(tags=["poles"])


class FigureOut(Schema):
    """One figure that the pole shows."""

    code: str = Field(description=_("Code de la rubrique ; vide pour l'ensemble et pour un financement."))
    libelle: str = Field(description=_("Nom de la rubrique, dans la langue demandée."))
    centimes: int | None = Field(
        description=_("Montant en centimes d'euro ; nul s'il est secret ou compté autrement.")
    )
    nombre: int | None = Field(
        description=_("Nombre entier dans son unité ; nul s'il est secret ou un montant.")
    )
    unite: str | None = Field(description=_("Unité du nombre : hours ou people ; nul pour un montant."))
    secret: bool = Field(
        description=_("Le chiffre est caché : il dirait ce que fait une seule organisation.")
    )
    objet: str | None = Field(description=_("Ce qui est financé, pour un financement public."))
    jusqu_au: date | None = Field(description=_("Dernier jour que paie un financement public."))


class SectionOut(Schema):
    """An item that the pole chose to show."""

    code: str = Field(
        description=_("resources, origins, cell, hours, trade, fundings ou citizens : ce que le pôle montre.")
    )
    titre: str = Field(description=_("Titre de l'élément, dans la langue demandée."))
    annee: int | None = Field(description=_("Année des sommes ; nul pour ce qui vaut aujourd'hui."))
    gele_le: date | None = Field(description=_("Jour où les sommes ont été gelées."))
    chiffres: list[FigureOut] = Field(description=_("Chiffres de l'élément, dans l'ordre de la page."))


class EconomicsOut(Schema):
    """What a pole shows of its economy; sums of different items are never to be added."""

    pole: str = Field(description=_("Mot du pôle dans les adresses."))
    fictif: bool = Field(description=_("Le pôle est un exemple inventé."))
    elements: list[SectionOut] = Field(
        description=_("Éléments que le pôle montre : aucun tant qu'il n'a rien choisi.")
    )


@router.get(
    "/poles/{slug}/economics",
    response=EconomicsOut,
    operation_id="read_pole_economics",
    summary=_("Économie d'un pôle"),
    description=_(
        "Ce que le pôle a choisi de montrer de son économie : sommes d'une année finie, gelées, arrondies à "
        "deux chiffres et protégées par le secret statistique. Les éléments ne s'additionnent pas."
    ),
    openapi_extra={"x-example": "/poles/pole-sud/economics"},
)
def pole_economics(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return what a public pole shows; 404 for a pole that is not public."""
    living = {"subject__public": True, "subject__closed_at": None, "subject__merged_into": None}
    rows = Pole.objects.select_related("actor__subject").filter(slug=slug)
    pole = rows.filter(**{f"actor__{name}": value for name, value in living.items()}).first()
    if pole is None:
        raise NotFoundError("unknown_pole", gettext("Ce pôle n'est pas dans le registre."))
    shown = publishing.shown(pole, on=timezone.localdate())
    return {"pole": pole.slug, "fictif": pole.fictional, "elements": [_section(one) for one in shown]}


def _section(one: publishing.Section) -> dict[str, Any]:
    dated = one.code == "fundings"
    return {
        "code": one.code,
        "titre": one.title,
        "annee": one.year,
        "gele_le": timezone.localtime(one.at).date() if one.at else None,
        "chiffres": [_figure(figure, dated=dated) for figure in one.figures],
    }


def _figure(one: publishing.Figure, *, dated: bool) -> dict[str, Any]:
    return {
        "code": "" if dated else one.code,
        "libelle": one.label,
        "centimes": one.cents,
        "nombre": one.number,
        "unite": one.unit or None,
        "secret": one.secret,
        "objet": one.note or None,
        "jusqu_au": one.code or None if dated else None,
    }
