"""Addresses of the room: public registers, requests, instruction, and the check of a certificate."""

from django.urls import URLPattern, URLResolver, path

from terreau.labels import views_instruct, views_public, views_request, views_scheme, views_verify

urlpatterns: list[URLPattern | URLResolver] = [
    path("labels/", views_public.index, name="labels"),
    # Before the labels: this word is no address of one (``schemes.RESERVED``).
    path("labels/nouveau/", views_scheme.begin, name="label_new"),
    path("labels/<slug:slug>/", views_public.scheme, name="label_scheme"),
    path("labels/<slug:slug>/tenir/", views_scheme.build, name="label_build"),
    path("labels/<slug:slug>/demander/", views_request.ask, name="label_ask"),
    path("labels/<slug:slug>/instruire/", views_instruct.queue, name="label_queue"),
    path("labels/<slug:slug>/instruire/<int:number>/", views_instruct.instruct, name="label_instruct"),
    path("labels/<slug:slug>/avantages/", views_instruct.register, name="label_advantages"),
    path("labels/<slug:slug>/<int:number>.pdf", views_public.certificate, name="label_certificate"),
    path("labels/<slug:slug>/<int:number>/", views_public.label, name="label"),
    path("labels/<slug:slug>/<int:number>/suivre/", views_request.follow, name="label_follow"),
    path("verifier/", views_verify.ask, name="label_verify_ask"),
    path("verifier/<str:token>/", views_verify.verify, name="label_verify"),
    path("verifier/<str:token>/preuve.json", views_verify.proof, name="label_proof"),
]
