"""« Signaler une initiative » (R-52): a form without an account, and the private page of the answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from terreau.census import reports, spam
from terreau.census.entry_rules import Entry
from terreau.census.lookalikes import Lookalike, lookalikes
from terreau.census.models import Report
from terreau.common.errors import DomainError, NotFoundError
from terreau.territories import base
from terreau.web import places
from terreau.web.entry_pages import person

#: What one connection may report in a day.
_A_DAY = 20


class ReportForm(spam.GuardedForm):
    """What anybody may know of an initiative; only its name and what it does are needed."""

    guarded_texts = ("name", "what")

    name = forms.CharField(
        label=gettext_lazy("Nom de l'initiative"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    what = forms.CharField(
        label=gettext_lazy("Ce qui s'y fait, et avec qui"),
        help_text=gettext_lazy("Quelques lignes. Pas de données sur des personnes."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    communes = forms.CharField(
        label=gettext_lazy("Où"),
        help_text=gettext_lazy("Une ou plusieurs communes, séparées par des virgules."),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "noms"}),
    )
    url = forms.URLField(
        label=gettext_lazy("Une page qui en parle"),
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Votre adresse électronique"),
        help_text=gettext_lazy(
            "Pour recevoir la réponse. Elle ne sert à rien d'autre et n'est jamais publiée."
        ),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_name(self) -> str:
        """Return a name that can be kept."""
        return _kept("name", self.cleaned_data["name"])

    def clean_what(self) -> str:
        """Return words that can be kept."""
        return _kept("what", self.cleaned_data["what"])

    def clean_communes(self) -> list[str]:
        """Return the codes of the communes that were understood; say what was not."""
        words = places.words_of(self.cleaned_data["communes"])
        reading = places.read(words[: reports.MOST_COMMUNES])
        unclear = [_what_of(choice) for choice in reading.choices]
        if reading.unknown:
            found = ", ".join(word[:60] for word in reading.unknown[:5])
            unclear.append(_("Ces noms ne sont pas compris : %(words)s.") % {"words": found})
        if unclear:
            raise forms.ValidationError(" ".join(unclear))
        return [str(code) for code in base.load().codes[places.ids_of(reading.places)].tolist()]

    def clean_url(self) -> str:
        """Refuse what is no address of the web."""
        url: str = self.cleaned_data["url"]
        if url and urlsplit(url).scheme not in {"http", "https"}:
            raise forms.ValidationError(_("Une adresse commence par https://."))
        return url


def _kept(field: str, typed: str) -> str:
    try:
        return reports.checked(field, typed)
    except DomainError as error:
        raise forms.ValidationError(str(error.message)) from error


def _what_of(choice: places.Choice) -> str:
    options = ", ".join(f"{place.name} ({place.detail or place.code})" for place in choice.options[:6])
    words = (
        _("« %(word)s » désigne plusieurs lieux ; écrivez l'un de ceux-ci : %(options)s.")
        if choice.known
        else _("« %(word)s » n'est pas connu ; vouliez-vous écrire : %(options)s ?")
    )
    return words % {"word": choice.word[:60], "options": options}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponseBase:
    """Ask what somebody knows of an initiative; keep it for who moderates its territory."""
    user = person(request)
    if request.method != "POST":
        asked = {"communes": request.GET.get("communes", "")[:200], "name": request.GET.get("nom", "")[:250]}
        return render(request, "web/report/form.html", {"form": ReportForm(initial=asked), "alike": []})
    form = ReportForm(request.POST, trusted=user is not None)
    if form.is_valid():
        try:
            return _sent(request, form)
        except DomainError as error:
            if error.facts.get("field") != "communes":
                raise
            form.add_error("communes", str(error.message))
    return render(request, "web/report/form.html", {"form": form, "alike": []}, status=422)


def _sent(request: HttpRequest, form: ReportForm) -> HttpResponseBase:
    values = form.cleaned_data
    alike = _alike(values) if not request.POST.get("autre") else []
    if alike:
        return render(request, "web/report/form.html", {"form": form, "alike": alike})
    user = person(request)
    if user is None:
        spam.count(request, "report", most=_A_DAY)
    kept, token = reports.send(
        values["name"],
        what=values["what"],
        codes=values["communes"],
        url=values["url"],
        email=values["email"],
        language=get_language() or "fr",
        by=user,
    )
    address = reverse("report_follow", args=[token])
    reports.send_receipt(kept, request.build_absolute_uri(address))
    return redirect(f"{address}?recu=1")


def _alike(values: dict[str, Any]) -> list[Lookalike]:
    """Return the poles that bear this very name: to be looked at before it is reported again."""
    found = lookalikes(Entry(name=values["name"], communes=tuple(values["communes"])))
    return [one for one in found if "name" in one.reasons]


@never_cache
@require_GET
def follow(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show who holds the private link what was answered, with its reason; 404 otherwise."""
    found = reports.of_link(token)
    context = {"report": found, "just_sent": bool(request.GET.get("recu")), "communes": _names(found)}
    response = render(request, "web/report/follow.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


@never_cache
@require_GET
def mine(request: HttpRequest) -> HttpResponseBase:
    """Show a person what they reported and what was answered."""
    user = person(request)
    if user is None:
        raise NotFoundError("not_found", _("Connectez-vous pour voir vos signalements."))
    rows = (
        Report.objects.filter(by=user).select_related("pole__actor__subject").order_by("-received_at", "pk")
    )
    context = {"reports": list(rows[:200])}
    return render(request, "web/report/mine.html", context)


def _names(found: Report) -> list[str]:
    communes = base.load()
    return [communes.names[communes.index[code]] for code in found.communes if code in communes.index]
