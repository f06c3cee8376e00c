from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangesConfig(AppConfig):
    name = "terreau.exchanges"
    label = "exchanges"
    verbose_name = _("échanges entre membres")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.exchanges import people_data

        personal.register("echanges", people_data.export, people_data.erase)
