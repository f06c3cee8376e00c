"""Drafts of first entries: kept, found again by who may, merged between pages, submitted once."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from terreau.accounts.models import User
from terreau.actors.actions import create_actor
from terreau.actors.models import Actor, Belonging
from terreau.census import entry, parties
from terreau.census.entry_rules import Entry, Party
from terreau.census.models import Draft
from terreau.common.errors import DomainError, NotFoundError, RefusedError, StaleWriteError
from terreau.journal.verification import verify
from terreau.poles.models import Carrier, Listing, Membership, Pole
from terreau.territories.models import PerimeterCommune

pytestmark = pytest.mark.usefixtures("zones")


@pytest.fixture
def person() -> User:
    return verified("ada@example.org")


def verified(email: str) -> User:
    """Somebody whose address is confirmed."""
    user = User.objects.create_user(email)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def begun(name: str = "Pôle du lin", by: User | None = None) -> tuple[Draft, str]:
    return entry.start(name, by=by)


def held(draft: Draft) -> Entry:
    return Entry.read(Draft.objects.get(pk=draft.pk).data)


def full(person: User, **more: Any) -> Draft:
    """A draft with a name and a commune."""
    draft, _token = begun(by=person)
    return entry.set_communes(draft, lambda _codes: {"35236", "44067"})


def test_a_stranger_finds_it_again_by_its_secret_and_nobody_else_does(person: User) -> None:
    draft, token = begun()
    assert entry.find(draft.pk, by=None, secrets=["other", token]) == draft
    assert entry.of_link(token) == draft
    assert token not in str(Draft.objects.values().get(pk=draft.pk))
    for by, secrets in ((None, []), (None, ["x"]), (person, [])):
        with pytest.raises(NotFoundError):
            entry.find(draft.pk, by=by, secrets=secrets)
    assert entry.unfinished(by=None, secrets=[token]) == [draft]
    assert entry.unfinished(by=person, secrets=[""]) == []


def test_the_draft_of_a_person_is_theirs_alone(person: User) -> None:
    draft, token = begun(by=person)
    assert token == ""
    assert entry.find(draft.pk, by=person, secrets=[]) == draft
    for by in (None, verified("other@example.org")):
        with pytest.raises(NotFoundError):
            entry.find(draft.pk, by=by, secrets=["", draft.token_hash])


def test_a_draft_that_is_claimed_leaves_its_link(person: User) -> None:
    draft, token = begun()
    entry.claim(draft, by=person)
    assert entry.find(draft.pk, by=person, secrets=[]) == draft
    with pytest.raises(NotFoundError):
        entry.of_link(token)
    entry.claim(draft, by=verified("late@example.org"))
    assert Draft.objects.get(pk=draft.pk).user == person


def test_it_expires(person: User) -> None:
    draft, token = begun()
    kept = full(person)
    pole = entry.submit(kept, by=person, version=kept.version, public=False)
    Draft.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(NotFoundError):
        entry.find(draft.pk, by=None, secrets=[token])
    with pytest.raises(NotFoundError):
        entry.of_link(token)
    assert Draft.objects.get(pk=kept.pk).pole == pole


def test_writing_gives_it_more_time() -> None:
    draft, _token = begun()
    Draft.objects.update(expires_at=timezone.now() + timedelta(days=1))
    draft = entry.save(draft, {"intention": "Filer."}, base={"intention": ""})
    assert draft.expires_at > timezone.now() + timedelta(days=80)


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("name", "", "name_needed"),
        ("name", "   ", "name_needed"),
        ("name", "🌱🌱", "name_needed"),
        ("name", "é" * 10_000, "too_long"),
        ("carrier", "x" * 251, "too_long"),
        ("intention", "x" * 10_000, "too_long"),
        ("stage", "gloire", "unknown_stage"),
    ],
)
def test_what_is_wrong_says_which_field(field: str, typed: str, code: str) -> None:
    draft, _token = begun()
    with pytest.raises(DomainError) as refused:
        entry.save(draft, {field: typed}, base={field: ""})
    assert (refused.value.code, refused.value.facts["field"]) == (code, field)
    assert held(draft).name == "Pôle du lin"


@pytest.mark.parametrize("typed", ["Pôle 🌱", "Ω & <b>", "L'Écho d'Œuvre", "a\0b"])
def test_any_name_with_a_letter_is_kept(typed: str) -> None:
    draft, _token = begun(typed + " 1")
    assert held(draft).name == f"{typed} 1".replace("\0", "")


def test_two_pages_on_different_fields_both_count() -> None:
    draft, _token = begun()
    entry.save(draft, {"intention": "Filer."}, base={"intention": ""}, tab="1")
    entry.save(draft, {"carrier": "Asso"}, base={"carrier": ""}, tab="2")
    assert (held(draft).intention, held(draft).carrier) == ("Filer.", "Asso")


def test_two_pages_on_one_field_are_told_both_values() -> None:
    draft, _token = begun()
    entry.save(draft, {"intention": "Filer."}, base={"intention": ""}, tab="1")
    with pytest.raises(StaleWriteError) as stale:
        entry.save(draft, {"intention": "Tisser."}, base={"intention": ""}, tab="2")
    sides = {"base": "", "theirs": "Filer.", "mine": "Tisser."}
    assert stale.value.facts["conflicts"] == {"intention": sides}
    assert held(draft).intention == "Filer."
    entry.save(draft, {"intention": "Tisser."}, base={"intention": "Filer."}, tab="2")
    assert held(draft).intention == "Tisser."


def test_one_page_never_conflicts_with_what_it_saved_itself() -> None:
    draft, _token = begun()
    for typed in ("F", "Fil", "Filer."):
        entry.save(draft, {"intention": typed}, base={"intention": ""}, tab="1")
    assert held(draft).intention == "Filer."


def test_a_carrier_typed_anew_is_no_longer_the_one_recognised() -> None:
    actor = create_actor("La Laiterie", source=None, public=True)
    draft, _token = begun()
    entry.save(draft, {"carrier": "La laiterie"}, base={"carrier": ""})
    draft = entry.recognise_carrier(draft, Party(actor.name, str(actor.pk)))
    assert (held(draft).carrier, held(draft).carrier_actor) == ("La Laiterie", str(actor.pk))
    entry.save(draft, {"carrier": "Une autre"}, base={"carrier": "La Laiterie"})
    assert held(draft).carrier_actor == ""


def test_members_are_bounded() -> None:
    draft, _token = begun()
    entry.add_members(draft, [Party(f"Asso {n}") for n in range(300)])
    with pytest.raises(DomainError, match="300 membres"):
        entry.add_members(draft, [Party("encore")])
    entry.remove_member(draft, Party("Asso 0").key)
    entry.add_members(draft, [Party("x" * 10_000)])
    assert max(len(one.name) for one in held(draft).members) == 250


def test_a_person_has_not_drafts_without_end(person: User) -> None:
    for number in range(entry.MOST_DRAFTS):
        begun(f"Pôle {number}", by=person)
    with pytest.raises(DomainError, match="brouillons"):
        begun(by=person)


def test_submitting_makes_a_private_pole_that_the_person_animates(person: User) -> None:
    known = create_actor("La Laiterie", source=None, public=True)
    draft = full(person)
    draft = entry.save(
        draft,
        {"carrier": "La Fileuse", "intention": "Relier\nla filière.", "stage": "en_projet"},
        base=dict.fromkeys(("carrier", "intention", "stage"), ""),
    )
    members = [Party("La Laiterie", str(known.pk)), Party("La fileuse"), Party("Le Moulin")]
    draft = entry.add_members(draft, members)
    pole = entry.submit(draft, by=person, version=draft.version, public=False)
    assert (pole.actor.name, pole.register_status, pole.stage) == ("Pôle du lin", "declare", "en_projet")
    assert not pole.actor.subject.public
    assert not Listing.objects.filter(pole=pole).exists()
    carrier = Carrier.objects.get(pole=pole).actor
    # The carrier is also a member: one organisation, made once.
    assert carrier in [row.actor for row in Membership.objects.filter(pole=pole)]
    assert Membership.objects.filter(pole=pole).count() == 3
    assert not carrier.subject.public
    codes = PerimeterCommune.objects.filter(perimeter__subject=pole.pk).values_list(
        "commune__code", flat=True
    )
    assert set(codes) == {"35236", "44067"}
    row = Belonging.objects.confirmed().get(actor=pole.actor)
    assert (row.user, row.role) == (person, "animator")
    draft.refresh_from_db()
    assert (draft.pole, draft.user) == (pole, person)
    assert verify() == []


def test_published_when_the_person_says_so(person: User) -> None:
    draft = entry.add_members(full(person), [Party("Le Moulin")])
    pole = entry.submit(draft, by=person, version=draft.version, public=True)
    assert Listing.objects.filter(pole=pole).exists()
    assert Actor.objects.get(name="Le Moulin").subject.public


def test_a_member_that_is_no_longer_public_becomes_a_name(person: User) -> None:
    hidden = create_actor("Cachée", source=None, public=False)
    assert parties.chosen(str(hidden.pk)) is None
    assert parties.chosen("no identifier") is None
    assert parties.chosen("pk:1") is None
    draft = entry.add_members(full(person), [Party("Cachée", str(hidden.pk))])
    pole = entry.submit(draft, by=person, version=draft.version, public=False)
    assert Membership.objects.get(pole=pole).actor != hidden


def test_an_address_that_is_not_confirmed_is_refused() -> None:
    unverified = User.objects.create_user("eve@example.org")
    draft = full(unverified)
    with pytest.raises(RefusedError):
        entry.submit(draft, by=unverified, version=draft.version, public=False)
    assert not Pole.objects.filter(actor__name="Pôle du lin").exists()


def test_what_lacks_is_said_and_the_draft_stays(person: User) -> None:
    draft, _token = begun(by=person)
    with pytest.raises(DomainError) as refused:
        entry.submit(draft, by=person, version=draft.version, public=False)
    assert refused.value.facts["steps"] == ["communes"]
    assert Draft.objects.get(pk=draft.pk).submitted_at is None


def test_a_draft_changed_since_it_was_read_over_is_read_again(person: User) -> None:
    draft = full(person)
    seen = draft.version
    entry.save(draft, {"intention": "Filer."}, base={"intention": ""})
    with pytest.raises(StaleWriteError):
        entry.submit(draft, by=person, version=seen, public=False)
    assert Draft.objects.get(pk=draft.pk).submitted_at is None


def test_nobody_submits_the_draft_of_another(person: User) -> None:
    draft = full(person)
    with pytest.raises(DomainError):
        entry.submit(draft, by=verified("other@example.org"), version=draft.version, public=False)
    assert Draft.objects.get(pk=draft.pk).submitted_at is None


def test_a_submitted_draft_changes_no_more(person: User) -> None:
    draft = full(person)
    entry.submit(draft, by=person, version=draft.version, public=False)
    with pytest.raises(DomainError, match="déjà été déposé"):
        entry.save(draft, {"name": "Autre"}, base={"name": "Pôle du lin"})
    with pytest.raises(DomainError, match="déjà été déposé"):
        entry.abandon(draft)
    with pytest.raises(DomainError, match="déjà été déposé"):
        entry.submit(draft, by=person, version=draft.version, public=False)


def test_the_link_leaves_by_e_mail_and_the_address_is_not_kept(mailoutbox: list[Any]) -> None:
    draft, token = begun("Pôle <du> lin")
    assert entry.mail_link(draft, "a@example.org", token, url=f"https://t.example/{token}/", language="fr")
    (message,) = mailoutbox
    assert message.to == ["a@example.org"]
    assert f"https://t.example/{token}/" in message.body
    assert "Pôle <du> lin" in message.subject
    assert "a@example.org" not in str(list(Draft.objects.values()))
    with pytest.raises(NotFoundError):
        entry.mail_link(draft, "a@example.org", "", url="https://t.example/", language="fr")


def test_the_link_is_written_in_the_language_of_who_reads(mailoutbox: list[Any]) -> None:
    draft, token = begun()
    entry.mail_link(draft, "a@example.org", token, url="https://t.example/", language="en")
    assert mailoutbox[0].body
