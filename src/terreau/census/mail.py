"""E-mails of the census: plain text, in the language of who reads, each written in one template.

The first line of a template is the title of the message.
"""

import logging
from smtplib import SMTPException
from typing import Any

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import override

_log = logging.getLogger("terreau.census")


def send(to: str, template: str, context: dict[str, Any], *, language: str) -> bool:
    """Send what a template (``census/mail/….txt``) says to an address; return whether it left.

    Call it after the commit, so that no link leaves of what is not kept. A server that does not answer is
    logged without the address and without the message: what is asked can be asked again.
    """
    with override(language):
        title, _line, body = render_to_string(template, context).partition("\n")
    message = EmailMessage(" ".join(title.split()), body.strip() + "\n", to=[to])
    try:
        return bool(message.send())
    except (OSError, SMTPException):
        _log.exception("the message %s did not leave", template)
        return False


def localized(path: str, language: str) -> str:
    """Return a French path in a language: ``/lien/…`` → ``/en/lien/…``."""
    return path if language == "fr" else f"/{language}{path}"
