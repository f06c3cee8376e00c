"""What the API says of facts, of their catalogue and of what is found."""

from django.utils.translation import gettext_noop as _
from ninja import Field, Schema

from terreau.api.pages import PageOut
from terreau.api.schemas import FactOut, TextsOut

RESULTS = _("Les lignes de la page.")
LABEL = _("Nom, dans les deux langues.")
DEFINITION = _("Définition, dans les deux langues.")
SOURCE = _("Texte qui définit le terme.")


class SubjectOut(Schema):
    """Who or what a fact is about."""

    id: str = Field(description=_("Identifiant du sujet."))
    nature: str = Field(description=_("Nature du sujet : pole, actor, territory, place…"))
    nom: str | None = Field(description=_("Nom du sujet."))
    chemin: str | None = Field(description=_("Adresse de sa page dans le site."))


class SubjectFactOut(FactOut):
    """A fact, and the subject that it is about."""

    sujet: SubjectOut = Field(description=_("De qui ou de quoi parle le fait."))


class FactsOut(PageOut):
    """A page of facts."""

    results: list[SubjectFactOut] = Field(description=RESULTS)


class EntryOut(Schema):
    """A code of the catalogue of facts."""

    code: str = Field(description=_("Code au catalogue des faits."))
    libelle: TextsOut = Field(description=LABEL)
    definition: TextsOut = Field(description=DEFINITION)
    type: str = Field(description=_("number, text, code, date, bool ou money (en euros)."))
    unite: str | None = Field(description=_("Unité par défaut, code de /units."))
    vocabulaire: str | None = Field(description=_("Vocabulaire des valeurs, quand le type est code."))
    plusieurs: bool = Field(description=_("Un sujet peut avoir plusieurs valeurs à la fois."))
    sujets: list[str] = Field(description=_("Natures des sujets que le code décrit."))
    periode: str = Field(description=_("Sorte de dates : none, instant, year ou interval."))
    diffusion: str = Field(
        description=_("public, statistical ou private ; l'API ne dit que les faits publics.")
    )
    source: str = Field(description=_("Texte qui demande ce fait."))


class EntriesOut(PageOut):
    """A page of the catalogue."""

    results: list[EntryOut] = Field(description=RESULTS)


class UnitOut(Schema):
    """A unit."""

    code: str = Field(description=_("Code de l'unité."))
    nature: str = Field(
        description=_("Grandeur : count, time, rate, area, money, share, power, energy, mass.")
    )
    libelle: TextsOut = Field(description=LABEL)
    symbole: str | None = Field(description=_("Symbole, quand il y en a un."))


class UnitsOut(PageOut):
    """A page of units."""

    results: list[UnitOut] = Field(description=RESULTS)


class TermOut(Schema):
    """A term of a vocabulary. Codes never change."""

    code: str = Field(description=_("Code du terme."))
    libelle: TextsOut = Field(description=LABEL)
    definition: TextsOut = Field(description=DEFINITION)
    source: str = Field(description=SOURCE)
    parent: str | None = Field(description=_("Terme plus large du même vocabulaire."))
    groupe: str | None = Field(description=_("Groupe de termes."))


class VocabularyLineOut(Schema):
    """A vocabulary in the list."""

    nom: str = Field(description=_("Nom du vocabulaire."))
    source: str = Field(description=SOURCE)
    termes: int = Field(description=_("Nombre de termes."))


class VocabulariesOut(PageOut):
    """A page of vocabularies."""

    results: list[VocabularyLineOut] = Field(description=RESULTS)


class VocabularyOut(Schema):
    """A vocabulary whole."""

    nom: str = Field(description=_("Nom du vocabulaire."))
    source: str = Field(description=SOURCE)
    termes: list[TermOut] = Field(description=_("Les termes, dans leur ordre."))


class FoundOut(Schema):
    """Something found."""

    id: str = Field(description=_("Identifiant du sujet."))
    nature: str = Field(description=_("Nature du sujet : pole, actor, territory, place…"))
    nom: str = Field(description=_("Nom du sujet."))
    detail: str = Field(description=_("Ce qui le distingue d'un autre du même nom."))
    chemin: str = Field(description=_("Adresse de sa page dans le site."))


class FoundListOut(PageOut):
    """A page of what is found, the best first."""

    results: list[FoundOut] = Field(description=RESULTS)
