"""Addresses of this room."""

from django.urls import path

from terreau.imports import views

urlpatterns = [
    path("", views.imports, name="imports"),
    path("nouveau/<slug:kind>/", views.new, name="import_new"),
    path("modele/<slug:kind>.csv", views.model, name="import_model"),
    path("<uuid:pk>/", views.show, name="import"),
    path("<uuid:pk>/colonnes/", views.columns, name="import_columns"),
    path("<uuid:pk>/rapport/", views.report, name="import_report"),
    path("<uuid:pk>/corriger/", views.correct, name="import_correct"),
    path("<uuid:pk>/choisir/", views.choose, name="import_choose"),
    path("<uuid:pk>/verifier/", views.check_again, name="import_check"),
    path("<uuid:pk>/ecrire/", views.write, name="import_write"),
    path("<uuid:pk>/arreter/", views.stop, name="import_stop"),
    path("<uuid:pk>/reprendre/", views.take_back, name="import_take_back"),
    path("<uuid:pk>/annuler/", views.undo, name="import_undo"),
    path("<uuid:pk>/abandonner/", views.abandon, name="import_abandon"),
]
