"""Addresses under /integrer/. They stand in the pages of others: never change them."""

from django.urls import path

from terreau.web import embed

urlpatterns = [
    path("", embed.builder, name="embed"),
    path("hauteur.js", embed.height_script, name="embed_height_script"),
    path("carte/", embed.map_frame, name="embed_map"),
    path("carte/fragment.html", embed.map_fragment, name="embed_map_fragment"),
    path("poles/<slug:slug>/", embed.card_frame, name="embed_card"),
    path("poles/<slug:slug>/fragment.html", embed.card_fragment, name="embed_card_fragment"),
]
