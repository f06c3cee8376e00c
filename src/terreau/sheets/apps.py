from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SheetsConfig(AppConfig):
    name = "terreau.sheets"
    label = "sheets"
    verbose_name = _("fiches")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say to the rooms below how the register is read as the frames of grids."""
        from terreau.calls import eligibility
        from terreau.sheets import frames

        eligibility.read_frames(pole=frames.frame_of, actor=frames.frame_of_actor)
