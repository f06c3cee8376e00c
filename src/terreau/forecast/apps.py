from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ForecastConfig(AppConfig):
    name = "terreau.forecast"
    label = "forecast"
    verbose_name = _("prévisions")
    default_auto_field = "django.db.models.BigAutoField"
