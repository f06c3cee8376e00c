"""Addresses of the reviews at the root of the site: to answer by a personal link."""

from django.urls import URLPattern, URLResolver, path

from terreau.reviews import views_answer

urlpatterns: list[URLPattern | URLResolver] = [
    path("evaluations/<str:token>/", views_answer.link, name="seat_link"),
    path("evaluations/<str:token>/merci/", views_answer.link_done, name="seat_done"),
    path("evaluations/<str:token>/axes/<str:axis>/", views_answer.link_axis, name="seat_axis"),
]
