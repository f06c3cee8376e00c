from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChartersConfig(AppConfig):
    name = "terreau.charters"
    label = "charters"
    verbose_name = _("chartes")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.charters import held

        personal.register("chartes", held.export, held.erase, expire=held.expire)
