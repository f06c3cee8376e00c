"""What the pages that change a sheet share: whose sheet it is, who may, on whose word, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from terreau.accounts.models import User
from terreau.actors import perms as actor_perms
from terreau.actors.models import Actor
from terreau.census.perms import require
from terreau.census.presence import others
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.common.periods import PartialDate
from terreau.design.forms import BaseForm
from terreau.facts.models import Status
from terreau.facts.read import SourceView
from terreau.journal.actions import record
from terreau.pieces import actions as pieces
from terreau.pieces.models import Piece, Source
from terreau.poles import editing
from terreau.poles.models import Pole
from terreau.subjects.models import Subject

WRITE = "sheet.edit"


@dataclass(frozen=True)
class Target:
    """The sheet that is changed: its actor, its pole when it is one, its addresses (French paths)."""

    actor: Actor
    pole: Pole | None = None

    @property
    def path(self) -> str:
        """French path of the sheet."""
        return f"/poles/{self.pole.slug}/" if self.pole else f"/acteurs/{self.actor.pk}/"

    @property
    def edit_path(self) -> str:
        """French path of the page that lists its sections."""
        return f"{self.path}modifier/"

    @property
    def edit_url(self) -> str:
        """Address of that page in the language of the moment."""
        if self.pole:
            return reverse("pole_edit", args=[self.pole.slug])
        return reverse("actor_edit", args=[self.actor.pk])


def target(
    request: HttpRequest, *, slug: str = "", ident: UUID | None = None
) -> Target | HttpResponseRedirect:
    """Fetch a sheet and say whether the viewer may change it, at once.

    A stranger gets 404 for what is private, and is led to sign in for what is public; a person who may not
    gets 403, counted in the journal.
    """
    today = timezone.localdate()
    rows = Actor.objects.select_related("subject", "zone", "source")
    found = rows.filter(pole__slug=slug).first() if slug else rows.filter(pk=ident).first()
    if found is None or not actor_perms.can_see(request.user, found, on=today):
        raise NotFoundError(
            "unknown_sheet", _("Cette fiche n'existe pas, ou il faut se connecter pour la voir.")
        )
    if not isinstance(request.user, User):
        if request.method == "POST":
            raise NotFoundError("unknown_sheet", _("Connectez-vous pour modifier cette fiche."))
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.path})}")
    allowed = actor_perms.can_edit(request.user, found, on=today)
    require(request.user, allowed, subject=found.subject, verb=WRITE)
    pole = Pole.objects.select_related("actor__subject").filter(pk=found.pk).first()
    return Target(found, pole)


def may_verify(request: HttpRequest, of: Actor) -> bool:
    """Say whether the viewer may say that a value is verified: those who moderate the sheet."""
    return bool(actor_perms.can_moderate(request.user, of, on=timezone.localdate()))


class ProvenanceForm(BaseForm):
    """On whose word a change is made (R-56): declared, justified by a piece, verified."""

    statut = forms.ChoiceField(
        label=gettext_lazy("Ce que je change est"), widget=forms.RadioSelect, initial=Status.DECLARED
    )
    jour = forms.CharField(
        label=gettext_lazy("Vrai à la date du"),
        help_text=gettext_lazy("Une année, un mois ou un jour : 2026, 2026-11, 2026-11-21."),
        required=False,
        max_length=10,
    )
    document = forms.CharField(
        label=gettext_lazy("Document cité"),
        help_text=gettext_lazy("Son titre et la page : rapport d'activité 2025, p. 12."),
        required=False,
        max_length=250,
    )
    adresse = forms.URLField(
        label=gettext_lazy("Adresse de la page publique"),
        required=False,
        max_length=500,
        assume_scheme="https",
    )
    piece = forms.FileField(
        label=gettext_lazy("Pièce à joindre"),
        help_text=gettext_lazy("Obligatoire pour « justifié ». Elle reste privée."),
        required=False,
        allow_empty_file=True,
    )
    deja = forms.ChoiceField(label=gettext_lazy("Ou une pièce déjà jointe"), required=False)
    motif = forms.CharField(
        label=gettext_lazy("Pourquoi ce changement"),
        help_text=gettext_lazy("Se lit dans l'historique. N'écrivez le nom de personne."),
        required=False,
        max_length=300,
    )

    def __init__(self, *args: Any, subject: Subject, verifies: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject = subject
        said = [
            (Status.DECLARED, _("Déclaré : je le dis")),
            (Status.JUSTIFIED, _("Justifié : une pièce le montre")),
        ]
        if verifies:
            said.append((Status.VERIFIED, _("Vérifié : je l'ai contrôlé")))
        self.fields["statut"].choices = said  # type: ignore[attr-defined]
        held = (
            Piece.objects.filter(subject=subject)
            .exclude(state=Piece.State.REFUSED)
            .order_by("-added_at")[:30]
        )
        self.fields["deja"].choices = [("", _("aucune")), *((str(one.pk), one.name) for one in held)]  # type: ignore[attr-defined]
        if len(self.fields["deja"].choices) == 1:  # type: ignore[attr-defined]
            del self.fields["deja"]

    def clean_jour(self) -> PartialDate | None:
        """Read the day; none when nothing is typed."""
        typed = self.cleaned_data["jour"].strip()
        if not typed:
            return None
        try:
            day = PartialDate.parse(typed)
        except ValueError as error:
            message = _("Écrivez une date : 2014, 2014-09 ou 2014-09-19.")
            raise forms.ValidationError(message) from error
        if not 1800 <= day.first.year <= timezone.localdate().year:
            raise forms.ValidationError(_("Cette date est hors de portée."))
        return day

    def clean(self) -> dict[str, Any]:
        """Ask for a piece where one is needed."""
        values: dict[str, Any] = self.cleaned_data
        if values.get("statut") == Status.JUSTIFIED and not (values.get("piece") or values.get("deja")):
            self.add_error("piece", _("Joignez la pièce qui le montre, ou choisissez « déclaré »."))
        return values

    def said(self, by: User) -> editing.Provenance:
        """Keep the piece, cite the source, return the provenance; ``DomainError`` for a refused piece."""
        values = self.cleaned_data
        return editing.Provenance(
            values["statut"], self._source(by), values.get("jour"), " ".join(values.get("motif", "").split())
        )

    def _source(self, by: User) -> Source:
        values, today = self.cleaned_data, timezone.localdate()
        title = " ".join(values["document"].split())
        piece = self._piece(by)
        if piece is not None:
            day = pieces.declaration(by, today).document.removeprefix("Déclaration")
            return pieces.source(Source.Kind.PIECE, piece.pk.hex, title or f"Pièce jointe{day}", piece=piece)
        if address := values["adresse"]:
            code = f"page-{sha256(address.encode()).hexdigest()[:24]}"
            name = title or urlsplit(address).netloc
            return pieces.source(Source.Kind.PAGE, code, name, "", address, consulted_on=today)
        declared = pieces.declaration(by, today)
        return pieces.source(declared.kind, declared.code, declared.document, title) if title else declared

    def _piece(self, by: User) -> Piece | None:
        values = self.cleaned_data
        if values.get("piece"):
            piece = pieces.attach(self.subject, values["piece"], values["piece"].name, by=by)
            record(self.subject, "piece.attached", by=by, data={"piece": piece.pk.hex})
            return piece
        if values.get("deja"):
            return Piece.objects.filter(subject=self.subject, pk=values["deja"]).first()
        return None


@dataclass
class Row:
    """A field in its form: what is typed there, what is wrong, what two people wrote."""

    field: editing.Field
    number: int
    value: str = ""
    qualifier: str = ""
    chosen: frozenset[str] = frozenset()
    base: str = ""
    error: str = ""
    conflict: dict[str, str] | None = None
    lines: str = ""
    confirmed: bool = False

    @property
    def id(self) -> str:
        """Identifier of the input."""
        return f"champ-{self.number}"

    @property
    def filled(self) -> bool:
        """Whether it is shown at once, and not behind « ajouter »."""
        asked = self.error or self.conflict or self.value or self.chosen or self.lines
        return bool(self.field.shown or self.field.items or self.field.typed or asked)

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """The terms, and whether each is chosen."""
        picked = self.chosen if self.field.several else {self.value}
        return [(code, label, code in picked) for code, label in self.field.choices]


@dataclass(frozen=True)
class Sides:
    """What a field held before, what the other person wrote, what this one wrote: in words."""

    rows: Sequence[tuple[str, str, str]] = field(default=())


def rows_of(found: Iterable[editing.Field], sent: QueryDict | None) -> list[Row]:
    """Return the rows of a form: as held, or as they were sent."""
    return [_row(one, number, sent) for number, one in enumerate(found, start=1)]


def _row(one: editing.Field, number: int, sent: QueryDict | None) -> Row:
    if sent is None or f"b.{one.code}" not in sent:
        held = frozenset(filter(None, one.typed.split(","))) if one.widget == "checks" else frozenset()
        base = one.typed if one.widget == "checks" else one.base
        return Row(one, number, one.typed, one.qualifier, held, base)
    word, value = one.split(_sent_value(one, sent))
    chosen = frozenset(sent.getlist(f"v.{one.code}")) if one.widget == "checks" else frozenset()
    lines = sent.get(f"v.{one.code}", "") if one.widget == "lines" else ""
    return Row(
        one,
        number,
        value,
        word,
        chosen,
        sent.get(f"b.{one.code}", ""),
        lines=str(lines),
        confirmed=one.code in sent.getlist("c"),
    )


def _sent_value(one: editing.Field, sent: QueryDict) -> str:
    """Return what was typed, or what was chosen between two people's values."""
    whole = sent.get(f"w.{one.code}")
    if whole is not None:
        return str(whole)
    return editing.joined(str(sent.get(f"q.{one.code}", "")), str(sent.get(f"v.{one.code}", "")))


