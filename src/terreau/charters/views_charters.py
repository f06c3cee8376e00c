"""Pages of charters: the list, one text and its versions; for who keeps one, writing and publishing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from terreau.accounts.models import User
from terreau.accounts.second_factor import sensitive
from terreau.actors.perms import moderation_scope
from terreau.charters import perms, register, rules, starting, writing
from terreau.charters.forms import BeginForm, DraftForm, PublishForm, refused
from terreau.charters.models import Charter, Draft, Text
from terreau.charters.slots import Slot, slots
from terreau.common.errors import DomainError, NotFoundError
from terreau.common.permissions import Permission


def person(request: HttpRequest) -> User | None:
    """Return who signed in."""
    return request.user if isinstance(request.user, User) else None


def somebody(request: HttpRequest) -> User:
    """Return who signed in; 404 to a stranger."""
    user = person(request)
    if user is None:
        raise NotFoundError("not_found", _("Cette page n'existe pas, ou il faut se connecter pour la voir."))
    return user


def shown(text: Text) -> dict[str, Any]:
    """Return a text in the language of the page when it is whole in it, else in French, and say which."""
    content = rules.content(text.content)
    language = "en" if get_language() == "en" and content.english else "fr"
    return {
        "text": text,
        "language": language,
        "preamble": [part for part in content.preamble[language].split("\n\n") if part.strip()],
        "values": [one[language] for one in content.values],
        "commitments": [one[language] for one in content.commitments],
    }


@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The public charters, those of the person, and those that are awaited."""
    today, user = timezone.localdate(), person(request)
    rows = perms.listed(user, on=today).select_related("owner__subject").order_by("title_fr", "pk")
    seen = list(rows)
    texts = {
        one.charter_id: one
        for one in Text.objects.filter(charter__in=[row.pk for row in seen]).order_by("charter", "rank")
    }
    living = register.living_counts(seen)
    found = [(row, texts.get(row.pk), living.get(row.pk, 0)) for row in seen]
    held = {row.code for row in seen}
    context = {
        "charters": found,
        "slots": [slot for code, slot in slots().items() if code not in held],
        "engaging": bool(user and perms.engaging(user)),
    }
    return render(request, "charters/index.html", context)


@require_safe
def charter(request: HttpRequest, code: str) -> HttpResponseBase:
    """The text in force, or the version of ``?version=``; the place that waits when no text is held."""
    slot = slots().get(code)
    if slot and not _readable(request, code):
        return _slot(request, slot, Charter.objects.filter(code=code).first())
    found = perms.find(code, request.user)
    texts = list(Text.objects.filter(charter=found).order_by("-rank"))
    today = timezone.localdate()
    keeps = bool(perms.can_keep(request.user, found, on=today))
    if not texts:
        return redirect("charter_write", code=code) if keeps else _slot(request, slot, found)
    text = _asked(texts, request.GET.get("version", ""))
    lines = register.lines(found)
    before = next((one for one in texts if one.rank < text.rank), None)
    context: dict[str, Any] = {
        "charter": found,
        "texts": texts,
        "current": texts[0],
        "before": before,
        "keeps": keeps,
        "counts": register.counts(lines, texts[0].label),
        "meets": bool(perms.can_meet(request.user, found, on=today)),
        "named": register.named_elsewhere() if code == register.NATIONAL else [],
        **shown(text),
    }
    return render(request, "charters/charter.html", context)


def _asked(texts: list[Text], label: str) -> Text:
    if not label:
        return texts[0]
    found = next((one for one in texts if one.label == label), None)
    if found is None:
        known = [one.label for one in texts]
        words = _("Cette charte n'a pas cette version. Versions : %(known)s.")
        facts = {"version": label[:20], "versions": known}
        raise NotFoundError("unknown_version", words % {"known": ", ".join(known)}, facts=facts)
    return found


def _readable(request: HttpRequest, code: str) -> bool:
    """Say whether an awaited charter was deposited, and published or kept by the person."""
    found = Charter.objects.select_related("owner__subject").filter(code=code).first()
    return found is not None and bool(perms.can_see(request.user, found, on=timezone.localdate()))


def _awaited(code: str) -> Slot | None:
    slot = slots().get(code)
    return slot if slot and not Charter.objects.filter(code=code).exists() else None


def _slot(request: HttpRequest, slot: Slot | None, found: Charter | None = None) -> HttpResponseBase:
    if slot is None:
        words = _("Cette charte n'existe pas, ou il faut se connecter pour la voir.")
        raise NotFoundError("unknown_charter", words)
    everything = moderation_scope(request.user, timezone.localdate()).everything
    context = {"slot": slot, "keeps": everything, "named": register.named_elsewhere(), "charter": found}
    return render(request, "charters/slot.html", context)


