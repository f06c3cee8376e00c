"""What people of poles and of signatories say of a version of a grid (R-91); read on its page."""

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from terreau.accounts.models import User
from terreau.actors.models import Actor, Belonging
from terreau.actors.perms import Viewer
from terreau.charters.models import Signature
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.permissions import Permission
from terreau.design.forms import BaseForm
from terreau.grids import remarks
from terreau.grids.models import GridVersion
from terreau.grids.perms import moderates_all, require, subject_of
from terreau.grids.shelf import Shelf, shelf
from terreau.grids.views import lang
from terreau.poles.models import Membership, Pole


class RemarkForm(BaseForm):
    """What is said, of which criterion, in whose name."""

    text = forms.CharField(
        label=gettext_lazy("Votre remarque"),
        max_length=remarks.LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Elle est publique, avec votre nom et celui de votre organisation."),
    )
    criterion = forms.ChoiceField(label=gettext_lazy("À propos de"), required=False)
    actor = forms.ChoiceField(label=gettext_lazy("Au titre de"))

    def __init__(
        self, *args: object, criteria: list[tuple[str, str]], actors: list[Actor], **kwargs: object
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["criterion"].choices = [("", _("toute la version")), *criteria]  # type: ignore[attr-defined]
        self.fields["actor"].choices = [(str(one.pk), one.name) for one in actors]  # type: ignore[attr-defined]


def speakers(user: Viewer) -> list[Actor]:
    """Return the organisations of a person that are a pole, a member of one today, or a signatory."""
    if not isinstance(user, User):
        return []
    today = timezone.localdate()
    held = (Q(valid_from__isnull=True) | Q(valid_from__lte=today)) & (
        Q(valid_to__isnull=True) | Q(valid_to__gt=today)
    )
    mine = Actor.objects.filter(pk__in=Belonging.objects.confirmed().filter(user=user).values("actor"))
    entitled = (
        Q(pk__in=Pole.objects.values("pk"))
        | Q(pk__in=Membership.objects.filter(held).values("actor"))
        | Q(pk__in=Signature.objects.filter(withdrawal=None).values("signatory"))
    )
    return list(mine.filter(entitled, subject__closed_at=None).order_by("sort_key"))


def can_remark(user: Viewer, actors: list[Actor]) -> Permission:
    """People of poles, of their members and of signatories remark; moderators too."""
    if actors or moderates_all(user):
        return Permission(ok=True)
    reason = _("Les remarques viennent des pôles, de leurs membres et des signataires d'une charte.")
    return Permission(ok=False, reason=reason)


def _found(request: HttpRequest, code: str, version: str) -> tuple[Shelf, GridVersion]:
    held = shelf(request, code)
    row = held.version(version)
    if row.state == GridVersion.State.DRAFT:
        raise NotFoundError("draft", _("On commente une version publiée."))
    return held, row


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, code: str, version: str) -> HttpResponse:
    """Say something of a version; a stranger is led to sign in, a reader is told who may."""
    held, row = _found(request, code, version)
    if not isinstance(request.user, User) and request.method != "POST":
        return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
    actors = speakers(request.user)
    allowed = can_remark(request.user, actors)
    user = require(request.user, allowed, verb="grid.remark", subject=subject_of(held.grid))
    posted = request.POST if request.method == "POST" else None
    form = RemarkForm(posted, criteria=_criteria(row), actors=actors)
    if not actors:
        del form.fields["actor"]
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        actor = next((one for one in actors if str(one.pk) == data.get("actor")), None)
        try:
            remarks.say(row, data["text"], by=user, actor=actor, may=allowed, criterion=data["criterion"])
        except DomainError as error:
            name = str(error.facts.get("field", "text"))
            form.add_error(name if name in form.fields else None, str(error.message))
        else:
            messages.success(request, _("Votre remarque est publiée."))
            return redirect(f"{reverse('grid_version', args=[code, row.version])}#remarques")
    context = {
        "shelf": held,
        "row": row,
        "form": form,
        "said": remarks.said(row),
        "moderates": moderates_all(user),
    }
    return render(request, "web/grid_remarks.html", context, status=422 if form.errors else 200)


def _criteria(row: GridVersion) -> list[tuple[str, str]]:
    found = row.content.get("criteria") or ()
    return [(one["code"], str(one["title"].get(lang()) or one["title"]["fr"])) for one in found]


@require_POST
def hide(request: HttpRequest, code: str, version: str, pk: int) -> HttpResponse:
    """Hide a remark with its reason: moderators of the whole register."""
    held, row = _found(request, code, version)
    reason = _("Seule la modération du registre retire une remarque.")
    allowed = Permission(ok=moderates_all(request.user), reason=reason)
    user = require(request.user, allowed, verb="grid.hide_remark", subject=subject_of(held.grid))
    remarks.hide(pk, row, by=user, reason=request.POST.get("reason", ""))
    messages.success(request, _("La remarque est retirée ; le motif se lit à sa place."))
    return redirect("grid_remark", code, row.version)


__all__ = ["can_remark", "hide", "page", "speakers"]
