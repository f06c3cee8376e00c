from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EconomicsConfig(AppConfig):
    name = "terreau.economics"
    label = "economics"
    verbose_name = _("économie des pôles")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.economics import people_data

        personal.register("economie", people_data.export, people_data.erase)
