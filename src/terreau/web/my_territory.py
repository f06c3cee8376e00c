"""« Mon territoire »: what is known of the communes that a person names."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from terreau.common.errors import DomainError
from terreau.design.numbers import grouped
from terreau.sheets.communes import Communes
from terreau.sheets.facts import language
from terreau.territories import base, rules
from terreau.territories.models import Zone
from terreau.web import draw, places, portrait

#: Longest list of codes that an address carries; longer ones are answered without an address.
_ADDRESS = 1500
_RINGS = 5


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def my_territory(request: HttpRequest) -> HttpResponse:
    """Describe the union of the places named in ``codes``; a form sent by POST changes nothing either.

    The form is exempt from the forgery check because it only reads: no cookie is needed to use it.
    """
    typed = _typed(request)
    words = places.words_of(typed)
    if len(words) > places.MOST_WORDS:
        raise _too_many(len(words))
    reading = places.read(words)
    if request.method == "POST" and words and _fits(words):
        return redirect(f"{request.path}?{urlencode({'codes': ','.join(words)})}")
    ids = places.ids_of(reading.places)
    rings = _rings(request.GET.get("voisines", ""))
    zone = zone_of(reading, rings)
    whole = Communes(_with_rings(ids, rings), base.COG_YEARS[-1], zone) if len(ids) else None
    context = {
        "typed": typed if len(typed) <= _ADDRESS else "",
        "reading": reading,
        "choices": [_choice(words, choice) for choice in reading.choices],
        "portrait": portrait.of_set(whole, request.GET.get("cursor")) if whole else None,
        "drawn": draw.Drawn(whole.ids if whole else ids),
        "title": _title(reading, whole, rings),
        "rings": rings,
        "wider": _address(reading, rings + 1) if whole and rings < _RINGS else "",
        "narrower": _address(reading, rings - 1) if rings else "",
        "only": reading.places[0] if len(reading.places) == 1 and not rings else None,
    }
    return render(request, "web/my_territory.html", context)


def _typed(request: HttpRequest) -> str:
    try:
        return request.POST.get("codes", "") if request.method == "POST" else request.GET.get("codes", "")
    except RequestDataTooBig as error:
        raise _too_many(None) from error


def _too_many(count: int | None) -> DomainError:
    message = _(
        "Cette liste est plus longue que celle de toutes les communes de France : au plus %(limit)s codes. "
        "Pour un territoire aussi grand, donnez le code d'une région ou d'un département."
    )
    limit = grouped(places.MOST_WORDS, language())
    facts = {"limit": places.MOST_WORDS} | ({"count": count} if count else {})
    return DomainError("too_many_codes", message % {"limit": limit}, facts=facts)


def _fits(words: Sequence[str]) -> bool:
    return len(",".join(words)) <= _ADDRESS


def _rings(text: str) -> int:
    if text in ("", *map(str, range(_RINGS + 1))):
        return int(text or 0)
    message = _("« voisines » va de 0 à %(most)s : le nombre de frontières à franchir autour du territoire.")
    raise DomainError("bad_rings", message % {"most": _RINGS}, facts={"parameter": "voisines"})


def _with_rings(ids: base.Ids, rings: int) -> base.Ids:
    if not rings:
        return ids
    communes = base.load()
    found = rules.rings(communes, rules.Communes(communes.cog, ids), rings)
    whole = found[0]
    for ring in found[1:]:
        whole = whole | ring
    return whole.ids


def zone_of(reading: places.Reading, rings: int = 0) -> Zone | None:
    """Return the official territory when it is what was asked for, and nothing else."""
    if len(reading.places) != 1 or rings:
        return None
    place = reading.places[0]
    return Zone.objects.filter(level=place.level, code=place.code, cog_year=base.COG_YEARS[-1]).first()


def _address(reading: places.Reading, rings: int) -> str:
    codes = ",".join(reading.codes)
    if len(codes) > _ADDRESS:
        return ""
    return "?" + urlencode({"codes": codes, **({"voisines": rings} if rings else {})})


def _choice(words: Sequence[str], choice: places.Choice) -> dict[str, Any]:
    """Return a word to be made precise, each option with the address that chooses it."""
    options = []
    for place in choice.options:
        chosen = [places.address_code(place) if word == choice.word else word for word in words]
        options.append({"place": place, "address": "?" + urlencode({"codes": ",".join(chosen)})})
    return {"word": choice.word, "known": choice.known, "options": options}


def _title(reading: places.Reading, whole: Communes | None, rings: int) -> str:
    if whole is None:
        return ""
    first, count = reading.places[0].name, len(reading.places)
    if count == 1:
        name = first
    elif count <= 3:
        name = ", ".join(place.name for place in reading.places)
    else:
        more = count - 1
        name = ngettext("%(first)s et %(more)d autre", "%(first)s et %(more)d autres", more) % {
            "first": first,
            "more": more,
        }
    if not rings:
        return name
    return (_("%(name)s et ses voisines") if count == 1 else _("%(name)s et leurs voisines")) % {"name": name}
