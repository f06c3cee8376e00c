from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "terreau.web"
    label = "web"
    verbose_name = _("site")
    default_auto_field = "django.db.models.BigAutoField"
