from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommonConfig(AppConfig):
    name = "terreau.common"
    label = "common"
    verbose_name = _("socle")
    default_auto_field = "django.db.models.BigAutoField"
