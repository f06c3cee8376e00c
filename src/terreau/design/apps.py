from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DesignConfig(AppConfig):
    name = "terreau.design"
    label = "design"
    verbose_name = _("design")
    default_auto_field = "django.db.models.BigAutoField"
