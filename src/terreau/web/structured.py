"""What pages say to machines in the words of schema.org: what is known, and no invented example."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from terreau.actors.models import ActorName, LegalNature
from terreau.poles.models import Pole
from terreau.sheets.actors import ActorSheet
from terreau.sheets.facts import language
from terreau.sheets.poles import PoleSheet
from terreau.territories.models import Zone

LICENCE = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
Thing = dict[str, Any]


def _thing(kind: str, **values: Any) -> Thing:
    """Return a thing without what is not known."""
    known = {name: value for name, value in values.items() if value not in (None, "", [], {})}
    return {"@type": kind, **known}


def _top(thing: Thing) -> Thing:
    return {"@context": "https://schema.org", **thing}


def _page(origin: str, name: str, *arguments: str) -> str:
    return f"{origin}{reverse(name, args=arguments)}"


def pole(sheet: PoleSheet, origin: str) -> Thing | None:
    """Return a pole as an Organization; None for an invented example or a set that a source only counts."""
    if sheet.row.fictif or sheet.pole.kind == Pole.Kind.SET:
        return None
    url = _page(origin, "pole", sheet.row.slug)
    names = [line.text for line in sheet.names if line.text != sheet.name]
    members = [
        _thing("Organization", name=line.actor.name, url=_page(origin, "actor", str(line.actor.pk)))
        for line in sheet.members
        if not line.until and line.actor.legal_nature != LegalNature.NATURAL_PERSON
    ]
    return _top(
        _thing(
            "Organization",
            **{"@id": f"{url}#pole"},
            name=sheet.name,
            url=url,
            alternateName=list(dict.fromkeys(names)),
            description=sheet.summary,
            areaServed=[_thing("AdministrativeArea", name=name) for name in sheet.row.places],
            location=_spot(sheet),
            member=members,
            knowsAbout=sheet.row.sectors,
        )
    )


def _spot(sheet: PoleSheet) -> Thing | None:
    """Return where the pole is, when it is known better than by a wide zone."""
    row = sheet.row
    if row.approche or row.lon is None or row.lat is None:
        return None
    geo = _thing("GeoCoordinates", latitude=round(row.lat, 4), longitude=round(row.lon, 4))
    return _thing("Place", name=row.lieu, geo=geo)


def actor(sheet: ActorSheet, origin: str) -> Thing | None:
    """Return an actor as an Organization; None for a person, of whom nothing is told to machines."""
    found = sheet.actor
    if found.legal_nature == LegalNature.NATURAL_PERSON or not found.subject.public:
        return None
    url = _page(origin, "actor", str(found.pk))
    siren = _thing("PropertyValue", propertyID="SIREN", value=found.siren) if found.siren else None
    place = sheet.zone
    return _top(
        _thing(
            "Organization",
            **{"@id": f"{url}#acteur"},
            name=found.name,
            url=url,
            alternateName=[line.text for line in sheet.names if line.kind != ActorName.Kind.FORMER],
            identifier=siren,
            location=_thing("Place", name=place.name) if place else None,
            memberOf=[
                _thing("Organization", name=name, url=_page(origin, "pole", slug))
                for slug, name, lines in sheet.by_pole
                if any(line.role in ("member", "founder") and not line.past for line in lines)
            ],
        )
    )


def territory(zone: Zone, parents: list[Zone], origin: str) -> Thing:
    """Return an official territory as an AdministrativeArea, under the largest of those that hold it."""
    url = _page(origin, "territory", zone.level, zone.code)
    holder = parents[-1] if parents else None
    return _top(
        _thing(
            "AdministrativeArea",
            **{"@id": f"{url}#territoire"},
            name=zone.name,
            url=url,
            identifier=_thing("PropertyValue", propertyID=f"COG {zone.cog_year}", value=zone.code),
            containedInPlace=_thing(
                "AdministrativeArea",
                name=holder.name,
                url=_page(origin, "territory", holder.level, holder.code),
            )
            if holder
            else None,
        )
    )


def website(origin: str) -> Thing:
    """Return the site and the address of its search."""
    target = _thing("EntryPoint", urlTemplate=f"{_page(origin, 'search')}?q={{search_term_string}}")
    search = {
        **_thing("SearchAction", target=target),
        "query-input": "required name=search_term_string",
    }
    return _top(
        _thing(
            "WebSite",
            name="Terreau",
            url=_page(origin, "home"),
            inLanguage=language(),
            potentialAction=search,
        )
    )


def dataset(origin: str) -> Thing:
    """Return the open data of the register as a Dataset, with the addresses where they can be taken."""
    files = (
        ("application/json", f"{origin}/api/v1/poles"),
        ("application/geo+json", f"{origin}/api/v1/poles.geojson"),
        ("text/csv", f"{_page(origin, 'poles')}?format=csv"),
        ("application/atom+xml", _page(origin, "poles_feed")),
    )
    return _top(
        _thing(
            "Dataset",
            **{"@id": f"{_page(origin, 'data')}#donnees"},
            name=_("Registre des pôles territoriaux de coopération économique"),
            description=_(
                "Pôles, acteurs, périmètres et informations sur la coopération économique territoriale "
                "en France, chacune avec sa source et sa date."
            ),
            url=_page(origin, "data"),
            license=LICENCE,
            isAccessibleForFree=True,
            inLanguage=[code for code, _label in settings.LANGUAGES],
            spatialCoverage=_thing("Country", name="France"),
            creator=_thing("Organization", name="Terreau", url=_page(origin, "home")),
            distribution=[
                _thing("DataDownload", encodingFormat=kind, contentUrl=address) for kind, address in files
            ],
        )
    )
