"""What the API says of actors."""

from django.utils.translation import gettext_noop as _
from ninja import Field, Schema

from terreau.api.pages import PageOut
from terreau.api.schemas import FactOut

ESS = _("Entreprise de l'ESS : oui, non ou a_verifier.")
FUNCTIONS = _("Termes du vocabulaire actor_function.")
ID = _("Identifiant de l'acteur.")
NAME = _("Nom de l'acteur.")
NATURE = _("Nature juridique, terme du vocabulaire legal_nature.")


class ActorOut(Schema):
    """A line of the directory of actors."""

    id: str = Field(description=ID)
    nom: str = Field(description=NAME)
    nature: str = Field(description=NATURE)
    ess: str = Field(description=ESS)
    ess_verifie: bool = Field(description=_("L'appartenance à l'ESS a été vérifiée."))
    siren: str | None = Field(description=_("Numéro SIREN ; nul s'il est inconnu."))
    lieu: str | None = Field(description=_("Nom du territoire où il est."))
    lieu_niveau: str | None = Field(description=_("Niveau de ce territoire."))
    lieu_code: str | None = Field(description=_("Code de ce territoire."))
    region: str | None = Field(description=_("Code de la région."))
    fonctions: list[str] = Field(description=FUNCTIONS)
    reseaux: list[str] = Field(description=_("Noms des réseaux auxquels il appartient."))


class ActorsOut(PageOut):
    """A page of the directory of actors."""

    results: list[ActorOut] = Field(description=_("Les lignes de la page."))


class NameOut(Schema):
    """Another name of an actor."""

    nom: str = Field(description=_("Le nom."))
    nature: str = Field(description=_("Sigle, ancien nom, graphie rencontrée…"))


class NafOut(Schema):
    """The main activity, in the nomenclature of the INSEE."""

    code: str = Field(description=_("Code de l'activité."))
    version: str = Field(description=_("Version de la nomenclature."))


class ReasonOut(Schema):
    """Why a verdict is what it is."""

    code: str = Field(description=_("Nom stable de la raison."))
    texte: str = Field(description=_("La raison, dans la langue demandée."))
    source: str = Field(description=_("Texte sur lequel elle s'appuie."))


class EssOut(Schema):
    """Whether the actor is an enterprise of the ESS (law of 31 July 2014), and why."""

    verdict: str = Field(description=ESS)
    raisons: list[ReasonOut] = Field(description=_("Pourquoi."))
    source: str = Field(description=_("Texte sur lequel le verdict s'appuie."))
    famille: str | None = Field(description=_("Famille de l'ESS."))
    verifie: bool = Field(description=_("Le verdict a été vérifié."))


class PlaceOut(Schema):
    """The territory where an actor is."""

    niveau: str = Field(description=_("Niveau du territoire."))
    code: str = Field(description=_("Code officiel."))
    nom: str = Field(description=_("Nom du territoire."))
    cog: int = Field(description=_("Année du code officiel géographique."))


class NetworkOut(Schema):
    """A network that an actor belongs to, or did."""

    id: str = Field(description=ID)
    nom: str = Field(description=NAME)


class InPoleOut(Schema):
    """What an actor is in a pole."""

    slug: str = Field(description=_("Mot du pôle dans les adresses."))
    nom: str = Field(description=_("Nom du pôle."))
    role: str = Field(description=_("Rôle : carrier, recognition, ou terme du vocabulaire member_role."))


class ActorDetailOut(Schema):
    """The sheet of an actor; of the one it was merged into when it was."""

    id: str = Field(description=ID)
    nom: str = Field(description=NAME)
    noms: list[NameOut] = Field(description=_("Autres noms."))
    nature: str = Field(description=NATURE)
    categorie_juridique: str | None = Field(description=_("Code de catégorie juridique de l'INSEE."))
    siren: str | None = Field(description=_("Numéro SIREN ; nul s'il est inconnu."))
    siret: str | None = Field(description=_("Numéro SIRET du siège ; nul s'il est inconnu."))
    rna: str | None = Field(description=_("Numéro au répertoire national des associations."))
    naf: NafOut | None = Field(description=_("Activité principale."))
    tranche_effectifs: str | None = Field(description=_("Code de la tranche d'effectifs de l'INSEE."))
    fonctions: list[str] = Field(description=FUNCTIONS)
    ess: EssOut = Field(description=_("Appartenance à l'ESS et ses raisons."))
    lieu: PlaceOut | None = Field(description=_("Territoire où il est, ou qu'il gouverne."))
    reseaux: list[NetworkOut] = Field(description=_("Réseaux auxquels il appartient ou a appartenu."))
    poles: list[InPoleOut] = Field(description=_("Pôles qu'il porte, dont il est membre ou qu'il reconnaît."))
    faits: list[FactOut] = Field(description=_("Faits sourcés."))
