from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgreementsConfig(AppConfig):
    name = "terreau.agreements"
    label = "agreements"
    verbose_name = _("conventions et versements")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people, and what is asked before an award is committed."""
        from terreau.accounts import personal
        from terreau.agreements import people_data, plan
        from terreau.envelopes import conditions

        personal.register("agreements", people_data.export, people_data.erase)
        conditions.also_ask(plan.before_award)
