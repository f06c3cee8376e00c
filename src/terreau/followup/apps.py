from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FollowupConfig(AppConfig):
    name = "terreau.followup"
    label = "followup"
    verbose_name = _("suivi et évaluation partagée")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people, what a file owes once it starts, what it needs to be closed."""
        from terreau.accounts import personal
        from terreau.dossiers import moving
        from terreau.followup import concluding, people_data, planning

        personal.register("followup", people_data.export, people_data.erase)
        moving.also_refuse(concluding.check_move)
        moving.also_do(planning.follow)
