"""The light first entry (R-132): a draft kept as it is typed, that becomes a pole when it is submitted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor
from terreau.census import entry_rules, mail, parties, tokens
from terreau.census.entry_rules import LONGEST_INTENTION, LONGEST_NAME, MOST_MEMBERS, Entry, Party
from terreau.census.models import Draft
from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.common.stale import three_way
from terreau.common.text import search_text, sort_key
from terreau.pieces.actions import declaration
from terreau.pieces.models import Source
from terreau.poles.actions import register_pole
from terreau.poles.models import Pole, Stage
from terreau.territories import base

#: A draft lives so long after the last word typed in it.
LASTS = timedelta(days=90)
#: Living drafts of one person.
MOST_DRAFTS = 20
_TRIES = 20


def start(name: str, *, by: User | None) -> tuple[Draft, str]:
    """Begin a draft with the name of the pole; return it, and the secret of its link for who has no account.

    Raises ``DomainError`` for a name that no pole can bear, and when the person has too many drafts.
    """
    if by is not None and _living().filter(user=by).count() >= MOST_DRAFTS:
        message = _("Vous avez déjà %(most)d brouillons : reprenez-en un, ou abandonnez-en.")
        raise DomainError("too_many_drafts", message % {"most": MOST_DRAFTS}, status=409)
    entry = Entry(cog_year=base.COG_YEARS[-1], **checked({"name": name}))  # type: ignore[arg-type]
    token, digest = tokens.new() if by is None else ("", "")
    draft = Draft.objects.create(
        user=by, token_hash=digest, data=entry.as_json(), expires_at=timezone.now() + LASTS
    )
    return draft, token


def secret_of(draft: Draft, secrets: Collection[str]) -> str:
    """Return the one of these secrets that opens the draft; empty when none does."""
    return next((one for one in secrets if tokens.digest(one) == draft.token_hash), "")


def find(pk: UUID, *, by: User | None, secrets: Collection[str]) -> Draft:
    """Return a draft of the person, or of who holds its link; nobody else may know that it exists.

    One that was submitted is found too, by the same people. Raises ``NotFoundError``.
    """
    rows = _held_by(Draft.objects.filter(expires_at__gt=timezone.now()), by, secrets)
    draft = rows.filter(pk=pk).select_related("pole__actor__subject").first()
    if draft is None:
        message = _("Ce brouillon n'existe pas, a expiré, ou appartient à quelqu'un d'autre.")
        raise NotFoundError("unknown_draft", message)
    return draft


def of_link(token: str) -> Draft:
    """Return the draft of a personal link. Raises ``NotFoundError`` when there is none, or no longer."""
    rows = Draft.objects.filter(token_hash=tokens.digest(token), expires_at__gt=timezone.now())
    draft = rows.first()
    if draft is None:
        message = _("Ce lien ne mène plus à un brouillon : il a expiré, ou appartient désormais à un compte.")
        raise NotFoundError("unknown_draft", message)
    return draft


def unfinished(*, by: User | None, secrets: Collection[str]) -> list[Draft]:
    """Return the drafts to take up again, the last touched first."""
    return list(_held_by(_living(), by, secrets).order_by("-updated_at", "pk")[:MOST_DRAFTS])


def save(draft: Draft, mine: Mapping[str, str], *, base: Mapping[str, str], tab: str = "") -> Draft:
    """Keep what was typed in texts (``name``, ``carrier``, ``intention``, ``stage``).

    ``base`` is what the page showed, ``tab`` names the page: what somebody wrote meanwhile from another page
    in another field stays; the same field raises ``StaleWriteError`` with the three values.
    """
    values = checked(mine)

    def merged(entry: Entry) -> Entry:
        seen = entry_rules.as_seen(entry, {name: base.get(name, "") for name in values}, tab)
        merge = three_way(seen, {name: getattr(entry, name) for name in values}, values)
        if merge.conflicts:
            message = _("Ceci a été changé dans une autre page entre-temps : choisissez ce qui est gardé.")
            raise StaleWriteError("stale_draft", message, facts={"conflicts": merge.conflicts})
        return _forgetting_actor(entry_rules.writes(entry, merge.changes, tab), merge.changes)

    return change(draft, merged)


def change(draft: Draft, how: Callable[[Entry], Entry]) -> Draft:
    """Change what a draft holds by ``how``, applied to what it holds now; two pages at once both count.

    ``how`` may run several times. Raises ``DomainError`` (409) when the draft has been submitted.
    """
    for _try in range(_TRIES):
        now = Draft.objects.get(pk=draft.pk)
        if now.submitted_at:
            raise DomainError("draft_submitted", _("Ce brouillon a déjà été déposé."), status=409)
        data = how(Entry.read(now.data)).as_json()
        if data == now.data:
            return now
        moment = timezone.now()
        written = _unsubmitted(now).update(
            data=data, version=now.version + 1, updated_at=moment, expires_at=moment + LASTS
        )
        if written:
            now.refresh_from_db()
            return now
    raise StaleWriteError("busy", _("Ce brouillon change sans cesse : réessayez dans un instant."))


def recognise_carrier(draft: Draft, party: Party | None) -> Draft:
    """Say that the carrier is an organisation that is held here, or that it is not."""
    if party is None:
        return change(draft, lambda entry: replace(entry, carrier_actor=""))
    return change(draft, lambda entry: replace(entry, carrier=party.name, carrier_actor=party.actor))


def add_members(draft: Draft, more: Collection[Party]) -> Draft:
    """Add organisations, each once. Raises ``DomainError`` beyond what a first entry is for."""
    tidied = [Party(entry_rules.tidy(one.name)[:LONGEST_NAME], one.actor) for one in more]

    def added(entry: Entry) -> Entry:
        if len(entry.members) + len(tidied) > MOST_MEMBERS:
            message = _("Une première inscription prend %(most)d membres au plus : les autres s'importent.")
            raise DomainError("too_many_members", message % {"most": MOST_MEMBERS})
        return entry_rules.with_members(entry, tidied)

    return change(draft, added)


def remove_member(draft: Draft, key: str) -> Draft:
    """Take an organisation away; nothing happens when it is gone already."""
    return change(draft, lambda entry: entry_rules.without_member(entry, key))


def set_communes(draft: Draft, how: Callable[[Collection[str]], Collection[str]]) -> Draft:
    """Change the set of communes by ``how``, from codes to codes of the current COG."""
    year = base.COG_YEARS[-1]
    return change(
        draft, lambda entry: replace(entry, communes=tuple(sorted(how(entry.communes))), cog_year=year)
    )


def claim(draft: Draft, *, by: User) -> Draft:
    """Give a draft that was begun without an account to the person who holds its link; the link then dies."""
    rows = Draft.objects.filter(pk=draft.pk, user__isnull=True)
    rows.update(user=by, token_hash="")
    draft.refresh_from_db()
    return draft


def mail_link(draft: Draft, email: str, token: str, *, url: str, language: str) -> bool:
    """Send the personal link of a draft begun without an account; ``url`` is where it leads."""
    if not token or tokens.digest(token) != draft.token_hash:
        raise NotFoundError("unknown_draft", _("Ce brouillon n'a pas de lien personnel."))
    context = {"name": Entry.read(draft.data).name, "url": url, "until": timezone.localdate(draft.expires_at)}
    return mail.send(email, "census/mail/draft_link.txt", context, language=language)


def abandon(draft: Draft) -> None:
    """Forget a draft for good; refused once it is a pole."""
    if not Draft.objects.filter(pk=draft.pk, submitted_at__isnull=True).delete()[0]:
        raise DomainError("draft_submitted", _("Ce brouillon a déjà été déposé."), status=409)


def has_verified_address(user: User) -> bool:
    """Say whether the person's e-mail address was confirmed: who registers a pole can be reached."""
    return bool(EmailAddress.objects.filter(user=user, verified=True).exists())


