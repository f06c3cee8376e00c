"""Addresses of what an auditor reads, under /poles/<slug>/audit/."""

from django.urls import URLPattern, URLResolver, path

from terreau.bookkeeping import views_audit

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views_audit.index, name="pole_audit"),
    path("livre/", views_audit.book, name="pole_audit_book"),
    path("livre/<int:rank>/piece/", views_audit.piece, name="pole_audit_piece"),
    path("releves/", views_audit.statements, name="pole_audit_statements"),
    path("comptes/", views_audit.balance, name="pole_audit_accounts"),
    path("contributions/", views_audit.contributions, name="pole_audit_gifts"),
    path("factures/", views_audit.invoices, name="pole_audit_invoices"),
]
