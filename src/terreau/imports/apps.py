from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ImportsConfig(AppConfig):
    name = "terreau.imports"
    label = "imports"
    verbose_name = _("imports de fichiers")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Read the ``import_kinds`` module of every room; say what this one holds of people."""
        from terreau.accounts import personal, roles_held
        from terreau.imports import held, perms
        from terreau.imports.models import Import

        autodiscover_modules("import_kinds")
        roles_held.ask(perms.BROUGHT, lambda user, _on: Import.objects.filter(by=user))
        personal.register("imports", held.export, held.erase, expire=held.expire)