def submit(draft: Draft, *, by: User, version: int, public: bool) -> Pole:
    """Make the pole that a draft describes; whoever submits becomes its animator.

    ``version`` is that of the draft as it was read over: changed since, it is to be read again (409). Two
    submissions at once make one pole. Needs a confirmed e-mail address (403), a name and a commune (422).
    """
    if not has_verified_address(by):
        message = _("Confirmez d'abord votre adresse électronique : un lien vous a été envoyé.")
        raise RefusedError("address_not_confirmed", message)
    with transaction.atomic():
        entry = _taken(draft, by, version)
        said = declaration(by, timezone.localdate())
        named: dict[str, Actor] = {}
        carrier = entry.carried_by
        pole = register_pole(
            entry.name,
            carrier=_actor(carrier, named, said, by=by, public=public) if carrier else None,
            codes=entry.communes,
            cog_year=entry.cog_year,
            members=[_actor(one, named, said, by=by, public=public) for one in entry.members],
            intention=entry.intention,
            stage=entry.stage,
            source=said,
            public=public,
            by=by,
        )
        Draft.objects.filter(pk=draft.pk).update(pole=pole)
    return pole


def _taken(draft: Draft, by: User, version: int) -> Entry:
    """Mark the draft as submitted, once, and return what it says."""
    now = timezone.now()
    rows = Draft.objects.filter(pk=draft.pk, submitted_at__isnull=True).filter(Q(user=by) | Q(user=None))
    if not rows.filter(version=version).update(submitted_at=now, updated_at=now, user=by, token_hash=""):
        if not rows.exists():
            raise DomainError("draft_submitted", _("Ce brouillon a déjà été déposé."), status=409)
        message = _("Ce brouillon a changé dans une autre page depuis que vous l'avez relu : relisez-le.")
        raise StaleWriteError("stale_draft", message, facts={})
    entry = Entry.read(Draft.objects.values_list("data", flat=True).get(pk=draft.pk))
    if missing := entry_rules.lacks(entry):
        message = _("Il manque encore le nom du pôle ou ses communes.")
        raise DomainError("entry_incomplete", message, facts={"steps": missing})
    return entry


