from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookkeepingConfig(AppConfig):
    name = "terreau.bookkeeping"
    label = "bookkeeping"
    verbose_name = _("comptes tenus")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.bookkeeping import people_data

        personal.register("comptes_tenus", people_data.export, people_data.erase)
