from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CooperationsConfig(AppConfig):
    name = "terreau.cooperations"
    label = "cooperations"
    verbose_name = _("coopérations")
    default_auto_field = "django.db.models.BigAutoField"
