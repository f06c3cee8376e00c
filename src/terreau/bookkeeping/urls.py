"""Addresses of the room, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.bookkeeping import views_accounts, views_audit, views_gifts, views_import

urlpatterns: list[URLPattern | URLResolver] = [
    path("contributions/", views_gifts.index, name="espace_contributions"),
    path("contributions/etat.pdf", views_gifts.document, name="espace_contributions_pdf"),
    path("contributions/dons/", views_gifts.every, name="espace_gifts"),
    path("contributions/dons/<int:rank>/", views_gifts.one, name="espace_gift"),
    path("contributions/taux/", views_gifts.rates, name="espace_rates"),
    path("contributions/valoriser/", views_gifts.value, name="espace_gifts_value"),
    path("contributions/echanges/", views_gifts.unpriced, name="espace_unpriced"),
    path("livre/importer/", views_import.index, name="espace_book_import"),
    path("livre/importer/<uuid:pk>/", views_import.names, name="espace_book_import_names"),
    path("livre/importer/noms/<int:pk>/oublier/", views_import.forget, name="espace_party_forget"),
    path("livre/comptes/", views_accounts.index, name="espace_book_accounts"),
    path("livre/comptes/<slug:nature>/<slug:code>/", views_accounts.one, name="espace_book_account"),
    path("livre/verifier/", views_accounts.check, name="espace_book_check"),
    path("livre/audit/", views_audit.passes, name="espace_auditors"),
    path("livre/audit/<uuid:pk>/retirer/", views_audit.end, name="espace_auditor_end"),
]
