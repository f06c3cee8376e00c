"""The card of an organisation, to keep in an address book: vCard 4.0 (RFC 6350), never of a person."""

from collections.abc import Iterator
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from terreau.actors.models import LegalNature
from terreau.common.errors import NotFoundError
from terreau.design.context import design
from terreau.sheets.actors import ActorSheet, actor_sheet
from terreau.territories.models import Level

_LINE = 75


@require_safe
def actor(request: HttpRequest, ident: UUID) -> HttpResponse:
    """Give the card of a public organisation; 404 for a person, the card of the winner after a merger."""
    sheet = actor_sheet(ident)
    if sheet.actor.legal_nature == LegalNature.NATURAL_PERSON:
        message = _("Une personne n'a pas de carte ici : ce registre décrit des organisations.")
        raise NotFoundError("no_card", message, facts={"id": str(ident)})
    if sheet.actor.pk != ident:
        return redirect("actor_card", sheet.actor.pk, permanent=True)
    page = f"{design(request)['site_origin']}{reverse('actor', args=[ident])}"
    return HttpResponse(
        "".join(_folded(line) for line in _lines(sheet, page)),
        content_type="text/vcard; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="acteur-{ident}.vcf"'},
    )


def _lines(sheet: ActorSheet, page: str) -> Iterator[str]:
    actor, zone = sheet.actor, sheet.zone
    yield from ("BEGIN:VCARD", "VERSION:4.0", "KIND:org", f"UID:urn:uuid:{actor.pk}")
    yield f"FN:{_escaped(actor.name)}"
    yield f"ORG:{_escaped(actor.name)}"
    if zone:
        town = zone.name if zone.level == Level.COMMUNE else ""
        region = zone.region.name if zone.region else "" if town else zone.name
        yield f"ADR:;;;{_escaped(town)};{_escaped(region)};;France"
    if actor.siren:
        yield f"NOTE:SIREN {_escaped(actor.siren)}"
    yield f"URL:{page}"
    yield "END:VCARD"


def _escaped(text: str) -> str:
    """Return a text as a value: backslash, comma, semicolon and line break escaped (RFC 6350, 3.4)."""
    for sign in ("\\", ",", ";"):
        text = text.replace(sign, f"\\{sign}")
    return "\\n".join(text.splitlines())


def _folded(line: str) -> str:
    """Return a line cut after 75 bytes at most, never inside a character (RFC 6350, 3.2)."""
    parts, size = [""], 0
    for sign in line:
        width = len(sign.encode())
        if size + width > _LINE:
            parts.append(" ")
            size = 1
        parts[-1] += sign
        size += width
    return "\r\n".join(parts) + "\r\n"
