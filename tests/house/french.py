"""French needs a catalogue for one thing: zero is singular (« 0 pôle »).

``python -m tests.house.french`` (``make messages``) writes it from the English one: the sentences with a
plural, each translated by itself.
"""

from pathlib import Path

import polib

from tests.house.english import CATALOGUE
from tests.house.tree import SOURCE

FRENCH = SOURCE / "locale" / "fr" / "LC_MESSAGES" / "django.po"
HEADER = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Language": "fr",
    "Plural-Forms": "nplurals=2; plural=(n > 1);",
}


def plurals(english: Path = CATALOGUE) -> polib.POFile:
    """Return the French catalogue: every sentence of the English one that has a plural."""
    made = polib.POFile(wrapwidth=0)
    made.metadata = HEADER
    for entry in polib.pofile(str(english)):
        if entry.msgid_plural and not entry.obsolete:
            own = {0: entry.msgid, 1: entry.msgid_plural}
            flags = [flag for flag in entry.flags if flag == "python-format"]
            made.append(
                polib.POEntry(
                    msgctxt=entry.msgctxt,
                    msgid=entry.msgid,
                    msgid_plural=entry.msgid_plural,
                    msgstr_plural=own,
                    flags=flags,
                )
            )
    return made


def write() -> None:
    """Write the catalogue; ``make messages`` compiles it."""
    FRENCH.parent.mkdir(parents=True, exist_ok=True)
    plurals().save(str(FRENCH))


if __name__ == "__main__":
    write()
