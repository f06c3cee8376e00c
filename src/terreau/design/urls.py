"""The gallery of components, for those who make pages."""

from django.urls import path

from terreau.design import views

urlpatterns = [path("", views.gallery, name="design_gallery")]
