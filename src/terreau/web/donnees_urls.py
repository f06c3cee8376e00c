"""Addresses under /donnees/. Programs use those of the files and of the schemas: never change them."""

from django.urls import path

from terreau.web import donnees, static_pages

urlpatterns = [
    path("", donnees.index, name="data"),
    path("licence/", static_pages.licence, name="licence"),
    path("schemas/<slug:name>.json", donnees.schema, name="data_schema"),
    path("fichiers/<path:name>", donnees.file, name="data_file"),
]
