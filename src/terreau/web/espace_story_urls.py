"""Addresses of the yearly report and of the tree of a pole, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.web import tree_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("arbre/", tree_pages.inside, name="espace_tree"),
    path("arbre.pdf", tree_pages.inside_pdf, name="espace_tree_pdf"),
]
