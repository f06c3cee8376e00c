from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FactsConfig(AppConfig):
    name = "terreau.facts"
    label = "facts"
    verbose_name = _("faits")
    default_auto_field = "django.db.models.BigAutoField"
