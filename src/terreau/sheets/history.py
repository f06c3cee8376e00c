"""The history of a sheet in words: what changed, from what to what, when, from which source, by whom.

The journal holds identifiers; names are read here, today, for who may read them. What came before a sheet was
published stays with those who keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import F, IntegerField, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from terreau.accounts.models import GlobalRole, User
from terreau.actors import perms
from terreau.actors.models import Actor, ActorName, Belonging, Moderation
from terreau.actors.perms import Viewer
from terreau.actors.tables import functions
from terreau.common.errors import DomainError
from terreau.common.periods import PartialDate
from terreau.common.verdicts import Answer
from terreau.design.paging import Page, keyset
from terreau.facts import catalogue, display
from terreau.facts.models import Fact, Status
from terreau.facts.read import SourceView, display_of, source_view
from terreau.grids import store
from terreau.grids.language import Grid
from terreau.journal.models import Event
from terreau.pieces.models import Source
from terreau.poles import identity
from terreau.poles.models import Membership, RegisterStatus, Stage, Statement
from terreau.sheets.facts import language
from terreau.sheets.moments import public_since
from terreau.sheets.verdict_criteria import shown, text_of
from terreau.territories.models import Place

LIMIT = 30
#: Kinds of the filter, and the beginnings of the verbs of each.
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "identite": (gettext_lazy("Identité"), ("actor.", "pole.address_")),
    "faits": (gettext_lazy("Faits et chiffres"), ("fact.", "seeds.")),
    "membres": (gettext_lazy("Membres et structure porteuse"), ("pole.member_", "pole.carrier_")),
    "perimetre": (gettext_lazy("Périmètre et lieux"), ("perimeter.", "pole.place_")),
    "textes": (gettext_lazy("Textes"), ("pole.statement_",)),
    "qualification": (
        gettext_lazy("Stade, état au registre, reconnaissances"),
        ("pole.stage_", "pole.status_", "pole.recogni"),
    ),
    "appreciations": (gettext_lazy("Appréciations"), ("grid.",)),
    "fiche": (gettext_lazy("Vie de la fiche"), ("subject.", "pole.registered")),
}
#: What only those who keep a sheet read: who asked to join, what waits for an answer.
_INSIDE = ("belonging.", "proposal.", "invitation.", "moderation.", "confirmation.", "report.", "review.")
#: What others wrote of the sheet: a charter signed, a file brought.
_BESIDE = ("charter.", "import.", "trust.shown")


@dataclass(frozen=True)
class Change:
    """A line of the history. ``before`` and ``after`` are in words, empty when there is none."""

    seq: int
    at: datetime
    kind: str
    title: str
    label: str = ""
    before: str = ""
    after: str = ""
    reason: str = ""
    period: str = ""
    status: str = ""
    source: SourceView | None = None
    who: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the line as a machine reads it."""
        return {
            "rang": self.seq,
            "le": self.at.isoformat(),
            "genre": self.kind,
            "quoi": self.title,
            "champ": self.label,
            "avant": self.before or None,
            "apres": self.after or None,
            "motif": self.reason or None,
            "par": self.who,
        }


@dataclass(frozen=True)
class History:
    """A page of the history; ``inside`` when the viewer keeps the sheet and reads names."""

    page: Page[Event]
    changes: list[Change]
    kinds: list[tuple[str, str, bool]]
    inside: bool
    since: datetime | None


def history(
    actor: Actor, viewer: Viewer, *, kind: str = "", cursor: str | None = None, limit: int = LIMIT
) -> History:
    """Return a page of the history of an actor or a pole, the latest first; the caller says who may see it.

    Raises ``DomainError`` (422) for a kind that does not exist or a cursor that is not one.
    """
    if kind and kind not in KINDS:
        message = _("Ce genre de changement n'existe pas.")
        raise DomainError("unknown_value", message, facts={"parameter": "genre", "allowed": list(KINDS)})
    inside = bool(perms.can_edit(viewer, actor, on=timezone.localdate()))
    rows = _events(actor, inside=inside)
    if kind:
        rows = rows.filter(_starting(KINDS[kind][1]))
    ranked = rows.annotate(back=Cast(0 - F("seq"), IntegerField()))
    page = keyset(ranked, ["back"], limit=limit, cursor=cursor)
    kinds = [(code, str(label), code == kind) for code, (label, _verbs) in KINDS.items()]
    changes = _Words(page.rows, actor, inside=inside).changes
    return History(page, changes, kinds, inside, None if inside else public_since(actor.subject))


