from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class JobsConfig(AppConfig):
    name = "terreau.jobs"
    label = "jobs"
    verbose_name = _("tâches longues")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Read the ``work`` module of every room, so that whatever was queued can be done."""
        autodiscover_modules("work")
