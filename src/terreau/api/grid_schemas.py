"""What the API says of grids and of verdicts: the names that others automate against."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_noop as _
from ninja import Field, Schema
from pydantic import ConfigDict

from terreau.api.pages import PageOut
from terreau.api.schemas import TextsOut

CODE = _("Code de la grille.")
VERSION = _("Version de la grille.")
ANSWER = _("oui, non ou a_verifier.")
KIND = _("incontournable, a_tester, exclusion, echelle ou engagement.")


class ParagraphOut(Schema):
    """The paragraph that a criterion comes from."""

    document: str = Field(description=_("Document cité."))
    section: str = Field(description=_("Endroit du document."))
    url: str = Field(description=_("Adresse du document, vide quand il n'en a pas."))


class GridLineOut(Schema):
    """A grid in the list."""

    code: str = Field(description=CODE)
    titre: TextsOut = Field(description=_("Nom de la grille, dans les deux langues."))
    nature: str = Field(description=_("criteria, definition, eligibility, status, scale ou charter."))
    sujet: str = Field(description=_("À quoi elle s'applique : pole ou actor."))
    version: str | None = Field(description=_("Version en vigueur ; nulle quand le texte n'est pas détenu."))
    prescriptive: bool = Field(description=_("Elle conclut par oui, non ou à vérifier."))


class GridsOut(PageOut):
    """A page of the grids."""

    results: list[GridLineOut] = Field(description=_("Les lignes de la page."))


class VersionOut(Schema):
    """A version of a grid."""

    version: str = Field(description=VERSION)
    valable_du: str | None = Field(description=_("Premier jour de cette version ; nul si inconnu."))
    valable_au: str | None = Field(description=_("Premier jour où elle ne vaut plus ; nul si elle dure."))


class ReadFactOut(Schema):
    """A fact that a grid reads, as ``POST /grids/{grid}/verdict`` takes it."""

    code: str = Field(description=_("Code du fait, tel que facts l'attend."))
    libelle: TextsOut = Field(description=_("Nom, dans les deux langues."))
    definition: TextsOut = Field(description=_("Définition, dans les deux langues."))
    type: str = Field(
        description=_(
            "bool (true, false), number (3 ou {min, max}), code, codes (liste), date (AAAA-MM-JJ), text, "
            "records (liste d'objets). null veut dire inconnu."
        )
    )
    unite: str | None = Field(description=_("Unité du nombre."))
    choix: list[str] | None = Field(
        description=_("Valeurs admises d'un code, dont /vocabularies dit le sens.")
    )
    champs: list["ReadFactOut"] | None = Field(description=_("Champs d'un objet, quand le type est records."))


class GridCriterionOut(Schema):
    """A criterion of a grid."""

    code: str = Field(description=_("Code du critère."))
    axis: str | None = Field(description=_("Axe de la grille, quand elle en a."))
    kind: str = Field(description=KIND)
    titre: TextsOut = Field(description=_("Nom du critère, dans les deux langues."))
    texte: TextsOut = Field(description=_("Texte du critère, dans les deux langues."))
    source: ParagraphOut = Field(description=_("Paragraphe dont il vient."))
    regle: Any | None = Field(description=_("Règle calculée ; nulle quand une personne juge."))
    lit: list[str] = Field(description=_("Codes des faits qu'il lit."))


class GridOut(GridLineOut):
    """A grid whole: its criteria, the facts it reads, its versions."""

    valable_du: str | None = Field(description=_("Premier jour de cette version ; nul si inconnu."))
    valable_au: str | None = Field(description=_("Premier jour où elle ne vaut plus ; nul si elle dure."))
    verifiee_le: str | None = Field(description=_("Jour où le texte a été vérifié ; nul : à vérifier."))
    source: ParagraphOut = Field(description=_("Texte dont vient la grille."))
    licence: TextsOut = Field(description=_("Licence, dans les deux langues."))
    versions: list[VersionOut] = Field(description=_("Toutes ses versions."))
    criteria: list[GridCriterionOut] = Field(description=_("Les critères, dans leur ordre."))
    facts: list[ReadFactOut] = Field(description=_("Les faits qu'elle lit, dans leur ordre."))


class VerdictFactOut(Schema):
    """A fact used by a criterion."""

    code: str = Field(description=_("Code du fait."))
    value: Any = Field(
        description=_("Nombre, intervalle {min, max}, texte, code, date, oui ou non, liste ; nul si inconnu.")
    )
    source: dict[str, Any] = Field(description=_("D'où vient la donnée : document, section, adresse."))
    date: str = Field(description=_("Dates de la donnée ; vide si inconnues."))
    status: str = Field(description=_("vérifié, justifié, déclaré, calculé ou estimé, sans accent."))


class ReasonOut(Schema):
    """Why an answer is what it is."""

    code: str = Field(description=_("Nom stable de la raison."))
    texte: str = Field(description=_("La raison, dans la langue demandée."))
    source: str = Field(description=_("Texte ou donnée sur quoi elle s'appuie."))


class StepOut(Schema):
    """A fact to change."""

    fact: str = Field(description=_("Code du fait à changer."))
    to: Any = Field(description=_("Ce qu'il deviendrait."))
    text: str = Field(description=_("La même chose en mots."))


class ChangeOut(Schema):
    """A smallest change that would turn a criterion; every step is needed."""

    gives: str = Field(description=_("La réponse qu'il donnerait."))
    text: str = Field(description=_("Ce qu'il faudrait, dans la langue demandée."))
    steps: list[StepOut] = Field(description=_("Les faits à changer ensemble."))


class SectionOut(Schema):
    """The paragraph of a criterion."""

    document: str = Field(description=_("Document cité."))
    section: str = Field(description=_("Endroit du document."))


class LiftedOut(Schema):
    """An exclusion set aside by a person."""

    reason: str = Field(description=_("Motif donné."))
    on: str | None = Field(description=_("Jour à partir duquel cela vaut."))
    quality: str = Field(description=_("En quelle qualité la personne s'est prononcée."))


class JudgedOut(LiftedOut):
    """What a person said of a criterion."""

    answer: str = Field(description=ANSWER)


class VerdictCriterionOut(Schema):
    """A criterion and what it gives."""

    code: str = Field(description=_("Code du critère."))
    kind: str = Field(description=KIND)
    title: str = Field(description=_("Nom du critère dans la langue demandée."))
    verdict: str = Field(description=ANSWER)
    computed: str | None = Field(description=_("Ce que donne le calcul ; nul quand une personne seule juge."))
    facts: list[VerdictFactOut] = Field(description=_("Les faits utilisés."))
    missing: list[str] = Field(description=_("Codes des faits qui ne sont pas connus."))
    source: SectionOut = Field(description=_("Paragraphe du critère."))
    reasons: list[ReasonOut] = Field(description=_("Pourquoi."))
    would_change: list[ChangeOut] = Field(
        description=_("Les plus petits changements qui le feraient basculer.")
    )
    judged: JudgedOut | None = Field(
        description=_("Le jugement d'une personne, qui l'emporte sur le calcul.")
    )
    lifted: LiftedOut | None = Field(description=_("La levée de l'exclusion, quand elle a été levée."))


class VerdictOut(Schema):
    """The verdict of a grid."""

    pole: str | None = Field(
        description=_("Mot du pôle dans les adresses ; nul quand la demande donne les faits.")
    )
    grid: str = Field(description=CODE)
    version: str = Field(description=VERSION)
    on: str = Field(description=_("Le jour dont l'appréciation parle."))
    verdict: str = Field(description=ANSWER)
    prescriptive: bool = Field(description=_("Faux : la grille éclaire sans conclure."))
    verified_on: str | None = Field(description=_("Jour où le texte a été vérifié ; nul : à vérifier."))
    reasons: list[ReasonOut] = Field(description=_("Ce qu'il faut savoir de toute la réponse."))
    criteria: list[VerdictCriterionOut] = Field(description=_("Les critères, dans leur ordre."))


class FactsIn(Schema):
    """Facts given by who asks; nothing is kept."""

    model_config = ConfigDict(extra="forbid")

    on: date | None = Field(
        None, description=_("Le jour dont parlent les faits (AAAA-MM-JJ) ; aujourd'hui par défaut.")
    )
    version: str | None = Field(
        None, description=_("Version de la grille ; celle qui vaut ce jour-là par défaut.")
    )
    facts: dict[str, Any] = Field(description=_("Faits par code, tels que GET /grids/{grid} les décrit."))


ReadFactOut.model_rebuild()
