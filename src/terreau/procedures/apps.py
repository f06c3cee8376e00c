from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProceduresConfig(AppConfig):
    name = "terreau.procedures"
    label = "procedures"
    verbose_name = _("procédures")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have it known of each person whether they write a file: the menu says where their work is."""
        from terreau.accounts import roles_held
        from terreau.dossiers.models import Writer

        roles_held.ask("dossiers.writer", lambda user, on: Writer.objects.filter(user=user, ended_at=None))
