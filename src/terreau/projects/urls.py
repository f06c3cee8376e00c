"""Addresses of the room in the workspace of a pole, under /poles/<slug>/espace/."""

from django.urls import URLPattern, URLResolver, path

from terreau.projects import views_activities as activities
from terreau.projects import views_needs as needs
from terreau.projects import views_projects as projects
from terreau.projects import views_strategy as strategy
from terreau.projects import views_work as work

urlpatterns: list[URLPattern | URLResolver] = [
    path("strategie/", strategy.strategy, name="espace_strategy"),
    path("strategie/ecrire/", strategy.begin, name="espace_strategy_begin"),
    path("strategie/adherer/", strategy.adhere, name="espace_adhere"),
    path("strategie/adhesions/<int:pk>/finir/", strategy.leave, name="espace_adherence_end"),
    path("strategie/<int:number>/", strategy.version, name="espace_strategy_version"),
    path("strategie/<int:number>/texte/", strategy.text, name="espace_strategy_text"),
    path("strategie/<int:number>/adopter/", strategy.adopt, name="espace_strategy_adopt"),
    path("strategie/<int:number>/publier/", strategy.publish, name="espace_strategy_publish"),
    path("strategie/<int:number>/axe/", strategy.new_axis, name="espace_axis_new"),
    path("strategie/axes/<uuid:pk>/", strategy.axis, name="espace_axis"),
    path("strategie/axes/<uuid:pk>/objectif/", strategy.new_objective, name="espace_objective_new"),
    path("strategie/objectifs/<uuid:pk>/", strategy.objective, name="espace_objective"),
    path("strategie/objectifs/<uuid:pk>/modifier/", strategy.edit_objective, name="espace_objective_edit"),
    path("projets/", projects.projects, name="espace_projects"),
    path("projets/nouveau/", projects.new, name="espace_project_new"),
    path("projets/<uuid:pk>/", projects.project, name="espace_project"),
    path("projets/<uuid:pk>/modifier/", projects.edit, name="espace_project_edit"),
    path("projets/<uuid:pk>/etape/", projects.stage, name="espace_project_stage"),
    path("projets/<uuid:pk>/partenaires/", projects.partners, name="espace_project_partners"),
    path("projets/<uuid:pk>/financement/", projects.financing, name="espace_project_financing"),
    path("projets/<uuid:pk>/publier/", projects.publish, name="espace_project_publish"),
    path("projets/<uuid:pk>/taches/nouvelle/", work.new_task, name="espace_task_new"),
    path("projets/<uuid:pk>/taches/<uuid:task>/", work.task, name="espace_task"),
    path("projets/<uuid:pk>/taches/<uuid:task>/etat/", work.move_task, name="espace_task_move"),
    path("projets/<uuid:pk>/budget/nouvelle/", work.new_line, name="espace_budget_new"),
    path("projets/<uuid:pk>/budget/<uuid:line>/", work.line, name="espace_budget_line"),
    path("projets/<uuid:pk>/emplois/nouveaux/", work.new_job, name="espace_project_job_new"),
    path("projets/<uuid:pk>/emplois/<uuid:job>/finir/", work.end_job, name="espace_project_job_end"),
    path("projets/<uuid:pk>/entreprises/nouvelle/", work.new_enterprise, name="espace_enterprise_new"),
    path("activites/", activities.listing, name="espace_activities"),
    path("activites/nouvelle/", activities.new, name="espace_activity_new"),
    path("activites/liste/", activities.whole, name="espace_activities_whole"),
    path("activites/<uuid:pk>/", activities.activity, name="espace_activity"),
    path("activites/<uuid:pk>/modifier/", activities.edit, name="espace_activity_edit"),
    path("activites/<uuid:pk>/reconnaitre/", activities.recognise, name="espace_activity_recognise"),
    path(
        "activites/<uuid:pk>/reconnaissances/<uuid:recognition>/finir/",
        activities.end_recognition,
        name="espace_recognition_end",
    ),
    path("activites/<uuid:pk>/publier/", activities.publish, name="espace_activity_publish"),
    path("besoins/", needs.listing, name="espace_needs"),
    path("besoins/nouveau/", needs.new, name="espace_need_new"),
    path("besoins/<uuid:pk>/", needs.need, name="espace_need"),
    path("besoins/<uuid:pk>/modifier/", needs.edit, name="espace_need_edit"),
    path("besoins/<uuid:pk>/etat/", needs.move, name="espace_need_move"),
    path("besoins/<uuid:pk>/rapprocher/", needs.judge, name="espace_need_judge"),
    path("besoins/<uuid:pk>/publier/", needs.publish, name="espace_need_publish"),
]
