from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeesConfig(AppConfig):
    name = "terreau.fees"
    label = "fees"
    verbose_name = _("cotisations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.fees import people_data

        personal.register("cotisations", people_data.export, people_data.erase)
