"""Versions of the form of a call: written in a draft, published, open files carried along.

A version that is published never changes. Rooms above say how their open files are carried (``carries``);
before a version is published, what would be lost is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.calls import form_checks, form_editing, read
from terreau.calls.forms_carrying import Changes, Lost, changes
from terreau.calls.models import Call, FormVersion
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.inserting import insert
from terreau.journal.actions import record
from terreau.subjects import actions as subjects

Content = Mapping[str, Any]
Edit = Callable[[Content], dict[str, Any]]
_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class LostOf:
    """What an open file loses with the next version: its number or title, and each answer."""

    dossier: str
    lost: tuple[Lost, ...]


class Carry(Protocol):
    """Carry the open files of a call to the next version; without ``save``, say what they would lose."""

    def __call__(self, call: Call, old: FormVersion, new: FormVersion, *, save: bool) -> list[LostOf]:
        """Return what each file loses."""


_carriers: dict[str, Carry] = {}


def carries(name: str, carry: Carry) -> None:
    """Say how a room carries its open files from a version of a form to the next."""
    _carriers[name] = carry


def draft_of(call: Call, *, by: User) -> FormVersion:
    """Return the draft of the form, made of the version in use when there is none."""
    held = read.draft_form(call)
    if held is not None:
        return held
    with transaction.atomic():
        subjects.lock(call.pk)
        held = read.draft_form(call)
        if held is not None:
            return held
        last = FormVersion.objects.filter(call=call).aggregate(last=Max("number"))["last"] or 0
        current = read.current_form(call)
        content = current.content if current else form_editing.start()
        return insert(FormVersion(call=call, number=last + 1, content=content, by=by), "form_exists")


def edit(call: Call, change: Edit, *, by: User) -> FormVersion:
    """Write a change in the draft of the form; two people who write at once are both heard.

    ``change`` is played again on what another person wrote meanwhile: it names what it changes.
    """
    for _try in range(_TRIES):
        row = draft_of(call, by=by)
        made = change(row.content)
        if made == row.content:
            return row
        with transaction.atomic():
            rows = FormVersion.objects.filter(pk=row.pk, version=row.version, published_at=None)
            if rows.update(content=made, by=by, at=timezone.now(), version=F("version") + 1):
                record(call.subject, "call.form_written", by=by, data={"number": row.number})
                row.refresh_from_db()
                return row
    raise StaleWriteError("busy", _("Ce formulaire change sans cesse : réessayez dans un instant."))


def put_field(
    call: Call, key: str, one: Mapping[str, Any], *, seen: Mapping[str, Any], by: User
) -> FormVersion:
    """Write a question over the one that was seen; raise ``StaleWriteError`` when another changed it."""

    def change(content: Content) -> dict[str, Any]:
        now = form_editing.field_of(content, key)
        if now != dict(seen) and now != {**one, "key": key}:
            words = _("Quelqu'un vient de changer cette question. Ce que vous avez écrit est gardé ici.")
            raise StaleWriteError("stale_write", words, facts={"theirs": now})
        return form_editing.put_field(content, key, one)

    return edit(call, change, by=by)


def waiting(call: Call) -> Changes:
    """Return what the draft changes of the version in use."""
    draft, current = read.draft_form(call), read.current_form(call)
    if draft is None or current is None:
        return Changes((), (), ())
    return changes(current.content, draft.content)


def would_lose(call: Call) -> list[LostOf]:
    """Return what open files would lose if the draft were published now; nothing is written."""
    draft, current = read.draft_form(call), read.current_form(call)
    if draft is None or current is None:
        return []
    return [one for carry in _carriers.values() for one in carry(call, current, draft, save=False)]


def publish(call: Call, *, note: str = "", by: User) -> tuple[FormVersion, list[LostOf]]:
    """Publish the draft of the form and carry the open files along; return it, and what they lost.

    Refused when it has problems, or when there is nothing to publish.
    """
    with transaction.atomic():
        subjects.lock(call.pk)
        draft = FormVersion.objects.select_for_update().filter(call=call, published_at=None).first()
        if draft is None:
            raise DomainError("no_draft", _("Aucune nouvelle version n'attend."), status=409)
        if problems := form_checks.check(draft.content):
            told = [f"{one.where} : {one.what} {one.do}" for one in problems]
            words = _("Le formulaire ne peut pas être publié : %(problem)s")
            raise DomainError("bad_form", words % {"problem": told[0]}, facts={"problems": told})
        current = read.current_form(call)
        draft.note, draft.published_at = note.strip()[:300], timezone.now()
        draft.save(update_fields=["note", "published_at"])
        lost: list[LostOf] = []
        if current is not None:
            lost = [one for carry in _carriers.values() for one in carry(call, current, draft, save=True)]
        data = {"number": draft.number, "files_losing": len(lost)}
        record(call.subject, "call.form_published", by=by, data=data)
    return draft, lost


def drop(call: Call, *, by: User) -> None:
    """Drop the draft of the next version; refused while the call has no published one."""
    with transaction.atomic():
        subjects.lock(call.pk)
        if read.current_form(call) is None:
            raise DomainError("only_form", _("Cet appel n'a pas encore d'autre formulaire."), status=409)
        deleted, _by_model = FormVersion.objects.filter(call=call, published_at=None).delete()
        if deleted:
            record(call.subject, "call.form_dropped", by=by)
