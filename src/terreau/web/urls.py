"""Addresses of the pages that cross rooms."""

from django.urls import include, path

from terreau.web import (
    documents,
    draw,
    home,
    maps,
    measures,
    my_territory,
    sitemaps,
    static_pages,
    territory_pages,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("recherche/", home.search, name="search"),
    path("territoires/", territory_pages.index, name="territories"),
    path("territoires/<str:level>/<str:code>/", territory_pages.territory, name="territory"),
    path("territoires/<str:level>/<str:code>/fiche.pdf", documents.territory, name="territory_pdf"),
    path("mon-territoire/", my_territory.my_territory, name="my_territory"),
    path("mon-territoire/dessiner/", draw.draw, name="draw"),
    path("mon-territoire/dessiner/noms/", draw.names, name="draw_names"),
    path("a-propos/", static_pages.about, name="about"),
    path("accessibilite/", static_pages.accessibility, name="accessibility"),
    path("mentions-legales/", static_pages.legal, name="legal"),
    path("donnees/", include("terreau.web.donnees_urls")),
    path("integrer/", include("terreau.web.embed_urls")),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-<slug:name>-<int:number>.xml", sitemaps.section, name="sitemap_section"),
    path("robots.txt", static_pages.robots, name="robots"),
    path("carte/communes-<slug:digest>.json", maps.serve_communes_index, name="map_communes_index"),
    path("carte/communes/<slug:department>-<slug:digest>.topojson", maps.serve_communes, name="map_communes"),
    path("carte/", measures.page, name="map_measures"),
    path("carte/mesures/<slug:name>-<slug:digest>.json", measures.serve_measure, name="map_measure"),
    path(
        "carte/mesures/<slug:name>-<slug:digest>/<slug:department>.json",
        measures.serve_values,
        name="map_values",
    ),
    path("carte/poles.geojson", maps.poles, name="map_poles"),
    path("carte/contours/<str:level>-<slug:digest>.geojson", maps.serve_outlines, name="map_outlines"),
    path("carte/<str:level>-<slug:digest>.svg", maps.serve_background, name="map_background"),
]
