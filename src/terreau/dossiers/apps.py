from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DossiersConfig(AppConfig):
    name = "terreau.dossiers"
    label = "dossiers"
    verbose_name = _("dossiers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.dossiers import people_data

        personal.register("dossiers", people_data.export, people_data.erase)
