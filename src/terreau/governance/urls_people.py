"""Addresses of members and governance in the workspace of a pole, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.governance import (
    views_admissions,
    views_bodies,
    views_consents,
    views_members,
    views_statutes,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("membres/", views_members.members, name="espace_members"),
    path("membres/ajouter/", views_members.add, name="espace_member_add"),
    path("membres/histoire/", views_members.story, name="espace_members_story"),
    path("membres/au/", views_members.choose_day, name="espace_members_at"),
    path("membres/au/<str:day>/", views_members.members_on, name="espace_members_on"),
    path("membres/<uuid:pk>/", views_members.member, name="espace_member"),
    path("adhesions/", views_admissions.admissions_page, name="espace_admissions"),
    path("adhesions/<uuid:pk>/", views_admissions.admission, name="espace_admission"),
    path("consentements/", views_consents.consents, name="espace_consents"),
    path("gouvernance/", views_bodies.governance, name="espace_governance"),
    path("gouvernance/formes/", views_bodies.change_forms, name="espace_forms"),
    path("gouvernance/fonctions/", views_bodies.functions, name="espace_functions"),
    path("gouvernance/instances/nouvelle/", views_bodies.new_body, name="espace_body_new"),
    path("gouvernance/instances/<uuid:pk>/", views_bodies.body, name="espace_body"),
    path("gouvernance/instances/<uuid:pk>/regles/", views_bodies.rules, name="espace_body_rules"),
    path("gouvernance/instances/<uuid:pk>/colleges/", views_bodies.colleges, name="espace_body_colleges"),
    path("gouvernance/instances/<uuid:pk>/sieges/", views_bodies.seats, name="espace_body_seats"),
    path("gouvernance/instances/<uuid:pk>/finir/", views_bodies.end_body, name="espace_body_end"),
    path("gouvernance/sieges/<uuid:pk>/", views_bodies.end_seat, name="espace_seat_end"),
    path("statuts/", views_statutes.statutes_page, name="espace_statutes"),
    path("statuts/deposer/", views_statutes.deposit, name="espace_statute_new"),
    path("statuts/<int:pk>/", views_statutes.statute, name="espace_statute"),
    path("statuts/<int:pk>/depuis/<int:other>/", views_statutes.difference, name="espace_statute_diff"),
    path("statuts/<int:pk>/fichier/", views_statutes.file, name="espace_statute_file"),
]
