"""``actors_import_siae``: which actors are work-integration structures, under which measures."""

from terreau.imports.command import FileCommand


class Command(FileCommand):
    """Options of the file: ``on``, ``document``, ``measure`` (GEIQ…), ``create`` (oui, non)."""

    help = "Importe une liste de structures d'insertion (--option on=2019-12-31 --option document=…)."
    kind = "siae"
