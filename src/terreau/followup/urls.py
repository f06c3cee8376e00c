"""Addresses of the room, under those of a file."""

from django.urls import URLPattern, URLResolver, path

from terreau.followup import views_evaluation, views_followup

urlpatterns: list[URLPattern | URLResolver] = [
    path("dossiers/<uuid:pk>/suivi/", views_followup.page, name="followup"),
    path("dossiers/<uuid:pk>/suivi/rapports/<uuid:schedule>/", views_followup.report, name="followup_report"),
    path(
        "dossiers/<uuid:pk>/suivi/reunions/<uuid:meeting_pk>/",
        views_followup.meeting,
        name="followup_meeting",
    ),
    path("dossiers/<uuid:pk>/evaluation/", views_evaluation.page, name="followup_evaluation"),
]
