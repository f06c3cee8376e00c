"""Calls loaded from files, with no change of Python: those that come with Terreau, and any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.actions import change, create_actor
from terreau.actors.models import Actor
from terreau.calls import document
from terreau.calls.models import Call, FormVersion, Programme, Sponsor, Strand
from terreau.common.errors import DomainError
from terreau.journal.actions import record
from terreau.pieces.actions import declaration
from terreau.subjects.models import Subject

SHIPPED: Final = Path(__file__).parent / "content" / "calls"
_DRAFT: Final = {Call.State.DRAFT.value}


def files() -> list[Path]:
    """Return the files of the calls that come with Terreau."""
    return sorted(SHIPPED.glob("*.yaml"))


def load(path: Path, *, save: bool, by: User | None = None) -> Call:
    """Read the file of a call and write it; ``save`` false: check alone, the call is given back unsaved.

    A programme that is there keeps what it says, and takes what it lacks: strands, the SIRET of its owner.

    Raises ``bad_call_file`` with every problem and its line, ``call_exists`` (409) for an address in use:
    what people wrote since is never written over.
    """
    said = document.read(path)
    slug = said.call["slug"]
    if Call.objects.filter(slug=slug).exists():
        words = _("L'appel « %(slug)s » existe déjà : changez l'adresse, ou modifiez-le dans son atelier.")
        raise DomainError("call_exists", words % {"slug": slug}, facts={"slug": slug}, status=409)
    if not save:
        return Call(**said.call)
    with transaction.atomic():
        programme = _programme(said, by)
        return _call(said, programme, by)


def load_shipped(*, save: bool) -> tuple[int, int]:
    """Load the calls that come with Terreau and are not there yet: how many were loaded, how many were there.

    One query when all are there.
    """
    found = files()
    there = set(Call.objects.filter(slug__in=[one.stem for one in found]).values_list("slug", flat=True))
    new = [one for one in found if one.stem not in there]
    for path in new:
        load(path, save=save)
    return len(new), len(there)


def _programme(said: document.Said, by: User | None) -> Programme:
    held = said.programme
    programme = Programme.objects.filter(slug=held["slug"]).first()
    if programme is None:
        public = said.call["state"] not in _DRAFT
        subject = Subject.objects.create(kind=Subject.Kind.PROGRAMME, public=public)
        state = Programme.State.PUBLISHED if public else Programme.State.DRAFT
        example = said.call["example"]
        programme = Programme.objects.create(subject=subject, state=state, example=example, **held)
        record(subject, "programme.loaded", by=by, data={"slug": programme.slug})
    if said.owner_siret and programme.owner_id is None:
        programme.owner = _owner(programme.owner_name, said.owner_siret, by)
        programme.save(update_fields=["owner"])
    there = set(programme.strands.values_list("code", flat=True))
    Strand.objects.bulk_create(
        Strand(programme=programme, **one) for one in said.strands if one["code"] not in there
    )
    return programme


def _owner(name: str, siret: str, by: User | None) -> Actor:
    """Return who has a SIRET: of the register, which takes the number when the sheet has none, or new.

    Who is new is private: the file of a call is no first entry in the register.
    """
    living = Actor.objects.filter(subject__closed_at=None, subject__merged_into=None)
    held = living.filter(siren=siret[:9]).order_by("pk").first()
    if held is None:
        source = declaration(by, timezone.localdate())
        return create_actor(name, source=source, public=False, by=by, siret=siret)
    return held if held.siret else change(held, mine={"siret": siret}, by=by)


def _call(said: document.Said, programme: Programme, by: User | None) -> Call:
    public = said.call["state"] not in _DRAFT
    subject = Subject.objects.create(kind=Subject.Kind.CALL, public=public)
    call = Call.objects.create(subject=subject, programme=programme, created_by=by, **said.call)
    call.strands.set(programme.strands.filter(code__in=said.strand_codes))
    Sponsor.objects.bulk_create(Sponsor(call=call, **one) for one in said.sponsors)
    published: dict[str, Any] = {"published_at": timezone.now()} if public else {}
    FormVersion.objects.create(call=call, number=1, content=said.form, by=by, **published)
    record(subject, "call.loaded", by=by, data={"slug": call.slug, "example": call.example})
    return call
