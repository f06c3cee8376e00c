"""Forms of those who hold a grid: deposit, begin, write its parts, publish, withdraw."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.actors.models import Actor
from terreau.design.forms import BaseForm
from terreau.grids.models import Nature
from terreau.grids.reading import MAX_BYTES
from terreau.grids.sections import MOST_ROWS, SPARE
from terreau.grids.shown import KINDS, SUBJECTS

_AREA = forms.Textarea(attrs={"rows": 4})
#: A grid written here decides by these kinds.
_DECIDING = [(kind, KINDS[kind]) for kind in ("incontournable", "a_tester", "exclusion")]


def _texts(label: Any, english: Any, *, area: bool = False, required: bool = False) -> tuple[Any, Any]:
    def field(words: Any) -> forms.CharField:
        widget = forms.Textarea(attrs={"rows": 4}) if area else forms.TextInput()
        return forms.CharField(label=words, required=required, widget=widget, max_length=10_000)

    return field(label), field(english)


class DepositForm(BaseForm):
    """A file, and whose it is."""

    fichier = forms.FileField(
        label=gettext_lazy("Le fichier YAML de la grille"),
        help_text=gettext_lazy("1 Mo au plus. Rien n'est gardé tant qu'il reste un problème."),
        allow_empty_file=True,
    )
    organisation = forms.ChoiceField(label=gettext_lazy("L'organisation qui la tient"), required=False)
    remplacer = forms.BooleanField(
        label=gettext_lazy("Remplacer le brouillon qui attend, s'il y en a un"), required=False
    )

    def __init__(self, *args: Any, owners: list[Actor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _own(self, owners)

    def clean_fichier(self) -> bytes:
        """Return the bytes of the file, never more than what a grid may have (and one)."""
        return bytes(self.cleaned_data["fichier"].read(MAX_BYTES + 1))


def _own(form: BaseForm, owners: list[Actor]) -> None:
    choices = [(str(one.pk), one.name) for one in owners]
    form.fields["organisation"].choices = choices if len(choices) == 1 else [("", "–"), *choices]  # type: ignore[attr-defined]


class BeginForm(BaseForm):
    """A grid from nothing."""

    code = forms.CharField(
        label=gettext_lazy("Code de la grille"),
        max_length=60,
        help_text=gettext_lazy("Court, pour l'adresse : grille-de-notre-reseau. Il ne changera plus."),
    )
    title_fr = forms.CharField(label=gettext_lazy("Titre en français"), max_length=300)
    title_en = forms.CharField(label=gettext_lazy("Titre en anglais"), max_length=300)
    nature = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Nature.choices, initial=Nature.SCALE)
    subject = forms.ChoiceField(label=gettext_lazy("Ce qu'elle apprécie"), choices=list(SUBJECTS.items()))
    organisation = forms.ChoiceField(label=gettext_lazy("L'organisation qui la tient"), required=False)

    def __init__(self, *args: Any, owners: list[Actor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _own(self, owners)


class FollowForm(BaseForm):
    """The name of a new version."""

    version = forms.CharField(
        label=gettext_lazy("Nom de la nouvelle version"), max_length=40, help_text=gettext_lazy("2.4, 2027…")
    )


class PartForm(BaseForm):
    """A part of a draft; ``base`` is what the person was shown."""

    base = forms.CharField(widget=forms.HiddenInput, required=False)


class HeadForm(PartForm):
    """The head of a version."""

    version = forms.CharField(label=gettext_lazy("Nom de la version"), max_length=40)
    title_fr, title_en = _texts(
        gettext_lazy("Titre en français"), gettext_lazy("Titre en anglais"), required=True
    )
    summary_fr, summary_en = _texts(
        gettext_lazy("Résumé en français"), gettext_lazy("Résumé en anglais"), area=True
    )
    nature = forms.ChoiceField(label=gettext_lazy("Nature"), choices=Nature.choices)
    subject = forms.ChoiceField(label=gettext_lazy("Ce qu'elle apprécie"), choices=list(SUBJECTS.items()))
    all_of = forms.MultipleChoiceField(
        label=gettext_lazy("Appréciation d'ensemble : oui quand tout ceci l'est"),
        help_text=gettext_lazy("Rien de coché : la grille ne conclut pas, ni total ni rang."),
        choices=_DECIDING,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    none_of = forms.MultipleChoiceField(
        label=gettext_lazy("Et non dès que l'un de ceux-ci s'applique"),
        choices=_DECIDING,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    owner_name = forms.CharField(label=gettext_lazy("Auteur du texte"), max_length=300, required=False)
    owner_url = forms.CharField(label=gettext_lazy("Page de l'auteur"), max_length=500, required=False)
    licence_fr, licence_en = _texts(gettext_lazy("Licence en français"), gettext_lazy("Licence en anglais"))
    source_document = forms.CharField(
        label=gettext_lazy("Document d'où vient le texte"), max_length=500, required=False
    )
    source_section = forms.CharField(
        label=gettext_lazy("Endroit dans le document"), max_length=300, required=False
    )
    source_url = forms.CharField(label=gettext_lazy("Adresse du document"), max_length=500, required=False)
    valid_from = forms.CharField(
        label=gettext_lazy("En vigueur depuis"),
        max_length=10,
        required=False,
        help_text=gettext_lazy("2026-11-21"),
    )
    valid_to = forms.CharField(
        label=gettext_lazy("En vigueur jusqu'au (exclu)"), max_length=10, required=False
    )
    verified_on = forms.CharField(
        label=gettext_lazy("Vérifiée sur l'original le"),
        max_length=10,
        required=False,
        help_text=gettext_lazy("Vide : la grille se montre « à vérifier »."),
    )


class CriterionForm(PartForm):
    """One criterion."""

    code = forms.SlugField(
        label=gettext_lazy("Code"), max_length=60, help_text=gettext_lazy("Court, unique dans la grille.")
    )
    kind = forms.ChoiceField(label=gettext_lazy("Sorte"), choices=list(KINDS.items()))
    axis = forms.ChoiceField(label=gettext_lazy("Axe"), required=False)
    title_fr, title_en = _texts(
        gettext_lazy("Titre en français"), gettext_lazy("Titre en anglais"), required=True
    )
    text_fr, text_en = _texts(
        gettext_lazy("Texte en français"), gettext_lazy("Texte en anglais"), area=True, required=True
    )
    source_document = forms.CharField(label=gettext_lazy("Document d'où vient le texte"), max_length=500)
    source_section = forms.CharField(
        label=gettext_lazy("Endroit dans le document"), max_length=300, required=False
    )
    source_url = forms.CharField(label=gettext_lazy("Adresse du document"), max_length=500, required=False)
    rule = forms.CharField(
        label=gettext_lazy("Règle"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "class": "code-text"}),
        help_text=gettext_lazy("Vide : une personne répond. Sinon, dans le langage des grilles (plus bas)."),
    )
    reads = forms.CharField(
        label=gettext_lazy("Faits montrés à côté"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("Leurs codes, séparés par des virgules."),
    )
    orient_fr, orient_en = _texts(
        gettext_lazy("Exclusion : vers quel dispositif, en français"),
        gettext_lazy("Exclusion : vers quel dispositif, en anglais"),
    )
    weight = forms.CharField(
        label=gettext_lazy("Poids"),
        required=False,
        max_length=20,
        help_text=gettext_lazy("Seulement si l'auteur du texte en donne un."),
    )

    def __init__(self, *args: Any, axes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["axis"].choices = [("", _("aucun")), *axes]  # type: ignore[attr-defined]


class RowsForm(PartForm):
    """Rows of a code and two texts; a row whose code is emptied goes."""

    def __init__(self, *args: Any, count: int, degrees: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = min(count + SPARE, MOST_ROWS)
        for rank in range(self.count):
            number = {"n": rank + 1}
            self.fields[f"{rank}_code"] = forms.CharField(
                label=(_("Degré %(n)s") if degrees else _("Code %(n)s")) % number,
                required=False,
                max_length=60,
            )
            self.fields[f"{rank}_fr"] = forms.CharField(
                label=_("En français (%(n)s)") % number, required=False, max_length=300
            )
            self.fields[f"{rank}_en"] = forms.CharField(
                label=_("En anglais (%(n)s)") % number, required=False, max_length=300
            )

    def rows(self) -> list[tuple[int, list[forms.BoundField]]]:
        """Return the fields row by row."""
        return [
            (rank + 1, [self[f"{rank}_{name}"] for name in ("code", "fr", "en")])
            for rank in range(self.count)
        ]


FATES = [
    ("keep", gettext_lazy("gardé sous le même code")),
    ("move", gettext_lazy("gardé sous un autre code")),
    ("split", gettext_lazy("partagé en plusieurs")),
    ("merge", gettext_lazy("fusionné avec d'autres")),
    ("drop", gettext_lazy("abandonné")),
]
HOWS = [
    ("lowest", gettext_lazy("la réponse la plus basse")),
    ("highest", gettext_lazy("la réponse la plus haute")),
    ("agree", gettext_lazy("la réponse quand elles sont les mêmes")),
]


class MappingForm(PartForm):
    """What becomes of each criterion of the version before, and of each degree when the scale changed."""

    def __init__(
        self, *args: Any, old: dict[str, str], degrees: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.old = old
        self.degrees = degrees
        for code in old:
            self.fields[f"{code}|fate"] = forms.ChoiceField(label=_("Ce qu'il devient"), choices=FATES)
            self.fields[f"{code}|to"] = forms.CharField(
                label=_("Codes dans cette version"),
                required=False,
                max_length=500,
                help_text=_("S'il change de code, se partage ou fusionne ; séparés par des espaces."),
            )
            self.fields[f"{code}|how"] = forms.ChoiceField(
                label=_("S'il fusionne, lire"), choices=HOWS, required=False
            )
            for lang, label in (
                ("fr", _("S'il est abandonné, pourquoi")),
                ("en", _("La même raison en anglais")),
            ):
                self.fields[f"{code}|{lang}"] = forms.CharField(label=label, required=False, max_length=500)
        for degree, label in degrees:
            self.fields[f"degree|{degree}"] = forms.CharField(
                label=f"{degree} ({label})" if label else str(degree), required=False, max_length=6
            )

    def lines(self) -> list[dict[str, Any]]:
        """Return the fields criterion by criterion."""
        names = ("fate", "to", "how", "fr", "en")
        return [
            {
                "code": code,
                "title": title,
                "fields": [self[f"{code}|{name}"] for name in names],
                "opened": self[f"{code}|fate"].value() in {"merge", "drop"},
            }
            for code, title in self.old.items()
        ]

    def degree_fields(self) -> list[forms.BoundField]:
        """Return the fields of degrees."""
        return [self[f"degree|{degree}"] for degree, _label in self.degrees]


class PublishForm(BaseForm):
    """What changes, in the words of its owner; the draft as the person read it."""

    note = forms.CharField(
        label=gettext_lazy("Ce qui change, en quelques mots"), required=False, max_length=2000, widget=_AREA
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)


class WithdrawForm(BaseForm):
    """Why a version is withdrawn."""

    reason = forms.CharField(label=gettext_lazy("Pourquoi la retirer"), max_length=1000, widget=_AREA)
