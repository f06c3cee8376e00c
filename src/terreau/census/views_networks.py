"""Two registers of context: the networks with what each takes charge of, and the other groupings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from terreau.census import comparison, networks
from terreau.pieces.models import Source


def _language() -> str:
    return (get_language() or "fr")[:2]


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The networks, public."""
    found = networks.networks(timezone.localdate(), _language())
    told = [one for one in found if one.roles]
    context = {"told": told, "others": [one for one in found if not one.roles]}
    return render(request, "census/networks.html", context)


def _document(cited: str) -> str:
    """Return a citation (« S0 annexe §2 ») with the title of its document, when the register holds it."""
    code, _space, section = cited.partition(" ")
    title = Source.objects.filter(kind=Source.Kind.SEED, code=code).values_list("document", flat=True).first()
    return f"{title}, {section}" if title else cited


@require_safe
def groupings(request: HttpRequest) -> HttpResponse:
    """What sets poles apart from other groupings, and the labels of those that poles hold."""
    lang = _language()
    cited, dimensions = comparison.load()
    rows = [(one.label[lang], one.competitiveness[lang], one.ptce[lang]) for one in dimensions]
    context = {"rows": rows, "source": _document(cited), "labels": comparison.labels(lang)}
    return render(request, "census/groupings.html", context)
