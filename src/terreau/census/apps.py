from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CensusConfig(AppConfig):
    name = "terreau.census"
    label = "census"
    verbose_name = _("recensement")
    default_auto_field = "django.db.models.BigAutoField"
