from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JournalConfig(AppConfig):
    name = "terreau.journal"
    label = "journal"
    verbose_name = _("journal")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.journal import people_data

        personal.register("journal", people_data.export, people_data.erase, expire=people_data.expire)
