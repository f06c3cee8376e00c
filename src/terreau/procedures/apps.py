from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProceduresConfig(AppConfig):
    name = "terreau.procedures"
    label = "procedures"
    verbose_name = _("procédures")
    default_auto_field = "django.db.models.BigAutoField"
