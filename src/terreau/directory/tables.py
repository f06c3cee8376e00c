"""The tables that batches write: their columns in the order of every statement."""

from dataclasses import dataclass

from terreau.directory.models import Association, Establishment, LegalUnit


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the room: ``columns`` are those of the file, ``digest`` and ``batch_id`` come after them."""

    name: str
    key: str
    columns: tuple[str, ...]
    key_is_text: bool = False

    @property
    def all_columns(self) -> tuple[str, ...]:
        """The columns, the digest of their values, the batch that wrote them."""
        return (*self.columns, "digest", "batch_id")

    @property
    def staged(self) -> str:
        """Name in the engine of the sound rows."""
        return f"sound_{self.name}"

    @property
    def delta(self) -> str:
        """Name in the engine of what is to write, numbered from 1 in the order of the key."""
        return f"delta_{self.name}"


UNITS = Table(
    LegalUnit._meta.db_table,
    "siren",
    (
        "siren",
        "name",
        "acronym",
        "legal_category",
        "naf",
        "naf_version",
        "size_class",
        "ess",
        "rna",
        "state",
        "partial",
        "created_on",
        "head_nic",
        "words",
    ),
)
ESTABLISHMENTS = Table(
    Establishment._meta.db_table,
    "siret",
    (
        "siret",
        "name",
        "head",
        "state",
        "partial",
        "commune",
        "postcode",
        "street",
        "naf",
        "naf_version",
        "size_class",
        "created_on",
    ),
)
ASSOCIATIONS = Table(
    Association._meta.db_table,
    "code",
    (
        "code",
        "former_code",
        "name",
        "acronym",
        "siret",
        "state",
        "grouping",
        "commune",
        "postcode",
        "created_on",
        "dissolved_on",
        "words",
    ),
    key_is_text=True,
)
#: In the order they are written: establishments after the units they belong to.
TABLES = {"sirene": (UNITS, ESTABLISHMENTS), "rna": (ASSOCIATIONS,)}
BY_NAME = {table.name: table for tables in TABLES.values() for table in tables}
#: The table that each layout fills.
OF_LAYOUT = {"units": UNITS, "establishments": ESTABLISHMENTS, "waldec": ASSOCIATIONS, "import": ASSOCIATIONS}
