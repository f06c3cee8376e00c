from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ActorsConfig(AppConfig):
    name = "terreau.actors"
    label = "actors"
    verbose_name = _("acteurs")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say who decides here, what is held of people, what a provider of identity lets propose."""
        from terreau.accounts import oidc, personal, roles_held, second_factor
        from terreau.actors import people_data, perms, roles
        from terreau.actors.models import Moderation

        roles_held.ask(perms.MODERATION, lambda user, on: Moderation.objects.held_on(on).filter(user=user))
        second_factor.register("actors", roles.decides)
        personal.register("organisations", people_data.export, people_data.erase, expire=people_data.expire)
        oidc.on_claims("actors", people_data.propose_organisation)
