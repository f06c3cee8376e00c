from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SnapshotConfig(AppConfig):
    name = "terreau.snapshot"
    label = "snapshot"
    verbose_name = _("instantanés et comparaisons")
    default_auto_field = "django.db.models.BigAutoField"
