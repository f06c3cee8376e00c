"""Bodies of a pole, their colleges, seats and functions: made, changed field by field, ended, kept."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.common.errors import DomainError, StaleWriteError
from terreau.common.inserting import insert, refusal
from terreau.governance.models import Body, College, Form, FunctionShare, Seat
from terreau.governance.templates_of_forms import TEMPLATES
from terreau.journal.actions import record, save_fresh
from terreau.poles.models import Pole
from terreau.subjects import actions as subjects

Row = TypeVar("Row", Form, Body, College, Seat, FunctionShare)
Ended = Form | Body | FunctionShare
#: What may be changed in a body, field by field.
FIELDS = (
    *("name", "kind", "decides", "quorum_num", "quorum_den", "quorum_by_college", "proxies", "majority"),
    *("counting", "sharing", "meets_every", "notice_days", "public"),
)


def found_form(pole: Pole, kind: str, *, since: date | None = None, by: User) -> Form:
    """Give the pole a form of governance and the bodies of its template; what it has already stays (R-30).

    Raises ``DomainError`` when the pole has that form already.
    """
    with transaction.atomic():
        row = insert(Form(pole=pole, kind=kind, valid_from=since), "form_known")
        record(pole.actor.subject, "governance.form_added", by=by, data={"form": kind})
        known = set(Body.objects.filter(pole=pole, valid_to=None).values_list("name", flat=True))
        for values in TEMPLATES[kind]:
            if str(values["name"]) not in known:
                create_body(pole, since=since, by=by, **values)
    return row


def create_body(pole: Pole, *, by: User | None, since: date | None = None, **values: Any) -> Body:
    """Make a body; ``colleges`` is a list of ``(name, weight)``. Raises ``DomainError`` for a name taken."""
    colleges = values.pop("colleges", ())
    values["name"] = str(values.get("name", "")).strip()
    if not values["name"]:
        raise DomainError("no_name", _("Une instance a un nom."), facts={"field": "name"})
    _check_quorum(values.get("quorum_num", 0), values.get("quorum_den", 1))
    with transaction.atomic():
        body = insert(Body(pole=pole, valid_from=since, **values), "name_taken")
        record(
            pole.actor.subject, "governance.body_made", by=by, data={"body": body.pk.hex, "name": body.name}
        )
        for rank, (name, weight) in enumerate(colleges):
            College.objects.create(body=body, name=str(name), weight=weight, rank=rank)
    return body


def change_body(body: Body, *, base: Mapping[str, Any], mine: Mapping[str, Any], by: User) -> Body:
    """Change some fields of a body as the person saw it; meetings convened keep theirs."""
    if unknown := set(mine) - set(FIELDS):
        raise ValueError(f"no such field: {sorted(unknown)}")
    merged = {**{name: getattr(body, name) for name in FIELDS}, **mine}
    _check_quorum(merged["quorum_num"], merged["quorum_den"])
    subject = body.pole.actor.subject
    try:
        return save_fresh(body, subject=subject, verb="governance.body_changed", base=base, mine=mine, by=by)
    except IntegrityError as error:
        raise refusal(body, error, "name_taken") from error


def end_form(form: Form, *, on: date, by: User) -> Form:
    """Say until when the pole had a form of governance, that day excluded; its bodies stay (R-151)."""
    _end(form, "form", on, {"form": form.kind}, by)
    return Form.objects.get(pk=form.pk)


def end_body(body: Body, *, on: date, by: User) -> Body:
    """End a body on a day, that day excluded; its meetings, its decisions and its seats stay readable."""
    _end(body, "body", on, {"body": body.pk.hex}, by)
    return Body.objects.get(pk=body.pk)


def end_function(share: FunctionShare, *, on: date, by: User) -> FunctionShare:
    """Say until when an actor carried a function, that day excluded."""
    data = {"function": share.function, "actor": share.actor_id.hex}
    _end(share, "function", on, data, by)
    return FunctionShare.objects.get(pk=share.pk)


def _end(row: Ended, noun: str, on: date, data: dict[str, Any], by: User) -> None:
    if row.valid_from is not None and on <= row.valid_from:
        raise DomainError("ends_before", _("La fin suit le début."), facts={"field": "on"})
    with transaction.atomic():
        subjects.lock(row.pole.actor_id)
        living = Q(valid_to=None) | Q(valid_to__gt=on)
        if not type(row).objects.filter(living, pk=str(row.pk)).update(valid_to=on):
            words = _("Une fin est déjà enregistrée : rouvrez la page.")
            raise DomainError("already_ended", words, status=409)
        record(row.pole.actor.subject, f"governance.{noun}_ended", by=by, data={**data, "on": on.isoformat()})


def change_college(
    college: College, *, weight: int, planned: int | None, base: tuple[int, int | None], by: User
) -> College:
    """Give a college another weight or number of seats. ``base``: what the person saw of both.

    Raises ``StaleWriteError`` when somebody else changed them meanwhile. Ballots open or closed keep theirs.
    """
    with transaction.atomic():
        subject = college.body.pole.actor.subject
        subjects.lock(subject.pk)
        rows = College.objects.filter(pk=college.pk, weight=base[0], seats_planned=base[1])
        if not rows.update(weight=weight, seats_planned=planned):
            theirs = College.objects.get(pk=college.pk)
            words = _("Quelqu'un a changé ce collège pendant ce temps : relisez-le, puis recommencez.")
            conflict = {"base": base[0], "theirs": theirs.weight, "mine": weight}
            raise StaleWriteError("stale_write", words, facts={"conflicts": {"weight": conflict}})
        if (weight, planned) != base:
            data = {"body": college.body_id.hex, "college": college.name, "weight": weight}
            record(subject, "governance.college_changed", by=by, data=data)
    return College.objects.get(pk=college.pk)


def add_college(
    body: Body, name: str, weight: int, *, planned: int | None = None, by: User | None
) -> College:
    """Add a college; a weight is what the statutes give it, a whole number."""
    rank = College.objects.filter(body=body).count()
    row = College(body=body, name=name.strip(), weight=weight, seats_planned=planned, rank=rank)
    with transaction.atomic():
        row = insert(row, "college_known")
        data = {"body": body.pk.hex, "college": row.name, "weight": weight}
        record(body.pole.actor.subject, "governance.college_added", by=by, data=data)
    return row


def give_seat(  # noqa: PLR0913 - keyword-only: a mandate is described by this many independent facts
    body: Body,
    actor: Actor,
    *,
    by: User | None,
    college: College | None = None,
    role: str = Seat.Role.MEMBER,
    person: str = "",
    user: User | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Seat:
    """Give a seat to an actor for a mandate; refused when the same person has it then.

    In a body with colleges a voice stands in one of them; observers in none.
    """
    if college is not None and college.body_id != body.pk:
        raise DomainError(
            "other_college", _("Ce collège est d'une autre instance."), facts={"field": "college"}
        )
    voiced = role != Seat.Role.OBSERVER
    if voiced and college is None and College.objects.filter(body=body).exists():
        raise DomainError(
            "no_college", _("Dites dans quel collège est ce siège."), facts={"field": "college"}
        )
    with transaction.atomic():
        values = {
            "role": role,
            "person": person.strip(),
            "user": user,
            "valid_from": since,
            "valid_to": until,
        }
        row = insert(
            Seat(body=body, actor=actor, college=college if voiced else None, **values), "seat_known"
        )
        data = {"body": body.pk.hex, "actor": actor.pk.hex, "role": role, "seat": row.pk.hex}
        record(body.pole.actor.subject, "governance.seat_given", by=by, data=data)
    return row


def end_seat(seat: Seat, *, on: date, reason: str, by: User) -> Seat:
    """End a mandate on a day, that day excluded; what the seat decided stays."""
    if not reason.strip():
        raise DomainError("reason_needed", _("Dites pourquoi ce mandat finit."), facts={"field": "reason"})
    if seat.valid_from is not None and on <= seat.valid_from:
        raise DomainError("ends_before", _("La fin suit le début du mandat."), facts={"field": "on"})
    subject = seat.body.pole.actor.subject
    base = {"valid_to": seat.valid_to, "end_reason": seat.end_reason}
    mine = {"valid_to": on, "end_reason": reason.strip()[:200]}
    return save_fresh(seat, subject=subject, verb="governance.seat_ended", base=base, mine=mine, by=by)


def carry(  # noqa: PLR0913 - keyword-only, as above
    pole: Pole,
    function: str,
    actor: Actor,
    *,
    by: User,
    hours_a_month: int | None = None,
    cents_a_year: int | None = None,
    since: date | None = None,
    note: str = "",
) -> FunctionShare:
    """Say that an actor carries a function of the pole, with its hours and its cost (R-36)."""
    values = {"hours_a_month": hours_a_month, "cents_a_year": cents_a_year, "note": note, "valid_from": since}
    with transaction.atomic():
        row = insert(FunctionShare(pole=pole, function=function, actor=actor, **values), "function_known")
        data = {"function": function, "actor": actor.pk.hex}
        record(pole.actor.subject, "governance.function_carried", by=by, data=data)
    return row


def seats_on(body: Body, day: date) -> QuerySet[Seat]:
    """Return the seats whose mandate holds on a day, in the order of the colleges."""
    held = (Q(valid_from=None) | Q(valid_from__lte=day)) & (Q(valid_to=None) | Q(valid_to__gt=day))
    rows = Seat.objects.filter(held, body=body).select_related("college", "actor", "user")
    return rows.order_by("college__rank", "actor__sort_key", "person", "pk")


def ending(pole: Pole, *, after: date, before: date) -> QuerySet[Seat]:
    """Return the mandates that end between two days, the nearest first (R-32)."""
    rows = Seat.objects.filter(body__pole=pole, body__valid_to=None, end_reason="")
    return (
        rows.filter(valid_to__gt=after, valid_to__lte=before)
        .select_related("body", "actor")
        .order_by("valid_to")
    )


def _check_quorum(num: int, den: int) -> None:
    if den < 1 or not 0 <= num <= den:
        words = _("Le quorum est une part des sièges : entre aucun et tous.")
        raise DomainError("bad_quorum", words, facts={"field": "quorum"})
