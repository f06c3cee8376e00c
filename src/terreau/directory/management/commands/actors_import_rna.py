"""``actors_import_rna``: the national register of associations, held locally."""

from terreau.directory.management.commands._register import ImportCommand
from terreau.directory.models import Batch


class Command(ImportCommand):
    """The two layouts that are published, Waldec (since 2009) and Import (before)."""

    help = "Importe les associations du RNA (fichiers Waldec et Import)."
    register = Batch.Register.RNA
