"""Addresses of the room in the workspace of a pole, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.exchanges import views_offers, views_purchases, views_skills, views_tenders

urlpatterns: list[URLPattern | URLResolver] = [
    path("echanges/", views_skills.overview, name="espace_exchanges"),
    path("competences/", views_skills.index, name="espace_skills"),
    path("offres/", views_offers.index, name="espace_offers"),
    path("offres/nouvelle/", views_offers.new, name="espace_offer_new"),
    path("offres/<uuid:pk>/", views_offers.offer, name="espace_offer"),
    path("offres/<uuid:pk>/modifier/", views_offers.edit, name="espace_offer_edit"),
    path("achats/", views_purchases.index, name="espace_purchases"),
    path("achats/nouveau/", views_purchases.new, name="espace_purchase_new"),
    path("achats/<uuid:pk>/", views_purchases.purchase, name="espace_purchase"),
    path("achats/<uuid:pk>/modifier/", views_purchases.edit, name="espace_purchase_edit"),
    path("marches/", views_tenders.index, name="espace_tenders"),
    path("marches/nouveau/", views_tenders.new, name="espace_tender_new"),
    path("marches/<uuid:pk>/", views_tenders.tender, name="espace_tender"),
    path("marches/<uuid:pk>/modifier/", views_tenders.edit, name="espace_tender_edit"),
    path("marches/<uuid:pk>/partage/", views_tenders.share_out, name="espace_tender_shares"),
    path("marches/<uuid:pk>/reponse/<uuid:party>/", views_tenders.answer, name="espace_tender_answer"),
    path("marches/<uuid:pk>/resultat/", views_tenders.result, name="espace_tender_result"),
]
