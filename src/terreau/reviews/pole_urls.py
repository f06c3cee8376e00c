"""Addresses of the reviews under /poles/: the situation of a pole, and its campaigns."""

from django.urls import URLPattern, URLResolver, path

from terreau.reviews import views_answer, views_campaigns, views_external, views_situation

_HERE = "<slug:slug>/situation/"
_ONE = f"{_HERE}campagnes/<uuid:pk>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path(_HERE, views_situation.page, name="situation"),
    path(f"{_HERE}montrer/", views_situation.show, name="situation_show"),
    path(f"{_HERE}items/<str:code>/", views_situation.item, name="situation_item"),
    path(
        f"{_HERE}items/<str:code>/appuis/<uuid:pk>/retirer/",
        views_situation.unsupport,
        name="situation_unsupport",
    ),
    path(f"{_HERE}ouvrir/<slug:mode>/", views_campaigns.open_one, name="review_open"),
    path(_ONE, views_campaigns.page, name="review"),
    path(f"{_ONE}faire/", views_campaigns.act, name="review_act"),
    path(f"{_ONE}inviter/", views_campaigns.invite, name="review_invite"),
    path(f"{_ONE}places/<uuid:seat>/", views_campaigns.seat, name="review_seat"),
    path(f"{_ONE}repondre/", views_answer.begin, name="review_answer"),
    path(f"{_ONE}repondre/<str:axis>/", views_answer.axis, name="review_axis"),
    path(f"{_ONE}copie.json", views_external.copy, name="review_copy"),
    path(f"{_ONE}droit-de-reponse/<str:code>/", views_external.reply, name="review_reply"),
    path(f"{_ONE}signer/<slug:side>/", views_external.sign, name="review_sign"),
    path(f"{_ONE}reprendre/", views_external.take_up, name="review_take_up"),
    path(f"{_ONE}rapport.pdf", views_external.pdf, name="review_pdf"),
]
