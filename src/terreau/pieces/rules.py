"""What a file may be called and how its state moves. Pure."""

import re
import unicodedata

#: verb → states it may start from, state it leads to.
TRANSITIONS = {
    "accept": (("quarantine",), "clean"),
    "reject": (("quarantine", "clean"), "refused"),
}

_RESERVED = re.compile(r'[<>:"|?*]')
_LONGEST = 200


def safe_name(name: str) -> str:
    """Return a name fit to be shown and saved anywhere: no folder, no control, no hidden direction.

    The extension is kept when the name is cut at 200 characters; an empty name becomes ``piece``.
    """
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(" " if c.isspace() else c for c in last if c.isspace() or _visible(c))
    plain = " ".join(_RESERVED.sub("_", plain).split()).strip(". ")
    stem, dot, extension = plain.rpartition(".")
    if dot and len(plain) > _LONGEST and len(extension) < 20:
        plain = stem[: _LONGEST - len(extension) - 1] + dot + extension
    return plain[:_LONGEST] or "piece"


def _visible(character: str) -> bool:
    """Letters, marks, digits, punctuation, symbols: neither controls nor marks of direction."""
    return unicodedata.category(character)[0] != "C"