def wanted(rows: Iterable[Row], sent: QueryDict) -> editing.Wanted:
    """Return what a form that came back asks for."""
    rows = list(rows)
    single = [row for row in rows if not row.field.several and f"b.{row.field.code}" in sent]
    checks = [row for row in rows if row.field.widget == "checks" and f"b.{row.field.code}" in sent]
    lines = [row for row in rows if row.field.widget == "lines"]
    return editing.Wanted(
        base={row.field.code: row.base for row in single},
        values={row.field.code: editing.joined(row.qualifier, row.value) for row in single},
        terms={row.field.code: (frozenset(filter(None, row.base.split(","))), row.chosen) for row in checks},
        added={row.field.code: tuple(row.lines.splitlines()) for row in lines if row.lines.strip()},
        removed=frozenset(_uuids(sent.getlist("x"))),
        confirmed=frozenset(sent.getlist("c")),
    )


def _uuids(texts: Iterable[str]) -> Iterable[UUID]:
    for text in texts:
        try:
            yield UUID(text)
        except ValueError:
            continue


def show_error(rows: Iterable[Row], error: DomainError) -> bool:
    """Put an error beside the field that it names; return whether there is one."""
    code = error.facts.get("field")
    named = [row for row in rows if row.field.code in {code, f"actor.{code}"}]
    for row in named:
        row.error = str(error.message)
    return bool(named)


