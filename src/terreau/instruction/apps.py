from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InstructionConfig(AppConfig):
    name = "terreau.instruction"
    label = "instruction"
    verbose_name = _("instruction")
    default_auto_field = "django.db.models.BigAutoField"
