from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgreementsConfig(AppConfig):
    name = "terreau.agreements"
    label = "agreements"
    verbose_name = _("conventions et versements")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people, what it asks before an award and does after a step."""
        from terreau.accounts import personal
        from terreau.agreements import agreeing, people_data, plan
        from terreau.dossiers import moving
        from terreau.envelopes import conditions

        personal.register("agreements", people_data.export, people_data.erase)
        conditions.also_ask(plan.before_award)
        moving.also_do(agreeing.follow)
