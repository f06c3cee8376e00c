from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PolesConfig(AppConfig):
    name = "terreau.poles"
    label = "poles"
    verbose_name = _("pôles")
    default_auto_field = "django.db.models.BigAutoField"