def _actor(party: Party, named: dict[str, Actor], said: Source, *, by: User, public: bool) -> Actor:
    """Return the organisation that is held here, else a new one of this name, made once."""
    held = parties.actor_of(party, by=by, public=public)
    key = sort_key(party.name)
    if held is None and key not in named:
        named[key] = create_actor(party.name, source=said, public=public, by=by)
    return held or named[key]


def checked(values: Mapping[str, str]) -> dict[str, str]:
    """Return the texts tidied; raises ``DomainError`` with ``facts["field"]`` at the first that is wrong."""
    tidied = {name: entry_rules.tidy(text, lines=name == "intention") for name, text in values.items()}
    for name, text in tidied.items():
        _check(name, text)
    return tidied


def _check(name: str, text: str) -> None:
    limit = LONGEST_INTENTION if name == "intention" else LONGEST_NAME
    if len(text) > limit:
        message = _("%(limit)d caractères au plus ; il y en a %(length)d.")
        facts = {"field": name, "limit": limit, "length": len(text)}
        raise DomainError("too_long", message % facts, facts=facts)
    if name == "name" and not search_text(text):
        message = _("Écrivez un nom, avec au moins une lettre ou un chiffre.")
        raise DomainError("name_needed", message, facts={"field": name})
    if name == "stage" and text and text not in Stage.values:
        raise DomainError("unknown_stage", _("Ce stade n'existe pas."), facts={"field": name})


def _forgetting_actor(entry: Entry, changes: Mapping[str, Any]) -> Entry:
    """A carrier typed anew is no longer the organisation that was recognised."""
    return replace(entry, carrier_actor="") if "carrier" in changes else entry


def _unsubmitted(draft: Draft) -> QuerySet[Draft]:
    return Draft.objects.filter(pk=draft.pk, version=draft.version, submitted_at__isnull=True)


def _living() -> QuerySet[Draft]:
    return Draft.objects.filter(submitted_at__isnull=True, expires_at__gt=timezone.now())


def _held_by(rows: QuerySet[Draft], by: User | None, secrets: Collection[str]) -> QuerySet[Draft]:
    own = Q(user=by) if by is not None else Q(pk__in=[])
    digests = [tokens.digest(secret) for secret in secrets if secret]
    return rows.filter(own | Q(user__isnull=True, token_hash__in=digests))
