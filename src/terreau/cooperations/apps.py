from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CooperationsConfig(AppConfig):
    name = "terreau.cooperations"
    label = "cooperations"
    verbose_name = _("coopérations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.cooperations import people_data

        personal.register("cooperations", people_data.export, people_data.erase)
