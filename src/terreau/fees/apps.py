from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FeesConfig(AppConfig):
    name = "terreau.fees"
    label = "fees"
    verbose_name = _("cotisations")
    default_auto_field = "django.db.models.BigAutoField"
