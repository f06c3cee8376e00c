"""Addresses of the room, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.fees import views_calls, views_members, views_scales

urlpatterns: list[URLPattern | URLResolver] = [
    path("cotisations/", views_calls.overview, name="espace_fees"),
    path("cotisations/baremes/", views_scales.index, name="espace_fee_scales"),
    path("cotisations/baremes/nouveau/", views_scales.new, name="espace_fee_scale_new"),
    path("cotisations/baremes/<int:number>/", views_scales.scale, name="espace_fee_scale"),
    path("cotisations/baremes/<int:number>/modifier/", views_scales.edit, name="espace_fee_scale_edit"),
    path("cotisations/baremes/<int:number>/voter/", views_scales.vote, name="espace_fee_scale_vote"),
    path("cotisations/baremes/<int:number>/bareme.json", views_scales.as_file, name="espace_fee_scale_file"),
    path("cotisations/simuler/", views_scales.simulation, name="espace_fee_simulation"),
    path("cotisations/chiffres/", views_members.figures, name="espace_fee_figures"),
    path("cotisations/membres/<uuid:pk>/", views_members.member, name="espace_fee_member"),
    path("cotisations/appels/nouveau/", views_calls.new_call, name="espace_fee_call_new"),
    path("cotisations/appels/<uuid:pk>/", views_calls.one_call, name="espace_fee_call"),
    path("cotisations/appels/<uuid:pk>/lettres.pdf", views_calls.call_letters, name="espace_fee_letters"),
    path("cotisations/relances/", views_calls.reminders, name="espace_fee_reminders"),
    path(
        "cotisations/relances/lettres.pdf",
        views_calls.reminder_letters,
        name="espace_fee_reminder_letters",
    ),
    path("cotisations/dues/<uuid:pk>/", views_calls.one, name="espace_fee"),
    path(
        "cotisations/dues/<uuid:pk>/appel.pdf",
        views_calls.letter,
        {"what": "appel"},
        name="espace_fee_letter",
    ),
    path(
        "cotisations/dues/<uuid:pk>/recu.pdf", views_calls.letter, {"what": "recu"}, name="espace_fee_receipt"
    ),
    path(
        "cotisations/dues/<uuid:pk>/relance.pdf",
        views_calls.letter,
        {"what": "relance"},
        name="espace_fee_reminder",
    ),
]
