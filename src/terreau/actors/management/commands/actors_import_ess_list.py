"""``actors_import_ess_list``: what a list of ESS enterprises, by SIREN, says of the actors held."""

from terreau.imports.command import FileCommand


class Command(FileCommand):
    """Options of the file: ``on`` (date of the list), ``document`` (its name), ``create`` (oui, non)."""

    help = "Importe une liste d'entreprises de l'ESS, par SIREN (--option on=2026-03-01 --option document=…)."
    kind = "ess"
