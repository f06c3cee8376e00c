"""Whole addresses of certificates, as paper and drawings to scan carry them: always in French, without a
language.
"""

from django.conf import settings
from django.http import HttpRequest

from terreau.labels.models import Certificate


def verify(request: HttpRequest, paper: Certificate) -> str:
    """Return the whole address where anybody checks a certificate."""
    path = f"/verifier/{paper.token}/"
    return f"{settings.SITE_URL.rstrip('/')}{path}" if settings.SITE_URL else request.build_absolute_uri(path)
