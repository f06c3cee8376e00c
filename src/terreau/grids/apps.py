from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GridsConfig(AppConfig):
    name = "terreau.grids"
    label = "grids"
    verbose_name = _("grilles")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.grids import people_data

        personal.register("grilles", people_data.export, people_data.erase)
