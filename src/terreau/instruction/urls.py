"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from terreau.instruction import (
    views_call,
    views_draw,
    views_exchanges,
    views_file,
    views_home,
    views_parts,
    views_reviews,
)

_FILE = "instruction/dossiers/<uuid:pk>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("instruction/", views_home.home, name="instruction_home"),
    path(f"{_FILE}/", views_file.file, name="instruction_dossier"),
    path(f"{_FILE}/relecture/", views_parts.review, name="instruction_review"),
    path(f"{_FILE}/conflit/", views_parts.conflict, name="instruction_conflict"),
    path(f"{_FILE}/avis/", views_parts.opinion, name="instruction_opinions"),
    path(f"{_FILE}/complements/", views_parts.complement, name="instruction_complements"),
    path(f"{_FILE}/lettre/", views_parts.letter, name="instruction_letter"),
    path("instruction/<slug:slug>/", views_call.call, name="instruction_call"),
    path("instruction/<slug:slug>/relectures/", views_reviews.reviews, name="instruction_reviews"),
    path(
        "instruction/<slug:slug>/harmonisation/",
        views_reviews.harmonisation,
        name="instruction_harmonisation",
    ),
    path("instruction/<slug:slug>/tirage/", views_draw.draw, name="instruction_draw"),
    path("dossiers/<uuid:pk>/echanges/", views_exchanges.exchanges, name="dossier_exchanges"),
]
