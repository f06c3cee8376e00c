from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TradeConfig(AppConfig):
    name = "terreau.trade"
    label = "trade"
    verbose_name = _("commerce entre membres")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.trade import people_data

        personal.register("commerce", people_data.export, people_data.erase)
