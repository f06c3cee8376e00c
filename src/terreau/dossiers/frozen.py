"""Frozen copies as they are read: the bytes that were written, what they say, whether they are whole."""

import hashlib
import json
from typing import Any, cast

from terreau.calls import form_rules
from terreau.dossiers.models import Dossier, FrozenCopy


def bytes_of(copy: FrozenCopy) -> bytes:
    """Return the bytes of a copy, as they were written."""
    return bytes(copy.document)


def read(copy: FrozenCopy) -> dict[str, Any]:
    """Return what a copy says."""
    return cast(dict[str, Any], json.loads(bytes_of(copy)))


def is_whole(copy: FrozenCopy) -> bool:
    """Say whether the bytes are still those of the digest."""
    return hashlib.sha256(bytes_of(copy)).hexdigest() == copy.sha256


def last(dossier: Dossier) -> FrozenCopy | None:
    """Return the last frozen copy of a file, with its form."""
    return FrozenCopy.objects.filter(dossier=dossier).select_related("form").order_by("-number").first()


def deposited(dossier: Dossier) -> dict[str, tuple[str, Any]]:
    """Return what a file said when it was last frozen, by key: the kind of the question and the answer."""
    copy = last(dossier)
    if copy is None:
        return {}
    answers = read(copy)["answers"]
    kinds = {placed.key: str(placed.field["kind"]) for placed in form_rules.fields(copy.form.content)}
    return {key: (kinds[key], value) for key, value in answers.items() if key in kinds}


__all__ = ["bytes_of", "deposited", "is_whole", "last", "read"]
