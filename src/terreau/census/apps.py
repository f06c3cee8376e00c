from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CensusConfig(AppConfig):
    name = "terreau.census"
    label = "census"
    verbose_name = _("recensement")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.census import held

        personal.register("recensement", held.export, held.erase, expire=held.expire)