def _events(actor: Actor, *, inside: bool) -> QuerySet[Event]:
    # The workspace of a pole writes on the same subject (meetings, its book, documents): its people read that
    # there, and nobody here.
    of_sheet = (verb for _label, verbs in KINDS.values() for verb in verbs)
    rows = Event.objects.filter(_starting((*of_sheet, *_BESIDE, *_INSIDE)), subject=actor.pk)
    if inside:
        return rows
    published = public_since(actor.subject)
    return rows.filter(at__gte=published).exclude(_starting(_INSIDE)) if published else rows.none()


def _starting(verbs: Iterable[str]) -> Q:
    wanted = Q()
    for verb in verbs:
        wanted |= Q(verb__startswith=verb)
    return wanted


def _kind_of(verb: str) -> str:
    return next((code for code, (_label, verbs) in KINDS.items() if verb.startswith(verbs)), "fiche")


@dataclass
class _Words:
    """The words of some events: what they name is read at once, whatever their number."""

    events: Sequence[Event]
    actor: Actor
    inside: bool = field(kw_only=True)

    @property
    def changes(self) -> list[Change]:
        return [self._change(event) for event in self.events]

    def _change(self, event: Event) -> Change:
        told: dict[str, Any] = {"title": event.verb, "reason": str(event.data.get("reason", ""))}
        told |= _TOLD.get(event.verb, _unknown)(self, event.data)
        source = self.sources.get(_uuid(event.data.get("source")))
        return Change(
            seq=event.seq,
            at=event.at,
            kind=_kind_of(event.verb),
            who=self._who(event.by),
            source=source_view(source) if source else None,
            **told,
        )

    # Who

    def _who(self, by: UUID | None) -> str:
        if by is None:
            return _("le registre")
        user = self.users.get(by)
        if user is None or user.erased_at:
            return _("personne effacée")
        if self.inside:
            return user.name or _("une personne sans nom affiché")
        if by in self.moderators:
            return _("une personne de la modération")
        return _("une personne du pôle") if by in self.people else _("une personne")

    @cached_property
    def users(self) -> dict[UUID, User]:
        wanted = {event.by for event in self.events if event.by}
        return {user.pk: user for user in User.objects.filter(pk__in=wanted).order_by("pk")}

    @cached_property
    def moderators(self) -> set[UUID]:
        on_site = GlobalRole.objects.filter(user__in=self.users).values_list("user", flat=True)
        near = Moderation.objects.filter(user__in=self.users).values_list("user", flat=True)
        return {*on_site, *near}

    @cached_property
    def people(self) -> set[UUID]:
        rows = Belonging.objects.filter(actor=self.actor, confirmed_at__isnull=False, user__in=self.users)
        return set(rows.values_list("user", flat=True))

    # What they name

    def _ids(self, key: str) -> set[UUID]:
        found = (_uuid(event.data.get(key)) for event in self.events)
        return {one for one in found if one}

    @cached_property
    def sources(self) -> dict[UUID | None, Source]:
        return {row.pk: row for row in Source.objects.filter(pk__in=self._ids("source")).order_by("pk")}

    @cached_property
    def facts(self) -> dict[UUID | None, Fact]:
        rows = Fact.objects.filter(pk__in=self._ids("fact")).select_related("supersedes").order_by("pk")
        return {row.pk: row for row in rows}

    @cached_property
    def actors(self) -> dict[UUID | None, str]:
        wanted = self._ids("actor") | self._ids("network") | self._ids("body") | self._ids("winner")
        rows = Actor.objects.filter(pk__in=wanted | self._ids("loser")).select_related("subject")
        return {
            row.pk: row.name if self.inside or row.subject.public else _("un acteur non public")
            for row in rows.order_by("pk")
        }

    @cached_property
    def names(self) -> dict[int, ActorName]:
        wanted = {event.data["name"] for event in self.events if isinstance(event.data.get("name"), int)}
        return {row.pk: row for row in ActorName.objects.filter(pk__in=wanted).order_by("pk")}

    @cached_property
    def former(self) -> dict[date | None, str]:
        rows = ActorName.objects.filter(actor=self.actor, kind=ActorName.Kind.FORMER).order_by("pk")
        return {row.valid_to: row.text for row in rows}

    @cached_property
    def places(self) -> dict[UUID | None, str]:
        rows = Place.objects.filter(subject__in=self._ids("place")).order_by("pk")
        return {row.subject_id: row.name for row in rows}

    @cached_property
    def grids(self) -> dict[tuple[str, str], Grid]:
        wanted = {str(event.data["grid"]) for event in self.events if event.verb.startswith("grid.")}
        return {(grid.code, grid.version): grid for code in wanted for grid in store.versions(code)}

    def named(self, data: dict[str, Any], key: str = "actor") -> str:
        """Return the name of an actor that an event holds."""
        return self.actors.get(_uuid(data.get(key)), "")


