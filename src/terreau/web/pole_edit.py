"""Pages that change the sheet of a pole or of an actor, one section at a time (R-56, R-131).

Each shows what is held with its provenance, and asks on whose word it changes. Everything works without
JavaScript; of two people on one sheet, both keep what they wrote, or one chooses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from terreau.accounts.models import User
from terreau.census.invitations import can_ask
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.poles import editing
from terreau.poles.perms import can_qualify
from terreau.web import edit, edit_rows
from terreau.web.edit import ProvenanceForm, Target

_allowed = require_http_methods(["GET", "HEAD", "POST"])

FIELDS: dict[str, tuple[Any, Any]] = {
    editing.IDENTITY: (
        gettext_lazy("Identité"),
        gettext_lazy("Le nom, la forme juridique, les numéros, les dates."),
    ),
    editing.DESCRIPTION: (
        gettext_lazy("Description"),
        gettext_lazy("La présentation, les domaines, l'origine, les services."),
    ),
    editing.FIGURES: (
        gettext_lazy("Chiffres"),
        gettext_lazy("Les membres, les emplois, les montants : chacun avec sa date."),
    ),
}


@dataclass(frozen=True)
class Section:
    """A section of a sheet: its address, its name, what it holds."""

    url: str
    label: Any
    hint: Any
    button: bool = True


@require_safe
def pole(request: HttpRequest, slug: str) -> HttpResponse:
    """The sections of the sheet of a pole."""
    found = edit.target(request, slug=slug)
    return found if isinstance(found, HttpResponse) else _overview(request, found)


@require_safe
def actor(request: HttpRequest, ident: UUID) -> HttpResponse:
    """The sections of the sheet of an actor; a pole has its own address."""
    found = edit.target(request, ident=ident)
    if isinstance(found, HttpResponse):
        return found
    return redirect("pole_edit", found.pole.slug) if found.pole else _overview(request, found)


def _overview(request: HttpRequest, found: Target) -> HttpResponse:
    sections = [Section(_url(found, code), *FIELDS[code]) for code in FIELDS]
    sections += [Section(_url(found, code), rows.label, rows.hint) for code, rows in _rows_of(found).items()]
    qualifies = found.pole and can_qualify(request.user, found.pole, on=timezone.localdate())
    context = {
        "sections": sections,
        "closed": found.actor.subject.closed_at,
        "qualify_url": reverse("pole_qualify", args=[found.pole.slug]) if found.pole and qualifies else "",
        "may_ask": bool(found.pole and can_ask(request.user, found.pole, on=timezone.localdate())),
        "private": not found.actor.subject.public,
    }
    return edit.page(request, "web/edit.html", found, context, 200)


def _rows_of(found: Target) -> dict[str, edit_rows.Rows]:
    return edit_rows.OF_POLES if found.pole else edit_rows.OF_ACTORS


def _url(found: Target, section: str) -> str:
    if found.pole:
        return reverse("pole_edit_section", args=[found.pole.slug, section])
    return reverse("actor_edit_section", args=[found.actor.pk, section])


@_allowed
def pole_section(request: HttpRequest, slug: str, section: str) -> HttpResponse:
    """A section of the sheet of a pole."""
    found = edit.target(request, slug=slug)
    return found if isinstance(found, HttpResponse) else _section(request, found, section)


@_allowed
def actor_section(request: HttpRequest, ident: UUID, section: str) -> HttpResponse:
    """A section of the sheet of an actor."""
    found = edit.target(request, ident=ident)
    return found if isinstance(found, HttpResponse) else _section(request, found, section)


def _section(request: HttpRequest, found: Target, section: str) -> HttpResponse:
    if section in FIELDS:
        return _fields(request, found, section)
    rows = _rows_of(found).get(section)
    if rows is None:
        raise NotFoundError("unknown_section", _("Cette partie de la fiche n'existe pas."))
    return edit_rows.answer(request, found, rows)


def _fields(request: HttpRequest, found: Target, section: str) -> HttpResponse:
    posted = request.method == "POST"
    held = editing.fields(found.actor, section)
    rows = edit.rows_of(held, request.POST if posted else None)
    form = ProvenanceForm(
        *((request.POST, request.FILES) if posted else ()),
        subject=found.actor.subject,
        verifies=edit.may_verify(request, found.actor),
        initial={"jour": timezone.localdate().isoformat()},
    )
    status = 200
    if posted:
        status = 422
        if form.is_valid():
            outcome = _save(request, found, section, rows, form)
            if isinstance(outcome, HttpResponse):
                return outcome
            status = outcome
    return _shown(request, found, section, rows, form, status)


def _save(
    request: HttpRequest, found: Target, section: str, rows: list[edit.Row], form: ProvenanceForm
) -> HttpResponse | int:
    """Write what came and lead back to the sections; else say with which status the page comes back."""
    by = request.user
    if not isinstance(by, User):
        raise NotFoundError("unknown_sheet", _("Connectez-vous pour modifier cette fiche."))
    try:
        said = form.said(by)
        _keep_piece(form, said)
        changed = editing.apply(found.actor, section, edit.wanted(rows, request.POST), said, by=by)
    except StaleWriteError as error:
        edit.show_conflicts(rows, error)
        return 409
    except DomainError as error:
        if not edit.show_error(rows, error):
            form.add_error("piece" if error.code.startswith("piece_") else None, str(error.message))
        return error.status
    _thank(request, len(changed))
    return redirect(found.edit_url)


def _keep_piece(form: ProvenanceForm, said: editing.Provenance) -> None:
    """Have a page that comes back propose the piece that was just attached: a file cannot be sent again."""
    if said.source.piece_id is None:
        return
    chosen = str(said.source.piece_id)
    data = {**form.data.dict(), "deja": chosen}  # type: ignore[attr-defined]
    renewed = ProvenanceForm(data, subject=form.subject, verifies=len(form.fields["statut"].choices) > 2)  # type: ignore[attr-defined]
    form.data, form.fields, form.files = renewed.data, renewed.fields, renewed.files


def _thank(request: HttpRequest, count: int) -> None:
    if count:
        said = ngettext(
            "%(count)d champ enregistré, avec sa provenance.",
            "%(count)d champs enregistrés, avec leur provenance.",
            count,
        )
        messages.success(request, said % {"count": count})
    else:
        messages.info(request, _("Rien n'a changé : rien n'a été enregistré."))


def _shown(  # noqa: PLR0913, PLR0917 - as above
    request: HttpRequest,
    found: Target,
    section: str,
    rows: list[edit.Row],
    form: ProvenanceForm,
    status: int,
) -> HttpResponse:
    conflicts = [
        {
            "row": row,
            "sides": [
                ("mine", _("Ce que vous avez écrit"), row.conflict["mine"]),
                ("theirs", _("Ce que l'autre personne a écrit"), row.conflict["theirs"]),
            ],
            "said": {who: edit.said_in_words(row.field, text) for who, text in row.conflict.items()},
        }
        for row in rows
        if row.conflict
    ]
    label, hint = FIELDS[section]
    context = {
        "section": section,
        "label": label,
        "hint": hint,
        "form": form,
        "filled": [row for row in rows if row.filled and not row.conflict],
        "blank": [row for row in rows if not row.filled],
        "conflicts": conflicts,
        "errors": [row for row in rows if row.error],
        "qualifiers": list(edit.WORDS.items()),
        "cog_year": settings.COG_YEAR,
    }
    return edit.page(request, "web/edit_fields.html", found, context, status)
