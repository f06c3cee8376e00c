"""Calls written, published, changed, copied; forms in versions; two owners at once; people dated."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from terreau.accounts import personal, second_factor
from terreau.accounts.models import User
from terreau.calls import building, form_editing, people, perms, read, versions
from terreau.calls.forms_carrying import carry
from terreau.calls.models import Call, FormVersion, Programme, Role
from terreau.calls.versions import LostOf
from terreau.common.errors import DomainError, StaleWriteError
from terreau.journal.models import Event
from terreau.notices.models import Notice
from tests.calls import making

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return making.user("Ola")


@pytest.fixture
def draft(owner: User) -> Call:
    """A call in draft, ready but for its opening and its summary."""
    programme = building.begin_programme({"name": "Fonds", "owner_name": "Agglo"}, by=owner)
    return building.begin(programme, "Appel 2026", by=owner)


def ready(call: Call, by: User) -> Call:
    """Give what lacks and publish."""
    opens = timezone.now() - timedelta(days=1)
    mine = {"opens_at": opens, "closes_at": opens + timedelta(days=30), "summary": "Pour essayer."}
    base = {name: getattr(call, name) for name in mine}
    return building.publish(building.change(call, base=base, mine=mine, by=by), by=by)


def test_a_draft_says_what_lacks_then_is_published(draft: Call, owner: User) -> None:
    assert (draft.slug, draft.state, draft.subject.public) == ("appel-2026", "draft", False)
    assert [one.code for one in building.todo(draft)] == ["no_opening", "no_summary"]
    with pytest.raises(DomainError) as caught:
        building.publish(draft, by=owner)
    assert caught.value.code == "not_ready"
    made = ready(draft, owner)
    assert made.phase() == "open"
    made.subject.refresh_from_db()
    assert made.subject.public
    assert Programme.objects.get().state == "published"
    assert read.current_form(made) is not None
    assert read.draft_form(made) is None
    assert Event.objects.filter(subject=made.subject, verb="call.moved").exists()
    with pytest.raises(DomainError) as caught:
        building.publish(made, by=owner)
    assert caught.value.code == "published_already"


def test_the_clock_opens_and_closes_to_the_second() -> None:
    closes = datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC)
    call = making.call(opens_at=closes - timedelta(days=9), closes_at=closes, tolerance=0)
    assert call.phase(closes - timedelta(days=10)) == "announced"
    assert call.phase(closes) == "open"
    assert call.phase(closes + timedelta(seconds=1)) == "closed"
    call.tolerance = 10
    assert call.phase(closes + timedelta(minutes=10)) == "open"
    assert call.phase(closes + timedelta(minutes=10, seconds=1)) == "closed"
    call.closes_at = None
    assert call.phase(closes + timedelta(days=4000)) == "open"


def test_open_calls_are_those_of_the_instant() -> None:
    soon = making.call("bientot", closes_at=timezone.now() + timedelta(days=2))
    later = making.call("plus-tard", closes_at=timezone.now() + timedelta(days=20))
    forever = making.call("toujours", closes_at=None)
    making.call("passe", closes_at=timezone.now() - timedelta(days=2))
    making.call("brouillon", state="draft")
    assert read.open_calls() == [soon, later, forever]


def test_an_owner_leads_a_call_by_hand(owner: User) -> None:
    call = making.call()
    for state in ("closed", "open", "closed"):
        assert building.lead(call, state, by=owner).state == state
    # Its results are published, with all that this asks for: nobody says it decided by hand.
    with pytest.raises(DomainError):
        building.lead(call, "decided", by=owner)
    Call.objects.filter(pk=call.pk).update(state="decided")
    assert building.lead(call, "archived", by=owner).state == "archived"
    with pytest.raises(DomainError) as caught:
        building.lead(call, "open", by=owner)
    assert caught.value.status == 409


def test_two_owners_who_write_one_field_are_told(draft: Call, owner: User) -> None:
    base = {"title": draft.title, "summary": draft.summary}
    building.change(draft, base=base, mine={**base, "title": "Celui d'Ola"}, by=owner)
    other = building.change(draft, base=base, mine={**base, "summary": "Deux"}, by=owner)
    assert (other.title, other.summary) == ("Celui d'Ola", "Deux")
    with pytest.raises(StaleWriteError) as caught:
        building.change(draft, base=base, mine={**base, "title": "Un autre"}, by=owner)
    assert caught.value.facts["conflicts"]["title"]["theirs"] == "Celui d'Ola"


def test_dates_and_amounts_hold_together(draft: Call, owner: User) -> None:
    day = datetime(2026, 5, 1, tzinfo=UTC)
    base: dict[str, Any] = {"opens_at": None, "closes_at": None}
    with pytest.raises(DomainError) as caught:
        building.change(draft, base=base, mine={"opens_at": day, "closes_at": day}, by=owner)
    assert caught.value.facts["field"] == "closes_at"
    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.filter(pk=draft.pk).update(min_cents=5, max_cents=4)


def test_a_programme_ends_after_it_begins(draft: Call, owner: User) -> None:
    day = date(2026, 5, 1)
    base: dict[str, Any] = {"valid_from": None, "valid_to": None}
    mine = {"valid_from": day, "valid_to": day}
    with pytest.raises(DomainError) as caught:
        building.change_programme(draft.programme, base=base, mine=mine, by=owner)
    assert caught.value.facts["field"] == "valid_to"


def test_a_sponsor_does_not_take_the_name_of_another(draft: Call, owner: User) -> None:
    making.sponsor(draft, "Agglo", rank=0)
    making.sponsor(draft, "Région", rank=1)
    base = [building.sponsor_row(one) for one in draft.sponsors.all()]
    with pytest.raises(DomainError) as caught:
        building.put_sponsors(draft, [{**base[0], "name": "Région"}, base[1]], base=base, by=owner)
    assert (caught.value.code, caught.value.status) == ("sponsor_exists", 409)


def test_two_owners_write_two_questions_and_neither_is_lost(draft: Call, owner: User) -> None:
    content = read.draft_form(draft).content  # type: ignore[union-attr]
    title, project = (form_editing.field_of(content, key) for key in ("title", "project"))
    versions.put_field(draft, "title", {**title, "label": "Le titre"}, seen=title, by=owner)
    versions.put_field(draft, "project", {**project, "max": 900}, seen=project, by=owner)
    found = read.draft_form(draft).content  # type: ignore[union-attr]
    assert form_editing.field_of(found, "title")["label"] == "Le titre"
    assert form_editing.field_of(found, "project")["max"] == 900
    with pytest.raises(StaleWriteError) as caught:
        versions.put_field(draft, "title", {**title, "label": "Autre"}, seen=title, by=owner)
    assert caught.value.facts["theirs"]["label"] == "Le titre"


def test_a_form_is_written_piece_by_piece() -> None:
    start = form_editing.start()
    made = form_editing.add_page(start, "Énergie & eau")
    assert made["pages"][-1]["code"] == "energie_eau"
    made = form_editing.add_section(made, "energie_eau", "Toits")
    one = {"key": "toits", "kind": "integer", "label": "Toits"}
    made = form_editing.add_field(made, "energie_eau", "toits", one)
    with pytest.raises(DomainError):
        form_editing.add_field(made, "energie_eau", "toits", one)
    up = form_editing.move_field(made, "toits", form_editing.UP)
    assert up["pages"][-1]["sections"][0]["fields"][-1]["key"] == "toits"
    assert form_editing.move_field(start, "name", form_editing.UP) == start
    assert form_editing.move_part(made, "energie_eau", None, "monter")["pages"][-2]["code"] == "energie_eau"
    with pytest.raises(DomainError):
        form_editing.remove_part(made, "energie_eau", "toits")
    empty = form_editing.remove_field(made, "toits")
    assert [page["code"] for page in form_editing.remove_part(empty, "energie_eau", None)["pages"]] == [
        "pole",
        "projet",
        "argent",
    ]
    read_by = form_editing.put_field(
        start, "project", {"kind": "text", "label": "X", "show_when": {"field": "title", "op": "filled"}}
    )
    with pytest.raises(DomainError) as caught:
        form_editing.remove_field(read_by, "title")
    assert caught.value.code == "key_read"
    assert start == form_editing.start()


def test_a_new_version_carries_open_files_and_lists_what_is_lost(
    owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = making.call()
    files = {"APPEL-0001": dict(making.ANSWERS), "APPEL-0002": {"name": "Autre"}}

    def carried(call: Call, old: FormVersion, new: FormVersion, *, save: bool) -> list[LostOf]:
        found = []
        for name, answers in files.items():
            done = carry(old.content, new.content, answers)
            if save:
                files[name] = done.answers
            if done.lost:
                found.append(LostOf(name, done.lost))
        return found

    monkeypatch.setattr(versions, "_carriers", {"tests": carried})
    versions.edit(call, lambda held: form_editing.remove_field(held, "project"), by=owner)
    assert versions.waiting(call).removed == ("project",)
    assert read.current_form(call).number == 1  # type: ignore[union-attr]
    assert [one.dossier for one in versions.would_lose(call)] == ["APPEL-0001"]
    assert "project" in files["APPEL-0001"]
    row, lost = versions.publish(call, note="Plus courte", by=owner)
    assert (row.number, row.note) == (2, "Plus courte")
    assert [(one.dossier, one.lost[0].value) for one in lost] == [("APPEL-0001", "Une légumerie partagée.")]
    assert "project" not in files["APPEL-0001"]
    assert files["APPEL-0002"] == {"name": "Autre"}
    with pytest.raises(DomainError):
        versions.publish(call, by=owner)


def test_a_published_form_never_changes(owner: User) -> None:
    call = making.call()
    row = FormVersion.objects.get(call=call)
    with pytest.raises(IntegrityError), transaction.atomic():
        FormVersion.objects.filter(pk=row.pk).update(content={"pages": []})
    with pytest.raises(IntegrityError), transaction.atomic():
        row.delete()
    versions.edit(call, lambda held: form_editing.add_page(held, "Page"), by=owner)
    with pytest.raises(DomainError) as caught:
        versions.publish(call, by=owner)
    assert caught.value.code == "bad_form"
    versions.drop(call, by=owner)
    assert read.draft_form(call) is None


REGION = {"code": "region", "label": "Région", "opinion": "mandatory"}
COMMITTEE = {"code": "committee", "label": "Comité", "opinion": "none"}


@pytest.mark.parametrize(
    ("state", "stages", "refused"),
    [
        ("draft", [COMMITTEE], False),
        ("open", [COMMITTEE], True),
        ("closed", [COMMITTEE], True),
        ("open", [{**REGION, "opinion": "none"}, COMMITTEE], True),
        ("open", [{**REGION, "label": "En région"}, {**COMMITTEE, "opinion": "mandatory"}], False),
    ],
)
def test_stages_and_mandatory_opinions_stay_once_the_call_has_opened(
    owner: User, state: str, stages: list[dict[str, Any]], refused: bool
) -> None:
    before = [REGION, COMMITTEE]
    call = making.call(state=state, stages=before, opens_at=timezone.now() - timedelta(days=1))
    asked = {"base": {"stages": before}, "mine": {"stages": stages}, "by": owner}
    if refused:
        with pytest.raises(DomainError, match="Région") as told:
            building.change(call, **asked)
        assert told.value.code == "stage_in_use"
    else:
        building.change(call, **asked)
    call.refresh_from_db()
    assert call.stages == (before if refused else stages)


def test_a_copy_is_the_next_year_of_a_call(owner: User) -> None:
    call = making.call(
        closes_at=datetime(2028, 2, 29, 22, 59, 59, tzinfo=UTC), min_cents=100, figures=[{"code": "files"}],
        sources={"min_cents": {"text": "un journal de 2028"}},
    )  # fmt: skip
    call.strands.set([making.strand(call.programme)])
    sponsor = making.sponsor(call, "Agglo", opinion="mandatory")
    making.somebody(call, "sponsor", sponsor=sponsor)
    gone = making.somebody(call, "officer", valid_to=date(2021, 1, 1))
    made = building.copy(call, "Appel 2029", people=True, by=owner)
    assert (made.state, made.previous, made.example, made.min_cents) == ("draft", call, False, 100)
    assert (made.figures, made.sources) == ([], {})
    assert made.closes_at is not None
    assert timezone.localtime(made.closes_at).isoformat() == "2029-02-28T23:59:59+01:00"
    assert made.strands.count() == 1
    [copied] = made.sponsors.all()
    assert (copied.name, copied.opinion) == ("Agglo", "mandatory")
    assert Role.objects.get(call=made, role="sponsor").sponsor == copied
    # Who copies a call may go on with it.
    assert perms.standing(owner, made).owner
    assert not Role.objects.filter(call=made, user=gone).exists()
    assert read.draft_form(made).content == read.current_form(call).content  # type: ignore[union-attr]


def test_standing_follows_roles_of_the_day_in_one_query(django_assert_num_queries: Any) -> None:
    call = making.call()
    sponsor = making.sponsor(call)
    person = making.user()
    making.role(person, call.programme, "auditor")
    making.role(person, call, "sponsor", sponsor=sponsor)
    making.role(person, call, "officer", valid_to=date(2025, 1, 1))
    with django_assert_num_queries(1):
        found = perms.standing(person, call, date(2026, 1, 1))
    assert found.roles == {"auditor", "sponsor"}
    assert found.sponsors == {sponsor.pk}
    assert perms.standing(person, call, date(2024, 1, 1)).officer
    assert not perms.standing(person, call, date(2019, 1, 1))
    assert not perms.standing(person, making.call(), date(2026, 1, 1))
    person.is_active = False
    assert not perms.standing(person, call, date(2026, 1, 1))


def test_an_officer_of_a_region_instructs_it_alone(zones: None) -> None:
    call = making.call()
    region = next(one for one in people.regions() if one.code == "27")
    person = making.somebody(call, "officer", zone=region)
    found = perms.standing(person, call)
    assert found.zones == frozenset({"27"})
    assert found.instructs("27")
    assert not found.instructs("11")
    assert not found.instructs(None)
    making.role(person, call.programme, "officer")
    assert perms.standing(person, call).instructs("11")


def test_people_are_named_told_and_ended(draft: Call, owner: User) -> None:
    making.user("autre")
    other = User.objects.exclude(pk=owner.pk).get()
    row = people.name(draft, other.email.upper(), "reviewer", since=date(2026, 1, 1), by=owner)
    assert Notice.objects.filter(to=other, path="/appels/appel-2026/").exists()
    assert second_factor.needed(other)
    with pytest.raises(DomainError) as caught:
        people.name(draft, other.email, "reviewer", since=date(2026, 2, 1), by=owner)
    assert caught.value.code == "role_held"
    for email, role, code in (
        ("x@y.example", "officer", "no_account"),
        (other.email, "sponsor", "sponsor_needed"),
    ):
        with pytest.raises(DomainError) as caught:
            people.name(draft, email, role, since=date(2026, 1, 1), by=owner)
        assert caught.value.code == code
    people.end(row, draft, by=owner)
    assert not perms.standing(other, draft)
    with pytest.raises(DomainError):
        people.end(row, draft, by=owner)
    last = Role.objects.get(programme=draft.programme)
    with pytest.raises(DomainError) as caught:
        people.end(last, draft.programme, by=owner)
    assert caught.value.code == "last_owner"


def test_who_is_erased_has_no_role_left(draft: Call, owner: User) -> None:
    other = making.somebody(draft, "officer")
    personal.erase(other)
    other.refresh_from_db()
    assert not Role.objects.held_on(timezone.localdate()).filter(user=other).exists()
    assert personal.exported(owner)["calls"]["roles"][0]["role"] == "owner"


def test_sponsors_are_written_whole_and_kept_while_somebody_speaks(draft: Call, owner: User) -> None:
    row = {"id": "", "name": "Agglo", "share_cents": None, "share_rate": 5000, "opinion": "asked"}
    building.put_sponsors(draft, [row], base=[], by=owner)
    [held] = draft.sponsors.all()
    base = [building.sponsor_row(held)]
    with pytest.raises(StaleWriteError):
        building.put_sponsors(draft, [], base=[], by=owner)
    making.somebody(draft, "sponsor", sponsor=held)
    with pytest.raises(DomainError) as caught:
        building.put_sponsors(draft, [], base=base, by=owner)
    assert caught.value.code == "sponsor_has_people"
    building.put_sponsors(draft, [{**base[0], "name": "Métropole"}], base=base, by=owner)
    assert draft.sponsors.get().name == "Métropole"
