"""Naming the first administrator, who names the others on the page of roles."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from terreau.accounts.models import GlobalRole
from terreau.actors import roles
from terreau.common.errors import DomainError


class Command(BaseCommand):
    help = (
        "Donne un rôle à un compte : administrator, officer, moderator (site, --zone ou --network). "
        "Les suivants se nomment à l'adresse /compte/roles/."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="Adresse d'un compte qui existe.")
        parser.add_argument("role", choices=GlobalRole.Role.values)
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--zone", help="departement:35, region:53, ou un code sans équivoque.")
        where.add_argument("--network", help="Repère d'un réseau.")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._name(options)
        except DomainError as error:
            raise CommandError(str(error.message), returncode=2) from error
        self.stdout.write(f"{options['email']} : {options['role']}")

    def _name(self, options: dict[str, Any]) -> None:
        user = roles.find_person(options["email"])
        local = options["zone"] or options["network"]
        if local and options["role"] != GlobalRole.Role.MODERATOR:
            raise CommandError("--zone et --network vont avec moderator.", returncode=2)
        if options["zone"]:
            roles.name_moderator(user, zone=roles.find_zone(options["zone"]), by=None)
        elif options["network"]:
            roles.name_moderator(user, network=roles.find_network(options["network"]), by=None)
        else:
            roles.name_role(user, options["role"], by=None)
