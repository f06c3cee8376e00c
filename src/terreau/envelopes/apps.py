from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnvelopesConfig(AppConfig):
    name = "terreau.envelopes"
    label = "envelopes"
    verbose_name = _("enveloppes")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.envelopes import people_data

        personal.register("envelopes", people_data.export, people_data.erase)
