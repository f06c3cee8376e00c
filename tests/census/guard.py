"""What a person's browser sends with a guarded form, a minute after it was opened."""

import time
from unittest.mock import patch

from terreau.census import spam


def passing() -> dict[str, str]:
    """Return the hidden values of a form opened a minute ago."""
    with patch("django.core.signing.time.time", return_value=time.time() - 60):
        return {spam.OPENED: spam._SIGNER.sign("f"), spam.TRAP: ""}
