"""Checking a certificate as a passer-by: by its drawing or its code, without an account, at the minute it
is.
"""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from terreau.common.errors import NotFoundError
from terreau.labels import certificates, document, read, saying
from terreau.labels.addresses import verify as address_of
from terreau.labels.forms import CodeForm
from terreau.labels.rules import Worth


@require_safe
def ask(request: HttpRequest) -> HttpResponseBase:
    """A code typed from paper; a good one leads to its page."""
    form = CodeForm(request.GET) if "code" in request.GET else CodeForm()
    if form.is_bound and form.is_valid():
        if code := certificates.tidy(form.cleaned_data["code"]):
            return redirect("label_verify", token=code)
        form.add_error("code", _("Un code a douze signes, lettres et chiffres : relisez-le sur le papier."))
    status = 422 if form.is_bound else 200
    return render(request, "labels/verify_ask.html", {"form": form}, status=status)


@never_cache
@require_safe
def verify(request: HttpRequest, token: str) -> HttpResponseBase:
    """What a certificate is worth now; an unknown code is said so (404)."""
    today = timezone.localdate()
    try:
        found = certificates.check(token, on=today)
    except NotFoundError:
        context = {"code": token[:40], "form": CodeForm()}
        return render(request, "labels/verify_unknown.html", context, status=404)
    row = found.row
    context = {
        "found": found,
        "row": row,
        "scheme": row.scheme,
        "said": found.said,
        "worth": saying.worth(found.worth),
        "valid": found.worth == Worth.VALID,
        "sentence": saying.sentence(row, today),
        "appealed": row.state == "in_appeal",
        "log": read.log(row, public=True),
        "drawing": document.drawing(address_of(request, found.certificate)),
        "now": timezone.now(),
    }
    return render(request, "labels/verify.html", context)


@never_cache
@require_safe
def proof(request: HttpRequest, token: str) -> HttpResponseBase:
    """All that is needed to check a certificate elsewhere, as JSON."""
    found = certificates.check(token, on=timezone.localdate())
    name = f"certificat-{found.row.name.lower()}.json"
    return JsonResponse(
        certificates.proof(found),
        json_dumps_params={"ensure_ascii": False, "indent": 1},
        headers={"Content-Disposition": f'inline; filename="{name}"'},
    )
