"""Writing a charter: begun by an actor, drafted, published as versions that nothing changes any more."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from terreau.accounts.models import User
from terreau.actors.models import Actor
from terreau.actors.roles import site
from terreau.census.entry_rules import tidy
from terreau.charters import rules
from terreau.charters.models import Charter, Draft, Text
from terreau.charters.slots import slots
from terreau.common.errors import DomainError
from terreau.common.text import search_text, slug
from terreau.journal.actions import record
from terreau.subjects.actions import lock
from terreau.subjects.models import Subject

#: First words of other addresses under /chartes/.
RESERVED = frozenset({"lien", "nouvelle", "flux", "modele"})


@transaction.atomic
def begin(  # noqa: PLR0913 - keyword-only, each optional but two
    title: str,
    *,
    owner: Actor | None,
    by: User,
    title_en: str = "",
    code: str = "",
    exactly: bool = False,
    model: rules.Content | None = None,
) -> Charter:
    """Begin a charter, private, with an empty draft or that of a ``model``. The caller checks who may.

    ``code`` is made of the title; the next free one when it is taken, unless ``exactly`` (409 then).
    """
    named = _title(title)
    charter = _insert(
        Charter(title_fr=named, title_en=tidy(title_en)[:200], owner=owner, by=by),
        code or slug(named, 60),
        exactly=exactly,
    )
    Draft.objects.create(charter=charter, content=model.as_json() if model else {})
    record(subject_of(charter), "charter.begun", by=by, data=_data(charter))
    return charter


def _insert(row: Charter, wanted: str, *, exactly: bool) -> Charter:
    wanted = wanted or "charte"
    reserved = RESERVED if exactly else RESERVED | set(slots())
    for number in range(1, 2 if exactly else 100):
        row.code = wanted if number == 1 else f"{wanted}-{number}"
        if row.code in reserved or Charter.objects.filter(code=row.code).exists():
            continue
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError:
            continue
        return row
    raise DomainError("no_code", _("Ce titre est déjà pris : choisissez-en un autre."), status=409)


def save_draft(  # noqa: PLR0913 - keyword-only: what the page sends
    charter: Charter, fields: Mapping[str, str], *, label: str, note: str, version: int, by: User
) -> Draft:
    """Keep what is typed (``rules.typed``). Refused (409) when somebody wrote since ``version`` was read."""
    if part := rules.uneven(fields):
        words = _("Il faut autant de lignes en anglais qu'en français, ou aucune.")
        raise DomainError("uneven", words, facts={"field": f"{part}_en"})
    made = rules.typed({name: tidy(text, lines=True) for name, text in fields.items()})
    _check_size(made)
    values = {"content": made.as_json(), "label": tidy(label)[:20], "note": tidy(note)[:500]}
    with transaction.atomic():
        rows = Draft.objects.filter(charter=charter, version=version)
        if not rows.update(**values, version=F("version") + 1, changed_at=timezone.now()):
            words = _("Quelqu'un a écrit entre-temps : relisez son texte, puis reportez le vôtre.")
            raise DomainError("stale", words, status=409)
        record(subject_of(charter), "charter.drafted", by=by, data=_data(charter))
    return Draft.objects.get(charter=charter)


def _check_size(made: rules.Content) -> None:
    items = [*made.values, *made.commitments]
    if max(len(made.values), len(made.commitments)) > rules.MOST_ITEMS:
        words = _("%(most)d lignes au plus dans une liste.") % {"most": rules.MOST_ITEMS}
        raise DomainError("too_many_items", words, facts={"field": "commitments_fr"})
    longest = max((len(text) for one in items for text in one.values()), default=0)
    total = sum(len(text) for one in [made.preamble, *items] for text in one.values())
    if longest > rules.LONGEST_ITEM or total > rules.LONGEST:
        words = _("Ce texte est trop long : %(item)d signes par ligne, %(all)d en tout.")
        facts = {"item": rules.LONGEST_ITEM, "all": rules.LONGEST}
        raise DomainError("too_long", words % facts, facts={**facts, "field": "preamble_fr"})


def publish(charter: Charter, *, public: bool, version: int, by: User) -> Text:
    """Publish the draft that was read as ``version``: from now on this text never changes.

    ``public``: strangers read it, and the register of its signatories. Refused without a name for the
    version, without words, when they are those of the last version, or when somebody wrote since.
    """
    with transaction.atomic():
        lock(subject_of(charter).pk)
        draft = Draft.objects.select_for_update().get(charter=charter)
        if draft.version != version:
            words = _("Le texte a changé depuis que vous l'avez lu : relisez-le avant de le publier.")
            raise DomainError("stale", words, status=409)
        last = last_text(charter)
        _check_publishable(draft, last)
        rank = (Text.objects.filter(charter=charter).aggregate(most=Max("rank"))["most"] or 0) + 1
        sha256 = rules.text_digest(charter.code, draft.label, draft.content)
        row = Text(
            charter=charter,
            rank=rank,
            label=draft.label,
            content=draft.content,
            note=draft.note,
            sha256=sha256,
            published_at=timezone.now(),
            by=by,
        )
        row.save(force_insert=True)
        Charter.objects.filter(pk=charter.pk).update(public=public)
        Draft.objects.filter(charter=charter).update(label="", note="", version=F("version") + 1)
        told = {**_data(charter), "version": row.label, "sha256": sha256, "public": public}
        record(subject_of(charter), "charter.published", by=by, data=told)
    charter.public = public
    return row


def _check_publishable(draft: Draft, last: Text | None) -> None:
    if not search_text(draft.label):
        words = _("Donnez un nom à cette version, par exemple son année.")
        raise DomainError("label_needed", words, facts={"field": "label"})
    if Text.objects.filter(charter=draft.charter_id, label=draft.label).exists():
        words = _("Cette charte a déjà une version de ce nom.")
        raise DomainError("label_taken", words, facts={"field": "label"})
    if rules.content(draft.content).empty:
        words = _("Écrivez au moins un préambule, une valeur ou un engagement.")
        raise DomainError("words_needed", words, facts={"field": "preamble_fr"})
    if last and last.content == draft.content:
        words = _("Ce texte est celui de la version %(label)s : rien n'a changé.") % {"label": last.label}
        raise DomainError("same_text", words, facts={"field": "preamble_fr"})


def last_text(charter: Charter) -> Text | None:
    """Return the version in force, None when nothing is published."""
    return Text.objects.filter(charter=charter).order_by("-rank").first()


def subject_of(charter: Charter) -> Subject:
    """Return where the events of a charter are written: with its owner, or with the site."""
    return charter.owner.subject if charter.owner else site()


def _title(title: str) -> str:
    named = tidy(title)[:200]
    if not search_text(named):
        raise DomainError("title_needed", _("Donnez un titre à cette charte."), facts={"field": "title"})
    return named


def _data(charter: Charter) -> dict[str, str]:
    return {"charter": charter.pk.hex, "code": charter.code}
