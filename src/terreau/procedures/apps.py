from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProceduresConfig(AppConfig):
    name = "terreau.procedures"
    label = "procedures"
    verbose_name = _("procédures")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say who writes a file (the menu shows it) and what is known of other aids (the officer's page)."""
        from terreau.accounts import roles_held
        from terreau.dossiers.models import Writer
        from terreau.instruction import hooks
        from terreau.procedures import known

        roles_held.ask("dossiers.writer", lambda user, _on: Writer.objects.filter(user=user, ended_at=None))
        hooks.also_known(known.known)
