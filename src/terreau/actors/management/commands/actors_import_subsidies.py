"""``actors_import_subsidies``: the subsidies that a public body gave, as its file says them."""

from terreau.imports.command import FileCommand


class Command(FileCommand):
    """Option of the file: ``spoilt=oui`` takes the SIREN of the SIRET that a spreadsheet rounded."""

    help = "Importe un fichier de subventions (SCDL 2.1.1, ou les formats publiés avant lui)."
    kind = "subventions"
