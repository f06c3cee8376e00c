"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from terreau.dossiers import urls_team, views_copies, views_deposit, views_file, views_write

urlpatterns: list[URLPattern | URLResolver] = [
    path("appels/<slug:slug>/deposer/", views_file.start, name="dossier_start"),
    path("dossiers/<uuid:pk>/", views_file.dossier, name="dossier"),
    path("dossiers/<uuid:pk>/etape/", views_file.step, name="dossier_step"),
    path("dossiers/<uuid:pk>/formulaire/", views_write.carry, name="dossier_carry"),
    path("dossiers/<uuid:pk>/ecrire/<slug:page>/", views_write.write, name="dossier_write"),
    path("dossiers/<uuid:pk>/pieces/<uuid:piece>/", views_write.piece, name="dossier_piece"),
    path("dossiers/<uuid:pk>/deposer/", views_deposit.deposit_page, name="dossier_deposit"),
    path("dossiers/<uuid:pk>/recepisse/", views_deposit.receipt, name="dossier_receipt"),
    path("dossiers/<uuid:pk>/recepisse.pdf", views_deposit.receipt_pdf, name="dossier_receipt_pdf"),
    path("dossiers/<uuid:pk>/copies/", views_copies.copies, name="dossier_copies"),
    path("dossiers/<uuid:pk>/copies/<int:number>.json", views_copies.copy_json, name="dossier_copy_json"),
    path(
        "dossiers/<uuid:pk>/copies/<int:number>/differences/",
        views_copies.compare,
        name="dossier_differences",
    ),
    *urls_team.urlpatterns,
]
