from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LabelsConfig(AppConfig):
    name = "terreau.labels"
    label = "labels"
    verbose_name = _("labels")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people, and that who keeps a label decides."""
        from terreau.accounts import personal, roles_held, second_factor
        from terreau.labels import people_data, perms

        personal.register("labels", people_data.export, people_data.erase)
        for name, rows in perms.held_rows().items():
            roles_held.ask(name, rows)
            second_factor.register_held(name)
