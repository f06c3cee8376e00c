from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SelectionConfig(AppConfig):
    name = "terreau.selection"
    label = "selection"
    verbose_name = _("sélection")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people, and what it does when a laureate leaves."""
        from terreau.accounts import personal
        from terreau.dossiers import moving
        from terreau.selection import deciding, people_data

        personal.register("selection", people_data.export, people_data.erase)
        moving.also_do(deciding.follow)
