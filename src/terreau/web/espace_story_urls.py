"""Addresses of the yearly round, of the report and of the tree, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.web import round_pages, tree_pages, yearly_pages

_REPORT = "rapports/<int:year>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("indicateurs/tour/<int:year>/", round_pages.page, name="espace_round"),
    path("rapports/", yearly_pages.index, name="espace_reports"),
    path(_REPORT, yearly_pages.one, name="espace_report"),
    path("rapports/<int:year>.pdf", yearly_pages.draft_pdf, name="espace_report_pdf"),
    path(f"{_REPORT}publier/", yearly_pages.publish, name="espace_report_publish"),
    path(f"{_REPORT}retirer/", yearly_pages.withdraw, name="espace_report_withdraw"),
    path(f"{_REPORT}textes/<slug:section>/", yearly_pages.write, name="espace_report_words"),
    path("arbre/", tree_pages.inside, name="espace_tree"),
    path("arbre.pdf", tree_pages.inside_pdf, name="espace_tree_pdf"),
]
