"""Addresses of the room, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.netting import views_netting, views_round

_STATEMENT = "compensations/<uuid:pk>/releve/<uuid:actor>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("compensations/", views_netting.index, name="espace_netting"),
    path("compensations/<uuid:pk>/", views_round.round_, name="espace_netting_round"),
    path(f"{_STATEMENT}/", views_round.statement_page, name="espace_netting_statement"),
    path(f"{_STATEMENT}.pdf", views_round.statement_pdf, name="espace_netting_statement_pdf"),
]
