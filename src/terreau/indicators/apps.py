from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IndicatorsConfig(AppConfig):
    name = "terreau.indicators"
    label = "indicators"
    verbose_name = _("indicateurs")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.indicators import people_data

        personal.register("indicateurs", people_data.export, people_data.erase)
