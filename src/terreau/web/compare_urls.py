"""Address of a pole beside others, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.web import compare_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("comparer/", compare_pages.compare, name="espace_compare")
]
