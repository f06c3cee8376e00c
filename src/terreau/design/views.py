"""The gallery: every component on one page, with invented content, in development only."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from terreau.design import icons
from terreau.design.export import export_response
from terreau.design.forms import BaseForm
from terreau.design.marks import MARKS
from terreau.design.paging import Page


class _Form(BaseForm):
    """An invented form that shows each kind of field."""

    name = forms.CharField(label="Nom du pôle", help_text="Tel que ses membres le disent.")
    email = forms.EmailField(label="Adresse électronique")
    about = forms.CharField(label="En une phrase", required=False, widget=forms.Textarea)
    stage = forms.ChoiceField(label="Stade", choices=[("emergence", "Émergence"), ("creation", "Création")])
    agreed = forms.BooleanField(label="Je peux parler au nom du pôle")


def gallery(request: HttpRequest) -> HttpResponse | HttpResponseBase:
    """Show the components; 404 outside development."""
    if not settings.DEBUG:
        raise Http404
    rows = [{"nom": "Pôle des Saules", "membres": 24}, {"nom": "=Pôle piégé", "membres": 1234567}]
    columns = [("Nom", lambda row: row["nom"]), ("Membres", lambda row: row["membres"])]
    return export_response(request, rows, columns, "exemple") or render(
        request, "design/gallery.html", _examples(rows)
    )


def _examples(rows: list[dict[str, Any]]) -> dict[str, Any]:
    form = _Form({"email": "pas une adresse", "stage": "creation"})
    names = ["Bretagne", "Normandie", "Occitanie", "Corse", "La Réunion", "Pays de la Loire", "Grand Est",
             "Hauts-de-France", "Nouvelle-Aquitaine", "Île-de-France", "Mayotte", "Guyane"]  # fmt: skip
    regions = [
        {"code": str(i), "label": name, "count": 12 - i, "selected": i == 1} for i, name in enumerate(names)
    ]
    seed = {"document": "Document d'exemple", "section": "p. 12", "url": ""}
    fact: dict[str, Any] = {"display": "plus de 100 structures", "period": "2014", "source": seed}
    facts: list[dict[str, Any]] = [{**fact, "status": status} for status in MARKS]
    facts[0]["contradicted_by"] = [{**fact, "display": "87 structures", "status": "estime"}]
    return {"form": form, "empty_form": _Form(), "regions": regions, "facts": facts, "rows": rows,
            "page": Page(rows, "suite", "avant"), "icon_names": icons.names(), "statuses": list(MARKS),
            "source": seed}  # fmt: skip
