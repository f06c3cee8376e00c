from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeansConfig(AppConfig):
    name = "terreau.means"
    label = "means"
    verbose_name = _("moyens partagés")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.means import people_data

        personal.register("moyens", people_data.export, people_data.erase)