@never_cache
@require_POST
def deposit(request: HttpRequest, code: str) -> HttpResponseBase:
    """Open the place that waits, to write the text that its owner gave: for who moderates the whole site."""
    slot = _awaited(code)
    if slot is None:
        raise NotFoundError("unknown_charter", _("Cette charte n'existe pas, ou elle est déjà ouverte."))
    everything = moderation_scope(request.user, timezone.localdate()).everything
    reason = "" if everything else _("Il faut modérer tout le site pour tenir cette charte.")
    perms.require(request.user, Permission(ok=everything, reason=reason), None, "charter.deposit")
    titles = slot.titles
    writing.begin(
        titles["fr"], title_en=titles["en"], owner=None, by=somebody(request), code=code, exactly=True
    )
    return redirect("charter_write", code=code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponseBase:
    """Begin a charter in the name of an organisation that one animates."""
    user = somebody(request)
    owners = perms.engaging(user)
    model = starting.model()
    form = BeginForm(owners, request.POST if request.method == "POST" else None, model=model is not None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        begun = model if values.get("start") == "modele" else None
        try:
            made = writing.begin(values["title"], owner=form.owners[values["owner"]], by=user, model=begun)
            return redirect("charter_write", code=made.code)
        except DomainError as error:
            refused(form, error)
    context = {"form": form, "owners": owners}
    return render(request, "charters/begin.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, code: str) -> HttpResponseBase:
    """Write the draft; what somebody else wrote meanwhile is shown beside, and the person chooses."""
    user = somebody(request)
    found = perms.find(code, user, verb="charter.write")
    draft = Draft.objects.get(charter=found)
    theirs: dict[str, str] = {}
    form = DraftForm(request.POST if request.method == "POST" else None, initial=_initial(draft))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            writing.save_draft(
                found,
                form.parts,
                label=values["label"],
                note=values["note"],
                version=values["version"],
                by=user,
            )
            messages.success(request, _("Le texte est enregistré."))
            return redirect(
                "charter_publish" if request.POST.get("faire") == "relire" else "charter_write", code
            )
        except DomainError as error:
            refused(form, error)
            if error.code == "stale":
                theirs = rules.as_typed(rules.content(draft.content))
                form.data = form.data.copy()  # type: ignore[attr-defined]
                form.data["version"] = str(draft.version)  # type: ignore[index]
    context = {"charter": found, "form": form, "theirs": theirs, "last": writing.last_text(found)}
    return render(request, "charters/write.html", context, status=422 if form.errors else 200)


def _initial(draft: Draft) -> dict[str, Any]:
    typed = rules.as_typed(rules.content(draft.content))
    return {**typed, "label": draft.label, "note": draft.note, "version": draft.version}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, code: str) -> HttpResponseBase:
    """Read the text over, see what changes, publish it: who does has just proved who they are."""
    user = somebody(request)
    found = perms.find(code, user, verb="charter.publish")
    return _publish_now(request, found) if request.method == "POST" else _read_over(request, found)


@sensitive
def _publish_now(request: HttpRequest, found: Charter) -> HttpResponseBase:
    form = PublishForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            text = writing.publish(
                found, public=values["public"] == "oui", version=values["version"], by=somebody(request)
            )
            messages.success(request, _("La version %(label)s est publiée.") % {"label": text.label})
            return redirect("charter", code=found.code)
        except DomainError as error:
            form.add_error(None, str(error.message))
    return _read_over(request, found, form)


def _read_over(request: HttpRequest, found: Charter, form: PublishForm | None = None) -> HttpResponseBase:
    draft = Draft.objects.get(charter=found)
    last = writing.last_text(found)
    initial = {"version": draft.version, "public": "oui" if found.public else "non" if last else ""}
    content = rules.content(draft.content)
    changes = rules.changes(rules.content(last.content), content) if last else {}
    context: dict[str, Any] = {
        "charter": found,
        "draft": draft,
        "last": last,
        "form": form or PublishForm(initial=initial),
        "changes": changes,
        "same": last is not None and last.content == draft.content,
        "changed": any(step.kind != "kept" for steps in changes.values() for step in steps),
        **shown(Text(charter=found, label=draft.label, content=draft.content)),
    }
    return render(request, "charters/publish.html", context, status=422 if form and form.errors else 200)


@require_safe
def differences(request: HttpRequest, code: str) -> HttpResponseBase:
    """What changes between two versions, line by line: ``?de=`` and ``?a=``, the last two when left out."""
    found = perms.find(code, request.user)
    texts = list(Text.objects.filter(charter=found).order_by("-rank"))
    if len(texts) < 2:
        words = _("Cette charte n'a qu'une version : il n'y a rien à comparer.")
        raise NotFoundError("one_version", words)
    new = _asked(texts, request.GET.get("a", ""))
    old = _asked(texts, request.GET.get("de", "") or next((t.label for t in texts if t.rank < new.rank), ""))
    context = {
        "charter": found,
        "old": old,
        "new": new,
        "texts": texts,
        "changes": rules.changes(rules.content(old.content), rules.content(new.content)),
    }
    return render(request, "charters/differences.html", context)
