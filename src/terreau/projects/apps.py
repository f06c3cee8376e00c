from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "terreau.projects"
    label = "projects"
    verbose_name = _("stratégie et projets")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.projects import people_data

        personal.register("projets", people_data.export, people_data.erase)
