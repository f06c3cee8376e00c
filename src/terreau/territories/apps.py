from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TerritoriesConfig(AppConfig):
    name = "terreau.territories"
    label = "territories"
    verbose_name = _("territoires")
    default_auto_field = "django.db.models.BigAutoField"
