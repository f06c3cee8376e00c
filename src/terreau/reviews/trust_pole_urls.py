"""Address of what a pole's questionnaires on trust said, under /poles/."""

from django.urls import path

from terreau.reviews import trust_views

urlpatterns = [path("<slug:slug>/confiance/", trust_views.page, name="trust")]