Told = dict[str, Any]


def _unknown(words: _Words, data: dict[str, Any]) -> Told:
    return {"title": _("Changement")}


def _fact_recorded(words: _Words, data: dict[str, Any]) -> Told:
    fact = words.facts.get(_uuid(data.get("fact")))
    entry = catalogue.load().entries.get(fact.code) if fact else None
    if fact is None or entry is None:
        return {"title": _("Fait enregistré")}
    if entry.secrecy != "public" and entry.code not in identity.CODES and not words.inside:
        return {"title": _("Fait enregistré"), "label": entry.label(language())}
    old = fact.supersedes
    return {
        "title": _("Fait corrigé") if old else _("Fait enregistré"),
        "label": entry.label(language()),
        "before": display_of(old, language()) if old else "",
        "after": display_of(fact, language()),
        "period": display.period(fact.valid_from, fact.valid_to, fact.valid_precision, language()),
        "status": fact.status,
    }


def _fact_withdrawn(words: _Words, data: dict[str, Any]) -> Told:
    said = _fact_recorded(words, data)
    return {**said, "title": _("Fait retiré"), "before": said.get("after", ""), "after": "", "status": ""}


def _renamed(words: _Words, data: dict[str, Any]) -> Told:
    name = words.names.get(data.get("name", 0))
    return {
        "title": _("Nom changé"),
        "label": _("Nom"),
        "before": words.former.get(name.valid_from, "") if name else "",
        "after": name.text if name else "",
        "period": _since(data),
    }


def _name_added(words: _Words, data: dict[str, Any]) -> Told:
    name = words.names.get(data.get("name", 0))
    label = name.get_kind_display() if name else ""
    return {"title": _("Nom ajouté"), "label": label, "after": name.text if name else ""}


def _changed(words: _Words, data: dict[str, Any]) -> Told:
    labels = [str(Actor._meta.get_field(name).verbose_name) for name in data.get("fields", [])]  # type: ignore[union-attr]
    return {"title": _("Identité modifiée"), "label": ", ".join(labels)}


def _function(title: Any) -> Callable[[_Words, dict[str, Any]], Told]:
    def told(words: _Words, data: dict[str, Any]) -> Told:
        known = functions()
        code = data.get("function", "")
        label = known[code].name(language()) if code in known else code
        return {"title": str(title), "label": label, "period": _since(data)}

    return told


def _member(title: Any) -> Callable[[_Words, dict[str, Any]], Told]:
    def told(words: _Words, data: dict[str, Any]) -> Told:
        role = Membership.Role(data["role"]).label if data.get("role") in Membership.Role.values else ""
        circle = data.get("circle")
        shown = [str(role), str(Membership.Circle(circle).label) if circle else ""]
        return {
            "title": str(title),
            "label": words.named(data),
            "after": ", ".join(one for one in shown if one),
            "period": _since(data),
            "status": data.get("status", ""),
        }

    return told


