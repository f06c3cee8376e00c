"""Addresses of the room in the workspace of a pole, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.exchanges import views_tenders

urlpatterns: list[URLPattern | URLResolver] = [
    path("marches/", views_tenders.index, name="espace_tenders"),
    path("marches/nouveau/", views_tenders.new, name="espace_tender_new"),
    path("marches/<uuid:pk>/", views_tenders.tender, name="espace_tender"),
    path("marches/<uuid:pk>/modifier/", views_tenders.edit, name="espace_tender_edit"),
    path("marches/<uuid:pk>/partage/", views_tenders.share_out, name="espace_tender_shares"),
    path("marches/<uuid:pk>/reponse/<uuid:party>/", views_tenders.answer, name="espace_tender_answer"),
    path("marches/<uuid:pk>/resultat/", views_tenders.result, name="espace_tender_result"),
]
