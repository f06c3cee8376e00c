"""Pages of those who hold a grid: deposit a file, begin one, write a draft by parts, publish, withdraw."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from terreau.accounts.models import User
from terreau.accounts.second_factor import sensitive
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, NotFoundError, StaleWriteError
from terreau.grids import drafts, sections
from terreau.grids.content_rules import CODE
from terreau.grids.forms import (
    BeginForm,
    CriterionForm,
    DepositForm,
    FollowForm,
    HeadForm,
    MappingForm,
    PartForm,
    PublishForm,
    RowsForm,
    WithdrawForm,
)
from terreau.grids.models import GridVersion
from terreau.grids.perms import can_deposit, can_hold, moderates_all, owners, require, subject_of
from terreau.grids.shelf import Shelf, shelf
from terreau.grids.shown import KINDS, shown
from terreau.grids.views import lang
from terreau.grids.wording import facts as fact_names
from terreau.grids.wording import lexicon, say

_PAGE = require_http_methods(["GET", "HEAD", "POST"])


def _signed_in(request: HttpRequest) -> HttpResponse | None:
    """Return the way to the sign-in page for a stranger who reads."""
    if isinstance(request.user, User) or request.method == "POST":
        return None
    return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")


def _held(request: HttpRequest, code: str) -> tuple[Shelf, User]:
    """Return a grid that the person holds: 404 to a stranger, 403 (counted) to a reader."""
    found = shelf(request, code)
    allowed = can_hold(request.user, found.grid)
    return found, require(request.user, allowed, verb="grid.edit", subject=subject_of(found.grid))


def _draft(request: HttpRequest, code: str) -> tuple[Shelf, GridVersion, User]:
    found, user = _held(request, code)
    if found.draft is None:
        raise NotFoundError(
            "no_draft", _("Cette grille n'a pas de brouillon : préparez une nouvelle version.")
        )
    return found, found.draft, user


# Depositing and beginning


@never_cache
@_PAGE
def deposit(request: HttpRequest) -> HttpResponse:
    """Deposit a file: every problem with its line, or a draft to read again before it is published."""
    if (away := _signed_in(request)) is not None:
        return away
    user = require(request.user, can_deposit(request.user), verb="grid.deposit")
    mine = _owners(user)
    posted = request.method == "POST"
    form = (
        DepositForm(request.POST or None, request.FILES or None, owners=mine)
        if posted
        else DepositForm(owners=mine)
    )
    problems: list[dict[str, Any]] = []
    if posted and form.is_valid():
        data = form.cleaned_data
        try:
            row = drafts.deposit(
                data["fichier"], owner=_owner(data, mine), by=user, replace_draft=data["remplacer"]
            )
        except DomainError as error:
            if error.status == 403:
                raise
            problems = error.facts.get("problems", [])
            form.add_error(_field(form, error, {"owner": "organisation"}, "fichier"), str(error.message))
        else:
            messages.success(request, _("Le fichier est bon : voici le brouillon. Rien n'est encore publié."))
            return redirect("grid_edit", row.grid.code)
    context = {"form": form, "begin": BeginForm(owners=mine, prefix="neuve"), "problems": problems}
    return render(request, "grids/deposit.html", context, status=422 if form.errors else 200)


@never_cache
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a grid from nothing, then write it."""
    user = require(request.user, can_deposit(request.user), verb="grid.deposit")
    mine = _owners(user)
    form = BeginForm(request.POST, owners=mine, prefix="neuve")
    if form.is_valid():
        data = form.cleaned_data
        title = {"fr": data["title_fr"], "en": data["title_en"]}
        try:
            row = drafts.begin(
                data["code"].strip(),
                title,
                nature=data["nature"],
                subject=data["subject"],
                owner=_owner(data, mine),
                by=user,
            )
        except DomainError as error:
            form.add_error(_field(form, error, {"owner": "organisation"}, "code"), str(error.message))
        else:
            return redirect("grid_edit", row.grid.code)
    context = {"form": DepositForm(owners=mine), "begin": form, "problems": []}
    return render(request, "grids/deposit.html", context, status=422)


def _owners(user: User) -> list[Actor]:
    """Return the organisations that may hold the grid: one's own; every network too for moderators."""
    mine = owners(user)
    if moderates_all(user):
        known = {one.pk for one in mine}
        networks = Actor.objects.filter(affiliates__isnull=False, subject__public=True).distinct()
        mine += [one for one in networks.order_by("sort_key")[:200] if one.pk not in known]
    return mine


def _owner(data: Mapping[str, Any], mine: list[Actor]) -> Actor | None:
    return next((one for one in mine if str(one.pk) == data["organisation"]), None)