def _perimeter(words: _Words, data: dict[str, Any]) -> Told:
    count = int(data.get("communes", 0))
    return {
        "title": _("Périmètre décrit"),
        "after": ngettext("%(count)d commune", "%(count)d communes", count) % {"count": count},
    }


def _place(title: Any) -> Callable[[_Words, dict[str, Any]], Told]:
    def told(words: _Words, data: dict[str, Any]) -> Told:
        return {"title": str(title), "label": words.places.get(_uuid(data.get("place")), "")}

    return told


def _statement(title: Any, side: str) -> Callable[[_Words, dict[str, Any]], Told]:
    def told(words: _Words, data: dict[str, Any]) -> Told:
        heading = data.get("heading", "")
        known = heading in Statement.Heading.values
        text = data.get("text") or {}
        return {
            "title": str(title),
            "label": str(Statement.Heading(heading).label) if known else "",
            side: text.get(language()) or text.get("fr", ""),
        }

    return told


def _choice(title: Any, choices: Any) -> Callable[[_Words, dict[str, Any]], Told]:
    def told(words: _Words, data: dict[str, Any]) -> Told:
        def label(code: str) -> str:
            return str(choices(code).label) if code in choices.values else _("inconnu")

        return {
            "title": str(title),
            "before": label(data.get("from", "")),
            "after": label(data.get("to", "")),
            "period": _since(data),
        }

    return told


def _recognised(title: Any) -> Callable[[_Words, dict[str, Any]], Told]:
    def told(words: _Words, data: dict[str, Any]) -> Told:
        vocabulary, scheme = catalogue.vocabulary("recognition"), data.get("scheme", "")
        return {
            "title": str(title),
            "label": vocabulary.label(scheme, language()) if scheme in vocabulary else scheme,
            "after": words.named(data, "body"),
            "period": _since(data),
            "status": data.get("status", ""),
        }

    return told


def _registered(words: _Words, data: dict[str, Any]) -> Told:
    status = data.get("status", "")
    known = status in RegisterStatus.values
    return {"title": _("Entrée au registre"), "after": str(RegisterStatus(status).label) if known else ""}


def _seeds(words: _Words, data: dict[str, Any]) -> Told:
    count = int(data.get("count", 0))
    said = ngettext("%(count)d énoncé", "%(count)d énoncés", count) % {"count": count}
    return {"title": _("Documents de référence chargés"), "after": said}


def _moved(words: _Words, data: dict[str, Any]) -> Told:
    return {"title": _("Adresse changée"), "before": data.get("from", ""), "after": data.get("to", "")}


def _plain(title: Any) -> Callable[[_Words, dict[str, Any]], Told]:
    return lambda words, data: {"title": str(title)}


def _with(title: Any, key: str) -> Callable[[_Words, dict[str, Any]], Told]:
    return lambda words, data: {
        "title": str(title),
        "label": words.named(data, key),
        "period": _since(data),
    }


def _merged(words: _Words, data: dict[str, Any]) -> Told:
    return {
        "title": _("Fiches réunies"),
        "before": words.named(data, "loser"),
        "after": words.named(data, "winner"),
    }


def _criterion(title: Any) -> Callable[[_Words, dict[str, Any]], Told]:
    """Tell what somebody said of a criterion; the reason is on the page of the criterion."""

    def told(words: _Words, data: dict[str, Any]) -> Told:
        grid = words.grids.get((str(data["grid"]), str(data["version"])))
        one = grid.by_code.get(str(data["criterion"])) if grid else None
        label = text_of(one.title, language()) if one else str(data["criterion"])
        kind, answer = one.kind if one else "", data.get("answer")
        after = shown(Answer(answer), kind).word if answer else ""
        return {"title": str(title), "label": label, "after": after}

    return told


