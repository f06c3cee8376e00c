"""Instruction of files: assignment, sealed reviews, opinions, complements, letters."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InstructionConfig(AppConfig):
    name = "terreau.instruction"
    label = "instruction"
    verbose_name = _("instruction")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people, who is barred from a file, which opinions were given."""
        from terreau.accounts import personal
        from terreau.dossiers import actions, moving, perms
        from terreau.instruction import complements, conflicts, opinions, people_data

        personal.register("instruction", people_data.export, people_data.erase)
        perms.also_refuse(conflicts.check)
        moving.opinions_by(opinions.given)
        moving.also_do(complements.follow)
        actions.limited_by(complements.open_keys)
