"""``actors_import_sirene``: the Sirene directory, as INSEE publishes it, held locally."""

from terreau.directory.management.commands._register import ImportCommand
from terreau.directory.models import Batch


class Command(ImportCommand):
    """Units before establishments, in one call or in two; natural persons are dropped."""

    help = "Importe les unités légales et établissements de Sirene (StockUniteLegale, StockEtablissement)."
    register = Batch.Register.SIRENE
