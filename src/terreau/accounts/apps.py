from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "terreau.accounts"
    label = "accounts"
    verbose_name = _("comptes")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import calendar_keys, personal, retention

        personal.register(
            "compte", personal.export_account, personal.erase_account, expire=retention.expire_accounts
        )
        personal.register("calendriers", calendar_keys.export, calendar_keys.erase)
