from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "terreau.jobs"
    label = "jobs"
    verbose_name = _("tâches longues")
    default_auto_field = "django.db.models.BigAutoField"
