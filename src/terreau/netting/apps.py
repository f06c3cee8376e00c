from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NettingConfig(AppConfig):
    name = "terreau.netting"
    label = "netting"
    verbose_name = _("compensations")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.netting import people_data

        personal.register("netting", people_data.export, people_data.erase)
