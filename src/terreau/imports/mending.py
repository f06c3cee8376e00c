"""Letters that a wrong encoding damaged, when what they were is certain. Pure."""

#: The letters that Windows-1252 puts where ISO-8859-1 has controls (« \x9cuvre » is « œuvre »).
_WINDOWS = {code: bytes([code]).decode("cp1252", errors="ignore") or chr(code) for code in range(0x80, 0xA0)}
_TWICE = ("Ã", "Â", "â€", "Å")


def mended(text: str) -> str:
    """Return the text with its letters as they were written; the same text when nothing is damaged.

    Two faults are certain: Windows-1252 read as ISO-8859-1, and UTF-8 read as Windows-1252 (« Ã© »),
    which is undone only when the whole text holds together as UTF-8.
    """
    if any(mark in text for mark in _TWICE):
        try:
            return text.encode("cp1252").decode("utf-8")
        except UnicodeError:
            pass
    return text.translate(_WINDOWS)
