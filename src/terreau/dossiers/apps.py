from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DossiersConfig(AppConfig):
    name = "terreau.dossiers"
    label = "dossiers"
    verbose_name = _("dossiers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people, and how calls know who was laureate of another."""
        from terreau.accounts import personal
        from terreau.calls import eligibility, versions
        from terreau.dossiers import carrying, laureates, people_data

        versions.carries("dossiers", carrying.open_files)
        eligibility.read_laureates(laureates.of)
        personal.register("dossiers", people_data.export, people_data.erase, expire=people_data.expire)
