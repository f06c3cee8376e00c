from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReviewsConfig(AppConfig):
    name = "terreau.reviews"
    label = "reviews"
    verbose_name = _("autodiagnostic et co-évaluation")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what this room holds of people."""
        from terreau.accounts import personal
        from terreau.reviews import held, trust_held

        personal.register("evaluations", held.export, held.erase, expire=held.expire)
        personal.register("confiance", trust_held.export, trust_held.erase, expire=trust_held.expire)
