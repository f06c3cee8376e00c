"""Address of the links to the questionnaire on trust, under /confiance/."""

from django.urls import path

from terreau.reviews import trust_views

urlpatterns = [path("<str:token>/", trust_views.answer, name="trust_answer")]
