"""Citations: the same document at the same place is one source, whoever cites it."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.pieces.models import Piece, Source


def source(  # noqa: PLR0913
    kind: str,
    code: str,
    document: str,
    section: str = "",
    url: str = "",
    *,
    piece: Piece | None = None,
    published: PartialDate | None = None,
    consulted_on: date | None = None,
    to_check: bool = False,
) -> Source:
    """Return the source of this kind, code and section, made at its first citation.

    Two people who cite it at the same moment get the same row. What the first citation said of the
    document stays. Raises ``DomainError`` for a value that does not fit (too long, not an address).
    """
    key = {"kind": kind, "code": code, "section": section}
    found = Source.objects.filter(**key).first()
    if found is not None:
        return found
    rest = {
        "document": document,
        "url": url,
        "piece": piece,
        "published_on": published.first if published else None,
        "published_precision": published.precision if published else "day",
        "consulted_on": consulted_on,
        "to_check": to_check,
    }
    try:
        Source(**key, **rest).clean_fields()
    except ValidationError as error:
        facts = {"code": code, "section": section, "problems": error.message_dict}
        raise DomainError(
            "bad_source", _("Cette source ne peut pas être citée ainsi."), facts=facts
        ) from error
    return Source.objects.get_or_create(**key, defaults=rest)[0]
