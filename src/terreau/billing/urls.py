"""Addresses of the room, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.billing import views_bank, views_invoices, views_services

urlpatterns: list[URLPattern | URLResolver] = [
    path("factures/", views_invoices.index, name="espace_invoices"),
    path("factures/nouvelle/", views_invoices.new, name="espace_invoice_new"),
    path("factures/<int:number>/", views_invoices.invoice, name="espace_invoice"),
    path("factures/<int:number>/modifier/", views_invoices.edit, name="espace_invoice_edit"),
    path("factures/<int:number>.xml", views_invoices.as_xml, name="espace_invoice_xml"),
    path("factures/<int:number>.pdf", views_invoices.as_pdf, name="espace_invoice_pdf"),
    path("banque/", views_bank.index, name="espace_bank"),
    path("banque/releves/", views_bank.statements, name="espace_bank_statements"),
    path("banque/lignes/<uuid:pk>/", views_bank.line, name="espace_bank_line"),
    path("services/", views_services.index, name="espace_services"),
    path("services/prix/", views_services.price, name="espace_service_price"),
    path("services/commission/", views_services.commission, name="espace_commission"),
    path("services/conditions/", views_services.conditions, name="espace_seller_terms"),
]
