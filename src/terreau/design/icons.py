"""The few drawings of the interface, as inline SVG: no request, no icon font, the colour of the text."""

#: Paths on a 24 × 24 grid; ``mark`` has its own colours.
_LINES: dict[str, str] = {
    "menu": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "left": '<path d="M14.5 5.5 8 12l6.5 6.5"/>',
    "right": '<path d="M9.5 5.5 16 12l-6.5 6.5"/>',
    "down": '<path d="M5.5 9.5 12 16l6.5-6.5"/>',
    "up": '<path d="M5.5 14.5 12 8l6.5 6.5"/>',
    "external": '<path d="M14 4h6v6M20 4l-9 9M18 14v5H5V6h5"/>',
    "download": '<path d="M12 4v11m-5-5 5 5 5-5M5 20h14"/>',
    "print": '<path d="M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z"/>',
    "info": '<circle cx="12" cy="12" r="8.5"/><path d="M12 11v5.5M12 7.5v.5"/>',
    "warning": '<path d="M12 4 3 20h18zM12 10v4.5M12 17v.5"/>',
    "success": '<circle cx="12" cy="12" r="8.5"/><path d="m8 12.5 3 3 5.5-6.5"/>',
    "error": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v6M12 16v.5"/>',
    "refusal": '<circle cx="12" cy="12" r="8.5"/><path d="M6 18 18 6"/>',
    "empty": '<path d="M4 8h16v11H4zM8 8V5h8v3M9 13h6" stroke-dasharray="2.5 2"/>',
    "old": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2.5"/>',
    "pin": '<path d="M12 21c4-5 6-8.2 6-11a6 6 0 0 0-12 0c0 2.8 2 6 6 11z"/><circle cx="12" cy="10" r="2"/>',
    "home": '<path d="m3.5 11 8.5-7 8.5 7M6 9v11h12V9M10 20v-6h4v6"/>',
    "list": '<path d="M9 6h11M9 12h11M9 18h11M4 6h1M4 12h1M4 18h1"/>',
    "map": '<path d="m3 6 6-2 6 2 6-2v14l-6 2-6-2-6 2zM9 4v14M15 6v14"/>',
}
_MARK = (
    '<path fill="#c9822b" d="M3 4.5C8 3 15 3.5 21 5.5V9.5C15 7.5 8 7 3 8.5z"/>'
    '<path fill="#8a3f1d" d="M3 10.5C8 9 15 9.5 21 11.5v4C15 13.5 8 13 3 14.5z"/>'
    '<path fill="#2f5d46" d="M3 16.5C8 15 15 15.5 21 17.5V21H3z"/>'
)
#: Provenance marks: how much of the disc is filled says how sure the datum is.
_DISC = '<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.7"/>'
PROVENANCE_MARKS: dict[str, str] = {
    "verifie": '<circle cx="8" cy="8" r="6.3" fill="currentColor"/>',
    "justifie": f'{_DISC}<path d="M8 2.5a5.5 5.5 0 0 0 0 11z" fill="currentColor"/>',
    "declare": _DISC,
    "calcule": '<path d="M12.5 3H4l4.5 5L4 13h8.5" fill="none" stroke="currentColor" stroke-width="1.9"/>',
    "estime": '<path d="M2 9.5c2-4 4-4 6-1.5s4 2.5 6-1.5" fill="none" stroke="currentColor" '
    'stroke-width="2"/>',
}


def names() -> list[str]:
    """Return the names that ``{% icon %}`` knows."""
    return ["mark", *_LINES]


def svg(name: str) -> str:
    """Return an icon as decorative SVG (hidden from assistive technology); ``KeyError`` when unknown."""
    attributes = 'class="icon" viewBox="0 0 24 24" width="24" height="24"'
    hidden = 'aria-hidden="true" focusable="false"'
    if name == "mark":
        return f"<svg {attributes} {hidden}>{_MARK}</svg>"
    stroke = 'fill="none" stroke="currentColor" stroke-width="1.8"'
    ends = 'stroke-linecap="round" stroke-linejoin="round"'
    return f"<svg {attributes} {hidden} {stroke} {ends}>{_LINES[name]}</svg>"


def provenance_svg(status: str) -> str:
    """Return the mark of a fact's status as decorative SVG; ``KeyError`` when unknown."""
    return (
        '<svg class="provenance-mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" '
        f'focusable="false">{PROVENANCE_MARKS[status]}</svg>'
    )
