from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ForecastConfig(AppConfig):
    name = "terreau.forecast"
    label = "forecast"
    verbose_name = _("prévisions")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.forecast import people_data

        personal.register("previsions", people_data.export, people_data.erase)
