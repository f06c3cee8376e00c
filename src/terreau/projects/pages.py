"""What the pages of this room have in common: a form sent, a form shown, a deed done by a button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from terreau.common.errors import DomainError, NotFoundError, RefusedError
from terreau.poles.workspace import Workspace, refused, show
from terreau.projects.fresh_forms import FreshForm

F = TypeVar("F", bound=forms.BaseForm)


def sent(request: HttpRequest, form: F, act: Callable[[F], Any]) -> bool:
    """Do what a form asks when it was sent and is right; a refusal goes beside its field.

    Who may not (403) and what is not there (404) go on to their pages.
    """
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        act(form)
    except (RefusedError, NotFoundError):
        raise
    except DomainError as error:
        if isinstance(form, FreshForm):
            form.refuse(error)
        else:
            refused(form, error)
        return False
    return True


def form_page(  # noqa: PLR0913 - keyword-only: the words of a page
    request: HttpRequest,
    ws: Workspace,
    form: forms.BaseForm,
    *,
    title: str,
    back: str,
    submit: str,
    lede: str = "",
    parent: tuple[str, str] = ("", ""),
    more: dict[str, Any] | None = None,
    template: str = "projects/form.html",
) -> HttpResponseBase:
    """Show a form on its own page; ``parent`` is the label and the address of the page above."""
    context = {
        "form": form,
        "title": title,
        "lede": lede,
        "back": back,
        "submit": submit,
        "parent_label": parent[0],
        "parent_path": parent[1],
        **(more or {}),
    }
    return show(request, ws, template, context, status=422 if form.errors else 200)


def done(request: HttpRequest, act: Callable[[], Any], *, said: str, to: str) -> HttpResponseBase:
    """Do what a button asks, then go to a page that says it, or why not."""
    try:
        act()
        messages.success(request, said)
    except (RefusedError, NotFoundError):
        raise
    except DomainError as error:
        messages.error(request, str(error.message))
    return redirect(to)


def posted(request: HttpRequest) -> Any:
    """Return what was sent, ``None`` when the page is only read."""
    return request.POST if request.method == "POST" else None