_TOLD: dict[str, Callable[[_Words, dict[str, Any]], Told]] = {
    "fact.recorded": _fact_recorded,
    "fact.withdrawn": _fact_withdrawn,
    "actor.created": _plain(gettext_lazy("Entrée au registre")),
    "actor.renamed": _renamed,
    "actor.name_added": _name_added,
    "actor.changed": _changed,
    "actor.function_added": _function(gettext_lazy("Fonction ajoutée")),
    "actor.function_ended": _function(gettext_lazy("Fonction terminée")),
    "actor.affiliated": _with(gettext_lazy("Entrée dans un réseau"), "network"),
    "actor.left_network": _with(gettext_lazy("Sortie d'un réseau"), "network"),
    "actor.ess_listed": _plain(gettext_lazy("Inscription sur une liste de l'ESS")),
    "pole.registered": _registered,
    "pole.address_moved": _moved,
    "pole.member_added": _member(gettext_lazy("Membre ajouté")),
    "pole.member_ended": _member(gettext_lazy("Fin d'une adhésion")),
    "pole.member_struck": _member(gettext_lazy("Adhésion rayée")),
    "pole.carrier_added": _member(gettext_lazy("Structure porteuse ajoutée")),
    "pole.carrier_ended": _member(gettext_lazy("Fin d'une structure porteuse")),
    "pole.carrier_struck": _member(gettext_lazy("Structure porteuse rayée")),
    "pole.place_added": _place(gettext_lazy("Lieu ajouté")),
    "pole.place_struck": _place(gettext_lazy("Lieu rayé")),
    "pole.statement_added": _statement(gettext_lazy("Phrase ajoutée"), "after"),
    "pole.statement_struck": _statement(gettext_lazy("Phrase rayée"), "before"),
    "pole.stage_moved": _choice(gettext_lazy("Stade changé"), Stage),
    "pole.status_moved": _choice(gettext_lazy("État au registre changé"), RegisterStatus),
    "pole.recognised": _recognised(gettext_lazy("Reconnaissance ajoutée")),
    "pole.recognition_ended": _recognised(gettext_lazy("Fin d'une reconnaissance")),
    "grid.judged": _criterion(gettext_lazy("Critère jugé")),
    "grid.opinion": _criterion(gettext_lazy("Avis donné sur un critère")),
    "grid.lifted": _criterion(gettext_lazy("Exclusion levée")),
    "grid.lift_ended": _criterion(gettext_lazy("Exclusion rétablie")),
    "perimeter.set": _perimeter,
    "seeds.loaded": _seeds,
    "subject.published": _plain(gettext_lazy("Fiche publiée")),
    "subject.closed": _plain(gettext_lazy("Fiche fermée")),
    "subject.reopened": _plain(gettext_lazy("Fiche rouverte")),
    "subject.merged": _merged,
    "subject.unmerged": _plain(gettext_lazy("Fusion défaite")),
    "belonging.asked": _plain(gettext_lazy("Demande d'appartenance")),
    "belonging.founded": _plain(gettext_lazy("Appartenance confirmée")),
    "belonging.confirmed": _plain(gettext_lazy("Appartenance confirmée")),
    "belonging.refused": _plain(gettext_lazy("Appartenance refusée")),
    "belonging.ended": _plain(gettext_lazy("Fin d'une appartenance")),
    "belonging.role_changed": _plain(gettext_lazy("Rôle changé")),
    "proposal.received": _plain(gettext_lazy("Proposition reçue")),
    "proposal.decided": _plain(gettext_lazy("Proposition décidée")),
    "proposal.withdrawn": _plain(gettext_lazy("Proposition retirée")),
}


def _since(data: dict[str, Any]) -> str:
    """Return the day that an event holds, in words."""
    try:
        day = PartialDate.parse(str(data.get("on", "")))
    except ValueError:
        return ""
    return display.day(day.first, day.precision, language())


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


def status_label(code: str) -> str:
    """Return the words of a status, empty when there is none."""
    return str(Status(code).label) if code in Status.values else ""


__all__ = ["KINDS", "Change", "History", "history", "status_label"]
