from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class JournalConfig(AppConfig):
    name = "terreau.journal"
    label = "journal"
    verbose_name = _("journal")
    default_auto_field = "django.db.models.BigAutoField"