def _field(form: Any, error: DomainError, names: Mapping[str, str], default: str) -> str | None:
    name = str(error.facts.get("field", default))
    name = names.get(name, name)
    return name if name in form.fields else None


# The draft


@never_cache
@_PAGE
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """The draft of a grid: its parts, its problems, what it changes; without one, begin a new version."""
    if (away := _signed_in(request)) is not None:
        return away
    held, user = _held(request, code)
    draft = held.draft
    if draft is None:
        return _follow(request, held, user)
    document = drafts.document(draft)
    text = shown(draft.content, lang(), timezone.localdate())
    before = _before(held, document)
    context = {
        "shelf": held,
        "draft": draft,
        "text": text,
        "problems": drafts.checked(draft.text).problems,
        "lines": [_line(one) for one in sections.rows_of(document, "criteria")],
        "before": before,
        "publish": PublishForm(initial={"revision": draft.revision, "note": draft.note}),
    }
    return render(request, "grids/edit.html", context)


def _line(one: Mapping[str, Any]) -> dict[str, Any]:
    title = one.get("title")
    words = (title.get(lang()) or title.get("fr")) if isinstance(title, Mapping) else ""
    kind = str(one.get("kind", ""))
    return {
        "code": str(one.get("code", "")),
        "title": words,
        "kind": KINDS.get(kind, kind),
        "axis": one.get("axis"),
    }


def _follow(request: HttpRequest, held: Shelf, user: User) -> HttpResponse:
    form = FollowForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            drafts.follow(held.grid, form.cleaned_data["version"].strip(), by=user)
        except DomainError as error:
            form.add_error(_field(form, error, {}, "version"), str(error.message))
        else:
            return redirect("grid_edit", held.grid.code)
    current = held.current(timezone.localdate())
    context = {"shelf": held, "form": form, "current": current, "withdraw": WithdrawForm(prefix="retrait")}
    return render(request, "grids/follow.html", context, status=422 if form.errors else 200)


def _before(held: Shelf, document: Mapping[str, Any]) -> GridVersion | None:
    """Return the version that a draft follows: that of its mapping, else the one in force."""
    mapping = document.get("mapping")
    name = str(mapping.get("from")) if isinstance(mapping, Mapping) else ""
    told = {row.version: row for row in held.told}
    return told.get(name) or held.current(timezone.localdate())


Reads = Callable[[Mapping[str, Any]], dict[str, Any]]
Puts = Callable[[dict[str, Any], Mapping[str, Any]], None]
Makes = Callable[..., PartForm]


def _part(  # noqa: PLR0913
    request: HttpRequest,
    held: Shelf,
    draft: GridVersion,
    user: User,
    *,
    read: Reads,
    put: Puts,
    make: Makes,
    title: str,
    template: str = "grids/edit_part.html",
    more: Callable[[PartForm], Mapping[str, Any]] | None = None,
    check: Callable[[PartForm], None] | None = None,
) -> HttpResponse:
    """Show a part of a draft, or write it; two people on the same field are shown both."""
    now = read(drafts.document(draft))
    conflicts: Mapping[str, Any] = {}
    if request.method == "POST":
        form = make(request.POST)
        valid = form.is_valid()
        if valid and check is not None:
            check(form)
        if valid and not form.errors:
            mine = {name: value for name, value in form.cleaned_data.items() if name != "base"}
            try:
                drafts.write(draft, read, put, base=_base(form, now), mine={**now, **mine}, by=user)
            except StaleWriteError as error:
                conflicts = error.facts.get("conflicts", {})
                form = _again(make, request, conflicts, read(drafts.document(_fresh(draft))))
                _tell(form, conflicts)
            except DomainError as error:
                form.add_error(_field(form, error, {}, ""), str(error.message))
            else:
                messages.success(request, _("C'est écrit dans le brouillon."))
                return redirect("grid_edit", held.grid.code)
    else:
        form = make(initial={**now, "base": json.dumps(now)})
    context = {"shelf": held, "draft": draft, "form": form, "title": title, "conflicts": conflicts}
    status = 409 if conflicts else 422 if form.errors else 200
    return render(request, template, {**context, **(more(form) if more else {})}, status=status)


def _fresh(draft: GridVersion) -> GridVersion:
    return GridVersion.objects.get(pk=draft.pk)


