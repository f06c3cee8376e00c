from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookkeepingConfig(AppConfig):
    name = "terreau.bookkeeping"
    label = "bookkeeping"
    verbose_name = _("comptes tenus")
    default_auto_field = "django.db.models.BigAutoField"
