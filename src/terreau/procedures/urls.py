"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from terreau.procedures import feeds, views_audit, views_results, views_steering

urlpatterns: list[URLPattern | URLResolver] = [
    path("appels/calls.json", feeds.calls_json, name="calls_json"),
    path("appels/flux.atom", feeds.calls_feed, name="calls_feed"),
    path("appels/<slug:slug>/resultats/", views_results.call_results, name="call_results"),
    path("appels/<slug:slug>/resultats.csv", views_results.results_csv, name="call_results_csv"),
    path("appels/<slug:slug>/resultats/publier/", views_results.publish, name="call_publish_results"),
    path("appels/<slug:slug>/resultats/<str:name>", views_results.results_file, name="call_results_file"),
    path("appels/<slug:slug>/controle/", views_audit.page, name="call_audit"),
    path("pilotage/", views_steering.home, name="steering_home"),
    path("programmes/<slug:slug>/pilotage/", views_steering.programme, name="programme_steering"),
    path("programmes/<slug:slug>/chiffres/", views_results.programme_figures, name="programme_figures"),
]