def _base(form: PartForm, now: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the person was shown; what stands now for what the form does not say."""
    try:
        told = json.loads(form.cleaned_data["base"])
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    return {name: told.get(name, value) for name, value in now.items()} | {
        name: "" for name in form.cleaned_data if name not in now and name != "base"
    }


def _again(
    make: Makes, request: HttpRequest, conflicts: Mapping[str, Any], now: Mapping[str, Any]
) -> PartForm:
    """Return the form with what the person typed, to be sent again knowing what the other wrote."""
    data = request.POST.copy()
    data["base"] = json.dumps(dict(now))
    form = make(data)
    form.is_valid()
    return form


def _tell(form: PartForm, conflicts: Mapping[str, Any]) -> None:
    for name, sides in conflicts.items():
        theirs = sides.get("theirs")
        shown_as = ", ".join(map(str, theirs)) if isinstance(theirs, list) else str(theirs or "–")
        message = _(
            "Quelqu'un a écrit ici, pendant ce temps : « %(theirs)s ». Gardez l'un ou l'autre, puis renvoyez."
        )
        form.add_error(name if name in form.fields else None, message % {"theirs": shown_as})


@never_cache
@_PAGE
def head(request: HttpRequest, code: str) -> HttpResponse:
    """The head of a draft: titles, author, dates, source, what concludes."""
    if (away := _signed_in(request)) is not None:
        return away
    held, draft, user = _draft(request, code)
    return _part(
        request,
        held,
        draft,
        user,
        read=sections.read_head,
        put=sections.put_head,
        make=HeadForm,
        title=_("L'en-tête"),
    )


@never_cache
@_PAGE
def axes(request: HttpRequest, code: str) -> HttpResponse:
    """The axes under which criteria stand."""
    return _rows(request, code, "axes", "code", "title", _("Les axes"))


@never_cache
@_PAGE
def scale(request: HttpRequest, code: str) -> HttpResponse:
    """The degrees by which criteria are noted."""
    return _rows(request, code, "scale", "value", "label", _("L'échelle"))


def _rows(request: HttpRequest, code: str, key: str, name: str, label: str, title: str) -> HttpResponse:  # noqa: PLR0913, PLR0917
    if (away := _signed_in(request)) is not None:
        return away
    held, draft, user = _draft(request, code)
    count = len(sections.rows_of(drafts.document(draft), key))
    return _part(
        request,
        held,
        draft,
        user,
        read=lambda document: _blank(sections.read_rows(document, key, name, label), count),
        put=lambda document, fields: sections.put_rows(document, key, fields, name, label),
        make=lambda *args, **more: RowsForm(*args, count=count, degrees=key == "scale", **more),
        title=title,
        template="grids/edit_rows.html",
    )


def _blank(fields: Mapping[str, Any], count: int) -> dict[str, Any]:
    """Return rows with those that are empty, as the form has them."""
    names = [f"{rank}_{one}" for rank in range(count + sections.SPARE) for one in ("code", "fr", "en")]
    return {**dict.fromkeys(names, ""), **fields}


@never_cache
@_PAGE
def criterion(request: HttpRequest, code: str, criterion: str = "") -> HttpResponse:
    """One criterion of a draft, or a new one."""
    if (away := _signed_in(request)) is not None:
        return away
    held, draft, user = _draft(request, code)
    document = drafts.document(draft)
    if criterion and sections.find(document, criterion) is None:
        raise NotFoundError("unknown_criterion", _("Ce brouillon n'a pas ce critère, ou ne l'a plus."))
    known = [(str(one.get("code")), f"{one.get('code')}") for one in sections.rows_of(document, "axes")]
    taken = set(sections.codes(document)) - {criterion}
    return _part(
        request,
        held,
        draft,
        user,
        read=lambda found: sections.read_criterion(sections.find(found, criterion) if criterion else None),
        put=lambda found, fields: sections.put_criterion(found, criterion, fields),
        make=lambda *args, **more: CriterionForm(*args, axes=known, **more),
        title=_("Le critère %(code)s") % {"code": criterion} if criterion else _("Un nouveau critère"),
        template="grids/edit_criterion.html",
        more=lambda form: {"criterion": criterion, **_rule_told(form), "facts": _facts(draft)},
        check=lambda form: _check_criterion(form, taken),
    )


def _check_criterion(form: PartForm, taken: set[str]) -> None:
    data = form.cleaned_data
    if data["code"] in taken:
        form.add_error("code", _("Ce code est déjà celui d'un autre critère."))
    elif not CODE.match(data["code"]):
        form.add_error("code", _("Un code s'écrit en minuscules sans accent, chiffres et tirets."))
    for problem in sections.rule_of_text(data["rule"]).problems:
        form.add_error(
            "rule", _("Ligne %(line)s : %(message)s") % {"line": problem.line, "message": problem.message}
        )


def _rule_told(form: PartForm) -> dict[str, Any]:
    text = str(form["rule"].value() or "")
    rule = sections.rule_of_text(text)
    told = (
        say(rule.value, lang(), lexicon(timezone.localdate())) if rule.value and not rule.problems else None
    )
    return {"rule_said": told}


def _facts(draft: GridVersion) -> list[dict[str, Any]]:
    """Return the facts that a rule may read, with their codes and those of their fields."""
    return [
        {
            "code": code,
            "label": name.label[lang()],
            "type": name.type,
            "fields": [(key, one.label[lang()]) for key, one in name.fields.items()],
            "terms": list(name.terms)[:30],
        }
        for code, name in fact_names().items()
    ]


@never_cache
@require_POST
def arrange(request: HttpRequest, code: str, criterion: str) -> HttpResponse:
    """Move a criterion up or down, or take it out of the draft."""
    held, draft, user = _draft(request, code)
    verb = request.POST.get("faire", "")
    if verb == "retirer":
        drafts.change(draft, lambda document: sections.remove(document, criterion), by=user)
        messages.success(request, _("Le critère n'est plus dans le brouillon."))
    elif verb in {"monter", "descendre"}:
        drafts.change(
            draft, lambda document: sections.move(document, criterion, up=verb == "monter"), by=user
        )
    else:
        raise DomainError("unknown_verb", _("On monte, descend ou retire un critère."))
    return redirect(f"{reverse('grid_edit', args=[held.grid.code])}#criteres")


@never_cache
@_PAGE
def mapping(request: HttpRequest, code: str) -> HttpResponse:
    """What becomes, in this version, of each criterion of the version before."""
    if (away := _signed_in(request)) is not None:
        return away
    held, draft, user = _draft(request, code)
    document = drafts.document(draft)
    before = _before(held, document)
    if before is None:
        raise NotFoundError(
            "no_version_before", _("C'est la première version : il n'y a rien à faire correspondre.")
        )
    old = {str(one["code"]): _words(one.get("title")) for one in before.content["criteria"]}
    scaled = {str(one["code"]): one["kind"] == "echelle" for one in before.content["criteria"]}
    was = [(one["value"], _words(one["label"])) for one in before.content.get("scale") or ()]
    rescaled = [value for value, _label in was] != [
        one.get("value") for one in sections.rows_of(document, "scale")
    ]
    degrees = was if rescaled and any(scaled.values()) else []
    return _part(
        request,
        held,
        draft,
        user,
        read=lambda found: sections.read_mapping(found, list(old), [value for value, _label in degrees]),
        put=lambda found, fields: sections.put_mapping(
            found, fields, before.version, scaled, rescaled=rescaled
        ),
        make=lambda *args, **more: MappingForm(*args, old=old, degrees=degrees, **more),
        title=_("Ce que deviennent les critères de la version %(version)s") % {"version": before.version},
        template="grids/edit_mapping.html",
        more=lambda _form: {"codes": sections.codes(document), "rescaled": bool(degrees), "before": before},
    )


def _words(texts: Any) -> str:
    return str(texts.get(lang()) or texts.get("fr") or "") if isinstance(texts, Mapping) else ""


# Publishing, abandoning, withdrawing


@never_cache
@require_POST
@sensitive
def publish(request: HttpRequest, code: str) -> HttpResponse:
    """Publish the draft for ever, after a proof of who one is."""
    held, draft, user = _draft(request, code)
    form = PublishForm(request.POST)
    if not form.is_valid():
        raise DomainError("bad_publication", _("Relisez le brouillon, puis publiez-le depuis sa page."))
    row = drafts.publish(
        draft, revision=form.cleaned_data["revision"], note=form.cleaned_data["note"], by=user
    )
    messages.success(request, _("La version %(version)s est publiée.") % {"version": row.version})
    return redirect("grid", held.grid.code)


@never_cache
@_PAGE
def abandon(request: HttpRequest, code: str) -> HttpResponse:
    """Drop the draft, after having asked."""
    if (away := _signed_in(request)) is not None:
        return away
    held, draft, user = _draft(request, code)
    if request.method != "POST":
        return render(request, "grids/abandon.html", {"shelf": held, "draft": draft})
    drafts.abandon(draft, by=user)
    messages.success(request, _("Le brouillon est abandonné."))
    return redirect("grid", held.grid.code) if held.told or held.grid.awaited else redirect("grids")


@never_cache
@require_POST
@sensitive
def withdraw(request: HttpRequest, code: str, version: str) -> HttpResponse:
    """Withdraw a published version with a reason; it stays readable."""
    held, user = _held(request, code)
    form = WithdrawForm(request.POST, prefix="retrait")
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    row = drafts.withdraw(held.version(version), reason=reason, by=user)
    messages.success(request, _("La version %(version)s est retirée.") % {"version": row.version})
    return redirect("grid_version", held.grid.code, row.version)
