"""Addresses of the workspace pages that cross rooms, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.web import (
    daybook_pages,
    daybook_write,
    documents_pages,
    espace_pages,
    find_pages,
    hours_pages,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", espace_pages.dashboard, name="espace"),
    path("chercher/", find_pages.find, name="espace_find"),
    path("documents/", documents_pages.index, name="espace_documents"),
    path("documents/<uuid:pk>/", documents_pages.document, name="espace_document"),
    path("documents/<uuid:pk>/version/", documents_pages.renew, name="espace_document_renew"),
    path("documents/<uuid:pk>/citer/", documents_pages.cite, name="espace_document_cite"),
    path("documents/<uuid:pk>/retirer/", documents_pages.withdraw, name="espace_document_withdraw"),
    path("heures/", hours_pages.index, name="espace_hours"),
    path("heures/pointer/", hours_pages.tap, name="espace_tap"),
    path("heures/ecrire/", hours_pages.write, name="espace_hours_write"),
    path("heures/<uuid:pk>/reprendre/", hours_pages.undo, name="espace_hours_undo"),
    path("livre/", daybook_pages.index, name="espace_daybook"),
    path("livre/ajouter/", daybook_write.choose, name="espace_daybook_add"),
    path("livre/ajouter/<slug:nature>/", daybook_write.write, name="espace_daybook_write"),
    path("livre/releves/", daybook_pages.statements, name="espace_statements"),
    path("livre/releves/<uuid:party>/", daybook_pages.statement, name="espace_statement"),
    path("livre/cloture/", daybook_pages.closing, name="espace_closing"),
    path("livre/<int:rank>/", daybook_pages.line, name="espace_daybook_line"),
]
