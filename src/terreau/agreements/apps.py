from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgreementsConfig(AppConfig):
    name = "terreau.agreements"
    label = "agreements"
    verbose_name = _("conventions et versements")
    default_auto_field = "django.db.models.BigAutoField"
