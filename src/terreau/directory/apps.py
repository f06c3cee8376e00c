from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    name = "terreau.directory"
    label = "directory"
    verbose_name = _("répertoires officiels")
    default_auto_field = "django.db.models.BigAutoField"
