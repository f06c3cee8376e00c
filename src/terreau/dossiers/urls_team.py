"""Addresses of who writes a file together, signs it, prints it, enters it for somebody else."""

from django.urls import URLPattern, URLResolver, path, re_path

from terreau.dossiers import views_mine, views_paper, views_team

urlpatterns: list[URLPattern | URLResolver] = [
    path("mes-dossiers/", views_mine.index, name="my_dossiers"),
    path("dossiers/rejoindre/<str:token>/", views_team.join, name="dossier_join"),
    path("dossiers/<uuid:pk>/equipe/", views_team.people, name="dossier_team"),
    path("dossiers/<uuid:pk>/presence/", views_team.beat, name="dossier_presence"),
    path("dossiers/<uuid:pk>/signatures/", views_team.signatures, name="dossier_signatures"),
    path("dossiers/<uuid:pk>/signatures/signer/", views_team.sign, name="dossier_sign"),
    path("dossiers/<uuid:pk>/signatures/retirer/", views_team.withdraw, name="dossier_unsign"),
    path("dossiers/<uuid:pk>/signatures/prevenir/", views_team.ask_signatures, name="dossier_ask_signatures"),
    path("dossiers/<uuid:pk>/dossier.pdf", views_mine.pdf, name="dossier_pdf"),
    path("dossiers/<uuid:pk>/dossier.zip", views_mine.packed, name="dossier_zip"),
    path("dossiers/<uuid:pk>/reception/", views_paper.reception, name="dossier_reception"),
    path("dossiers/<uuid:pk>/reception/irrecevable/", views_paper.reject, name="dossier_reception_reject"),
    path("appels/<slug:slug>/saisir/", views_paper.papers, name="papers"),
    path("appels/<slug:slug>/construire/depot/", views_paper.rules, name="deposit_rules"),
    path("appels/<slug:slug>/importer/", views_paper.sheet, name="sheet_answer"),
    re_path(
        r"^appels/(?P<slug>[-\w]+)/importer/modele\.(?P<form>xlsx|ods)$",
        views_paper.sheet_model,
        name="sheet_model",
    ),
]
