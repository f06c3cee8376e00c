"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from terreau.calls import views_build, views_form, views_people, views_public

_BUILD = "appels/<slug:slug>/construire/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("appels/", views_public.calls, name="calls"),
    path("appels/nouveau/", views_build.new_call, name="call_new"),
    path("appels/<slug:slug>/", views_public.call, name="call"),
    path("appels/<slug:slug>/puis-je/", views_public.may_i, name="call_eligibility"),
    path("appels/<slug:slug>/copier/", views_build.copy, name="call_copy"),
    path(_BUILD, views_build.overview, name="call_build"),
    path(f"{_BUILD}cadre/", views_build.frame, name="call_frame"),
    path(f"{_BUILD}candidats/", views_build.applicants, name="call_applicants"),
    path(f"{_BUILD}volets/", views_build.strands, name="call_strands"),
    path(f"{_BUILD}financeurs/", views_build.sponsors, name="call_sponsors"),
    path(f"{_BUILD}formulaire/", views_form.form_page, name="call_form"),
    path(f"{_BUILD}formulaire/question/", views_form.field_new, name="call_field_new"),
    path(f"{_BUILD}formulaire/question/<slug:key>/", views_form.field_edit, name="call_field"),
    path(f"{_BUILD}formulaire/publier/", views_form.form_publish, name="call_form_publish"),
    path(f"{_BUILD}etapes/", views_build.stages, name="call_stages"),
    path(f"{_BUILD}relecture/", views_build.review, name="call_review"),
    path(f"{_BUILD}courriers/", views_build.letters, name="call_letters"),
    path(f"{_BUILD}personnes/", views_people.call_people, name="call_people"),
    path("programmes/", views_public.programmes, name="programmes"),
    path("programmes/nouveau/", views_build.new_programme, name="programme_new"),
    path("programmes/<slug:slug>/", views_public.programme, name="programme"),
    path("programmes/<slug:slug>/modifier/", views_build.programme_edit, name="programme_edit"),
    path("programmes/<slug:slug>/personnes/", views_people.programme_people, name="programme_people"),
    path("programmes/<slug:slug>/volets/nouveau/", views_build.strand, name="strand_new"),
    path("programmes/<slug:slug>/volets/<slug:code>/", views_build.strand, name="strand"),
]
