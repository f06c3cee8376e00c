"""What a file shows in lists, taken from its answers: its title, the aid asked, its region.

``Dossier.title``, ``asked_cents`` and ``zone`` repeat answers for a sort or a filter: written here alone.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import F

from terreau.calls import form_rules
from terreau.dossiers.models import Answer, Dossier
from terreau.territories.models import Coverage, Perimeter, Zone

#: Keys that carry the title and the aid asked, whoever wrote the form.
TITLES: Final = ("title", "titre", "intitule", "project_title", "nom_du_projet", "projet")
ASKED: Final = ("asked", "aide_demandee", "montant_demande", "aid_asked", "subvention_demandee")


def project(dossier: Dossier) -> None:
    """Write again what the lists show of a file; nothing when it did not change."""
    answers = dict(Answer.objects.filter(dossier=dossier).values_list("key", "value"))
    content = dossier.form.content
    zone = region_of(dossier, content, answers)
    values = {
        "title": title_of(content, answers) or dossier.title,
        "asked_cents": asked_of(content, answers),
        "zone_id": zone.pk if zone else None,
    }
    if any(getattr(dossier, name) != value for name, value in values.items()):
        Dossier.objects.filter(pk=dossier.pk).update(**values)
        for name, value in values.items():
            setattr(dossier, name, value)


def title_of(content: Mapping[str, Any], answers: Mapping[str, Any]) -> str:
    """Return the title of a file: the answer to the question that asks for one."""
    kinds = {placed.key: placed.field["kind"] for placed in form_rules.fields(content)}
    for key in TITLES:
        value = answers.get(key)
        if kinds.get(key) == "text" and isinstance(value, str) and value.strip():
            return " ".join(value.split())[:200]
    return ""


def asked_of(content: Mapping[str, Any], answers: Mapping[str, Any]) -> int | None:
    """Return the aid asked, in cents; None when it is not known."""
    kinds = {placed.key: placed.field["kind"] for placed in form_rules.fields(content)}
    for key in ASKED:
        value = answers.get(key)
        if kinds.get(key) == "euro" and isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None


def region_of(dossier: Dossier, content: Mapping[str, Any], answers: Mapping[str, Any]) -> Zone | None:
    """Return the region of a file: of its perimeter as answered, of its pole, else of the applicant."""
    for placed in form_rules.fields(content):
        value = answers.get(placed.key)
        if placed.field["kind"] == "perimeter" and isinstance(value, Mapping):
            if value.get("perimeter") and (found := _covered(perimeter=value["perimeter"])):
                return found
            if found := _of_codes(value.get("zones")):
                return found
    if dossier.pole_id and (found := _covered(subject=dossier.pole_id)):
        return found
    return (
        dossier.applicant.zone.region or _itself(dossier.applicant.zone) if dossier.applicant.zone else None
    )


def _itself(zone: Zone) -> Zone | None:
    return zone if zone.level == "region" else None


def _covered(*, perimeter: Any = None, subject: Any = None) -> Zone | None:
    """Return the region that holds most of the people of a perimeter."""
    rows = Coverage.objects.filter(zone__level="region", perimeter__kind=Perimeter.Kind.COOPERATION)
    rows = rows.filter(perimeter=perimeter) if perimeter else rows.filter(perimeter__subject=subject)
    found = rows.filter(perimeter__valid_to=None).order_by(
        F("population").desc(nulls_last=True), "zone__code"
    )
    first = found.select_related("zone").first()
    return first.zone if first else None


def _of_codes(codes: Any) -> Zone | None:
    """Return the region among the territories of an answer (« region:27 »), or that of the first one."""
    listed = [str(code).partition(":") for code in codes] if isinstance(codes, list) else []
    for level, _colon, code in sorted(listed, key=lambda one: one[0] != "region"):
        rows = Zone.objects.select_related("region").filter(level=level, code=code)
        zone = rows.order_by("-cog_year").first()
        if zone is not None and (found := _itself(zone) or zone.region):
            return found
    return None
