from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PolesConfig(AppConfig):
    name = "terreau.poles"
    label = "poles"
    verbose_name = _("pôles")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have the lines of the directory follow the facts that they repeat; say who is of a pole."""
        from terreau.accounts import roles_held
        from terreau.facts import projections
        from terreau.poles import listing, presentation, sheet_members

        roles_held.ask(sheet_members.OF_A_POLE, lambda user, _on: sheet_members.belongings(user))
        projections.register("poles.summary", [presentation.SUMMARY], presentation.project)
        projections.register("poles.listing", listing.FACETS, listing.project)
