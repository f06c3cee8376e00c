from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BookkeepingConfig(AppConfig):
    name = "terreau.bookkeeping"
    label = "bookkeeping"
    verbose_name = _("comptes tenus")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal, roles_held
        from terreau.bookkeeping import ledger_file, people_data

        roles_held.ask(ledger_file.ANIMATES, lambda user, _on: ledger_file.animated(user))
        personal.register("comptes_tenus", people_data.export, people_data.erase)
