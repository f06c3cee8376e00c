from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BillingConfig(AppConfig):
    name = "terreau.billing"
    label = "billing"
    verbose_name = _("factures et paiements")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.billing import people_data

        personal.register("billing", people_data.export, people_data.erase)
