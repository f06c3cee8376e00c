"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from terreau.agreements import views_agreement, views_contracts, views_desk, views_payments, views_plan

urlpatterns: list[URLPattern | URLResolver] = [
    path("dossiers/<uuid:pk>/financement/", views_plan.financing, name="financing"),
    path("dossiers/<uuid:pk>/financement/pieces/<uuid:piece_pk>/", views_plan.piece, name="money_piece"),
    path("dossiers/<uuid:pk>/convention/", views_agreement.agreement, name="agreement"),
    path("dossiers/<uuid:pk>/convention/<int:number>.pdf", views_agreement.deed_pdf, name="deed_pdf"),
    path("dossiers/<uuid:pk>/convention/<int:number>.json", views_agreement.deed_bytes, name="deed_bytes"),
    path("dossiers/<uuid:pk>/versements/", views_payments.payments, name="payments"),
    path("versements/", views_desk.desk, name="payments_desk"),
    path("contrats/", views_contracts.contracts, name="contracts"),
    path("contrats/<uuid:pk>/", views_contracts.contract, name="contract"),
    path("contrats/<uuid:pk>/<int:number>.pdf", views_contracts.contract_pdf, name="contract_pdf"),
    path("programmes/<slug:slug>/contrats/nouveau/", views_contracts.new, name="contract_new"),
]
