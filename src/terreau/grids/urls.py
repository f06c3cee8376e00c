"""Addresses of grids (/grilles/). « deposer » is no code of a grid."""

from django.urls import path

from terreau.grids import views, views_edit

urlpatterns = [
    path("", views.index, name="grids"),
    path("deposer/", views_edit.deposit, name="grid_deposit"),
    path("deposer/neuve/", views_edit.begin, name="grid_begin"),
    path("<slug:code>/", views.grid, name="grid"),
    path("<slug:code>/comparer/", views.compare, name="grid_compare"),
    path("<slug:code>/modifier/", views_edit.edit, name="grid_edit"),
    path("<slug:code>/modifier/en-tete/", views_edit.head, name="grid_edit_head"),
    path("<slug:code>/modifier/axes/", views_edit.axes, name="grid_edit_axes"),
    path("<slug:code>/modifier/echelle/", views_edit.scale, name="grid_edit_scale"),
    path("<slug:code>/modifier/critere/", views_edit.criterion, name="grid_add_criterion"),
    path("<slug:code>/modifier/critere/<str:criterion>/", views_edit.criterion, name="grid_edit_criterion"),
    path("<slug:code>/modifier/critere/<str:criterion>/ranger/", views_edit.arrange, name="grid_arrange"),
    path("<slug:code>/modifier/correspondances/", views_edit.mapping, name="grid_edit_mapping"),
    path("<slug:code>/modifier/publier/", views_edit.publish, name="grid_publish"),
    path("<slug:code>/modifier/abandonner/", views_edit.abandon, name="grid_abandon"),
    path("<slug:code>/versions/<str:version>/", views.version, name="grid_version"),
    path("<slug:code>/versions/<str:version>/retirer/", views_edit.withdraw, name="grid_withdraw"),
    path("<slug:code>/versions/<str:version>/grille.yaml", views.as_yaml, name="grid_yaml"),
    path("<slug:code>/versions/<str:version>/grille.json", views.as_json, name="grid_json"),
    path("<slug:code>/versions/<str:version>/grille.pdf", views.as_pdf, name="grid_pdf"),
]
