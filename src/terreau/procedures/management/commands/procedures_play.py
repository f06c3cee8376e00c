"""``procedures_play``: a call filled with invented files, as far as one wants, for a demonstration."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from terreau.accounts.models import User
from terreau.calls import building
from terreau.calls.models import Role
from terreau.calls.read import find
from terreau.common.errors import DomainError
from terreau.procedures import replays
from terreau.procedures.replays import Played, Size
from terreau.territories.models import Zone

UNTIL: Final = ("deposited", "instructed", "decided", "agreed", "paid")


class Command(BaseCommand):
    """Copies a call and has the copy answered, instructed, decided, agreed and paid by invented people."""

    help = "Joue un appel avec des dossiers inventés, marqués « exemple fictif », jusqu'à l'étape voulue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--call", required=True, metavar="APPEL", help="Appel à copier.")
        parser.add_argument(
            "--owner", required=True, metavar="ADRESSE", help="Adresse de qui portera la copie."
        )
        parser.add_argument("--title", default="", metavar="TITRE", help="Titre de la copie.")
        parser.add_argument("--files", type=int, default=20, metavar="N", help="Nombre de dossiers.")
        parser.add_argument("--laureates", type=int, default=4, metavar="N", help="Nombre de lauréats.")
        parser.add_argument("--envelope", type=int, default=500_000, metavar="EUROS", help="Enveloppe.")
        parser.add_argument("--until", choices=UNTIL, default="decided", help="Étape où s'arrêter.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Play, telling each part."""
        if not 0 < options["laureates"] < options["files"]:
            raise CommandError("Il faut moins de lauréats que de dossiers.", returncode=2)
        owner = User.objects.filter(email=options["owner"], is_active=True).first()
        if owner is None:
            raise CommandError(f"Aucun compte à l'adresse {options['owner']}.", returncode=2)
        try:
            self._play(owner, options)
        except DomainError as error:
            raise CommandError(f"{error.message} ({error.code})", returncode=2) from error

    def _play(self, owner: User, options: dict[str, Any]) -> None:
        model, now = find(options["call"]), timezone.now()
        roles = Role.objects.filter(user=owner, programme=model.programme, role=Role.Kind.OWNER)
        if not roles.exists():
            Role.objects.create(
                user=owner, programme=model.programme, role=Role.Kind.OWNER, valid_from=timezone.localdate()
            )
        size = Size(options["files"], options["laureates"], options["envelope"] * 100)
        title = options["title"] or f"{model.title} (exemple inventé)"
        times = {"opens": now - timedelta(days=1), "closes": now + timedelta(days=1)}
        call = replays.open_again(model, title[:200], size, owner=owner, **times)
        played = Played(call, replays.cast(call))
        regions = list(Zone.objects.filter(level="region").order_by("-cog_year", "code")[:13])
        replays.apply(played, size, regions=regions)
        self._said(call.slug, "deposited", options)
        for name in UNTIL[1 : UNTIL.index(options["until"]) + 1]:
            _step(name, played, size, owner)
            self._said(call.slug, name, options)

    def _said(self, slug: str, step: str, options: dict[str, Any]) -> None:
        if options["verbosity"] > 0:
            self.stdout.write(f"{slug} : {step}")


def _step(name: str, played: Played, size: Size, owner: User) -> None:
    """Take a call to a step from the one before."""
    if name == "instructed":
        building.lead(played.call, "closed", by=owner)
        replays.instruct(played, size)
    elif name == "decided":
        replays.decide(played, size)
    elif name == "agreed":
        replays.agree(played)
    else:
        replays.pay(played, all_of_it=False)
