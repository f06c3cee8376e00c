from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    name = "terreau.governance"
    label = "governance"
    verbose_name = _("gouvernance")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.governance import people_data

        personal.register("gouvernance", people_data.export, people_data.erase)
