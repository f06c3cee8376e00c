"""What was refused in a form that the page does not show any more: somebody decided meanwhile."""

from collections.abc import Collection

from terreau.exchanges.acting import Played


def lost(played: Played, shown: Collection[str]) -> list[str]:
    """Return the words of a refusal that no form of the page would say."""
    if played.form is None or played.sent in shown:
        return []
    return [str(message) for said in played.form.errors.values() for message in said]
