"""Addresses of the room in the workspace of a pole, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.governance import (
    views_ballots,
    views_decisions,
    views_holding,
    views_meetings,
    views_minutes,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("seances/", views_meetings.listed, name="espace_meetings"),
    path("seances/preparer/", views_meetings.new, name="espace_meeting_new"),
    path("seances/<uuid:pk>/", views_meetings.page, name="espace_meeting"),
    path("seances/<uuid:pk>/modifier/", views_meetings.edit, name="espace_meeting_edit"),
    path("seances/<uuid:pk>/annuler/", views_meetings.cancel, name="espace_meeting_cancel"),
    path("seances/<uuid:pk>/convoquer/", views_meetings.convene, name="espace_convene"),
    path("seances/<uuid:pk>/repondre/", views_meetings.answer, name="espace_answer"),
    path("seances/<uuid:pk>/ordre-du-jour/", views_meetings.put_agenda, name="espace_agenda"),
    path("seances/<uuid:pk>/points/<uuid:item>/", views_meetings.item, name="espace_item"),
    path("seances/<uuid:pk>/points/<uuid:item>/decision/", views_ballots.propose, name="espace_propose"),
    path("seances/<uuid:pk>/tenir/", views_holding.hold, name="espace_hold"),
    path("seances/<uuid:pk>/quorum/", views_holding.quorum, name="espace_quorum"),
    path("seances/<uuid:pk>/notes/", views_holding.notes, name="espace_notes"),
    path("seances/<uuid:pk>/scrutins/<uuid:ballot>/", views_ballots.ballot, name="espace_ballot"),
    path("seances/<uuid:pk>/compte-rendu/", views_minutes.latest, name="espace_minutes"),
    path("seances/<uuid:pk>/compte-rendu/etablir/", views_minutes.freeze, name="espace_minutes_freeze"),
    path("seances/<uuid:pk>/compte-rendu/signer/", views_minutes.sign, name="espace_minutes_sign"),
    path(
        "seances/<uuid:pk>/compte-rendu/<int:number>/", views_minutes.version, name="espace_minutes_version"
    ),
    path("seances/<uuid:pk>/compte-rendu/<int:number>.pdf", views_minutes.pdf, name="espace_minutes_pdf"),
    path("decisions/", views_decisions.register, name="espace_decisions"),
    path("decisions/inscrire/", views_decisions.new, name="espace_decision_new"),
    path("decisions/<int:number>/", views_decisions.page, name="espace_decision"),
    path("decisions/<int:number>/scrutin/", views_ballots.open_one, name="espace_ballot_open"),
    path("decisions/<int:number>/suites/<int:pk>/", views_decisions.action, name="espace_action"),
]
