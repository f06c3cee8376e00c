from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExchangesConfig(AppConfig):
    name = "terreau.exchanges"
    label = "exchanges"
    verbose_name = _("échanges entre membres")
    default_auto_field = "django.db.models.BigAutoField"
