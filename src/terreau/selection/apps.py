from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SelectionConfig(AppConfig):
    name = "terreau.selection"
    label = "selection"
    verbose_name = _("sélection")
    default_auto_field = "django.db.models.BigAutoField"
