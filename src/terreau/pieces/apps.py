from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PiecesConfig(AppConfig):
    name = "terreau.pieces"
    label = "pieces"
    verbose_name = _("pièces")
    default_auto_field = "django.db.models.BigAutoField"
