"""Answers that anyone may keep for a while, and that are not sent again when they have not changed."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, set_response_etag
from django.utils.http import http_date


def lasting(
    request: HttpRequest, response: HttpResponse, seconds: int, *, changed: datetime | None = None
) -> HttpResponse:
    """Return a public answer kept ``seconds``, or 304 when the reader holds it already.

    The mark is the digest of the body; ``changed``, when there is one, is also told as a day.
    """
    set_response_etag(response)
    patch_cache_control(response, public=True, max_age=seconds)
    at = int(changed.timestamp()) if changed else None
    if at is not None:
        response["Last-Modified"] = http_date(at)
    etag = response.headers.get("ETag")
    answer = get_conditional_response(request, etag=etag, last_modified=at, response=response)
    return answer or response