def show_conflicts(rows: Iterable[Row], error: StaleWriteError) -> None:
    """Have each field that two people wrote show both values, and compare with theirs from now on."""
    conflicts: Mapping[str, Mapping[str, str]] = error.facts.get("conflicts", {})
    for row in rows:
        sides = conflicts.get(row.field.code)
        if sides:
            row.conflict = {who: str(value) for who, value in sides.items()}
            row.base = row.conflict["theirs"]


def said_in_words(one: editing.Field, canonical: str) -> str:
    """Return a value of a form as it is read."""
    word, value = one.split(canonical)
    shown = dict(one.choices).get(value, value)
    return f"{WORDS.get(word, '')} {shown}".strip() if shown else str(_("rien"))


WORDS: dict[str, Any] = {
    "": "",
    "about": gettext_lazy("environ"),
    "more_than": gettext_lazy("plus de"),
    "less_than": gettext_lazy("moins de"),
    "at_least": gettext_lazy("au moins"),
    "up_to": gettext_lazy("jusqu'à"),
    "almost": gettext_lazy("près de"),
}


def page(
    request: HttpRequest, template: str, of: Target, context: dict[str, Any], status: int
) -> HttpResponse:
    """Render a page that changes a sheet, with what they all need; never kept."""
    common = {
        "target": of,
        "actor": of.actor,
        "pole": of.pole,
        "list_label": _("Pôles") if of.pole else _("Acteurs"),
        "list_path": "/poles/" if of.pole else "/acteurs/",
        "today": timezone.localdate(),
        "others": others(of.actor.subject, request.user) if isinstance(request.user, User) else [],
    }
    response = render(request, template, {**common, **context}, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def source_of(one: Any) -> SourceView | None:
    """Return the first source of a line of a sheet."""
    return one.sources[0] if one.sources else None


__all__ = [
    "WORDS",
    "WRITE",
    "ProvenanceForm",
    "Row",
    "Target",
    "may_verify",
    "page",
    "rows_of",
    "said_in_words",
    "show_conflicts",
    "show_error",
    "source_of",
    "target",
    "wanted",
]
