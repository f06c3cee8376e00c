"""Addresses of the room in the workspace of a pole, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.means import (
    views_bookings,
    views_calendar,
    views_costs,
    views_jobs,
    views_means,
    views_premises,
)

_ONE, _BOOKING = "moyens/<uuid:pk>/", "moyens/<uuid:pk>/reservations/<uuid:booking>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("moyens/", views_means.index, name="espace_means"),
    path("moyens/nouveau/", views_means.new, name="espace_means_new"),
    path(_ONE, views_means.one, name="espace_one_means"),
    path(f"{_ONE}regles/", views_means.rules_of, name="espace_means_rules"),
    path(f"{_ONE}prix/", views_means.price, name="espace_means_price"),
    path(f"{_ONE}fin/", views_means.end, name="espace_means_end"),
    path(f"{_ONE}reserver/", views_bookings.book, name="espace_book"),
    path(f"{_ONE}importer/", views_calendar.bring, name="espace_means_import"),
    path(_BOOKING, views_bookings.booking, name="espace_booking"),
    path(f"{_BOOKING}reponse/", views_bookings.answer, name="espace_booking_answer"),
    path(f"{_BOOKING}deplacer/", views_bookings.move, name="espace_booking_move"),
    path(f"{_BOOKING}annuler/", views_bookings.cancel, name="espace_booking_cancel"),
    path(f"{_BOOKING}livre/", views_means.aside, name="espace_booking_aside"),
    path("calendrier/", views_calendar.everything, name="espace_calendar"),
    path("couts/", views_costs.index, name="espace_costs"),
    path("couts/nouveau/", views_costs.new, name="espace_cost_new"),
    path("couts/releves/<uuid:actor>/", views_costs.statement, name="espace_cost_statement"),
    path("couts/<uuid:pk>/", views_costs.one, name="espace_cost"),
    path("couts/<uuid:pk>/reprendre/", views_costs.undo, name="espace_cost_undo"),
    path("couts/<uuid:pk>/piece/", views_costs.piece, name="espace_cost_piece"),
    path("emplois/", views_jobs.index, name="espace_jobs"),
    path("emplois/nouveau/", views_jobs.new, name="espace_job_new"),
    path("emplois/<uuid:pk>/", views_jobs.one, name="espace_job"),
    path("emplois/<uuid:pk>/modifier/", views_jobs.edit, name="espace_job_edit"),
    path("emplois/<uuid:pk>/heures/", views_jobs.log, name="espace_job_log"),
    path("emplois/<uuid:pk>/heures/<uuid:line>/corriger/", views_jobs.correct, name="espace_job_correct"),
    path("emplois/<uuid:pk>/parts/", views_jobs.share, name="espace_job_share"),
    path("emplois/<uuid:pk>/fin/", views_jobs.end, name="espace_job_end"),
    path("locaux/", views_premises.index, name="espace_premises"),
    path("locaux/besoins/", views_premises.need, name="espace_space_need"),
    path("locaux/besoins/<int:row>/", views_premises.met, name="espace_space_need_met"),
    path("locaux/<uuid:pk>/", views_premises.one, name="espace_premises_one"),
    path("locaux/<uuid:pk>/occupants/", views_premises.occupy, name="espace_occupation"),
    path("locaux/<uuid:pk>/occupants/<int:row>/", views_premises.leave, name="espace_occupation_end"),
    path("locaux/<uuid:pk>/travaux/", views_premises.works_new, name="espace_works_new"),
    path("locaux/<uuid:pk>/travaux/<int:row>/", views_premises.works, name="espace_works"),
]
