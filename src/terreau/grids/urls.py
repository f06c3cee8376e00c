"""Addresses of grids (/grilles/). « deposer » is no code of a grid."""

from django.urls import path

from terreau.grids import views

urlpatterns = [
    path("", views.index, name="grids"),
    path("<slug:code>/", views.grid, name="grid"),
    path("<slug:code>/comparer/", views.compare, name="grid_compare"),
    path("<slug:code>/versions/<str:version>/", views.version, name="grid_version"),
    path("<slug:code>/versions/<str:version>/grille.yaml", views.as_yaml, name="grid_yaml"),
    path("<slug:code>/versions/<str:version>/grille.json", views.as_json, name="grid_json"),
    path("<slug:code>/versions/<str:version>/grille.pdf", views.as_pdf, name="grid_pdf"),
]
