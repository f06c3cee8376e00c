"""Addresses of the first entry of a pole, under /poles/inscrire/."""

from django.urls import path

from terreau.web import entry_pages, entry_steps

urlpatterns = [
    path("", entry_pages.begin, name="entry"),
    path("organisations/", entry_pages.names, name="entry_names"),
    path("reprendre/<str:token>/", entry_pages.resume, name="entry_resume"),
    path("<uuid:draft>/lien/", entry_pages.send_link, name="entry_link"),
    path("<uuid:draft>/abandonner/", entry_pages.abandon, name="entry_abandon"),
    path("<uuid:draft>/inscrire/", entry_pages.submit, name="entry_submit"),
    path("<uuid:draft>/rejoindre/", entry_pages.join, name="entry_join"),
    path("<uuid:draft>/fait/", entry_pages.done, name="entry_done"),
    path("<uuid:draft>/<slug:step>/", entry_steps.step, name="entry_step"),
]
