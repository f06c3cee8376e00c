from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NettingConfig(AppConfig):
    name = "terreau.netting"
    label = "netting"
    verbose_name = _("compensations")
    default_auto_field = "django.db.models.BigAutoField"
