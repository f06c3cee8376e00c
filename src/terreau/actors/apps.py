from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActorsConfig(AppConfig):
    name = "terreau.actors"
    label = "actors"
    verbose_name = _("acteurs")
    default_auto_field = "django.db.models.BigAutoField"
