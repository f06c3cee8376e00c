from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CallsConfig(AppConfig):
    name = "terreau.calls"
    label = "calls"
    verbose_name = _("programmes et appels")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people, and who decides in it."""
        from terreau.accounts import personal, roles_held, second_factor
        from terreau.calls import people_data, perms

        personal.register("calls", people_data.export, people_data.erase)
        for name, rows in perms.held_rows().items():
            roles_held.ask(name, rows)
            second_factor.register_held(name)
