from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EnvelopesConfig(AppConfig):
    name = "terreau.envelopes"
    label = "envelopes"
    verbose_name = _("enveloppes")
    default_auto_field = "django.db.models.BigAutoField"
