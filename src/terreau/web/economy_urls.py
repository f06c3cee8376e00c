"""Addresses of the faces of the economy, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.web import economy_pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("mon-bilan/", economy_pages.mine, name="espace_member_economy"),
    path("economie/comptes.pdf", economy_pages.accounts_pdf, name="espace_accounts_pdf"),
    path("economie/publier/", economy_pages.publish, name="espace_economy_publish"),
]
