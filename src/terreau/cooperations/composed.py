"""What cooperations say to « Ma semaine », the public page, the tree, the yearly report and the search."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terreau.common.money import Euro
from terreau.common.together import Step, abreast, run
from terreau.cooperations import finance, materials, rules, words
from terreau.cooperations.models import Cooperation, Financing, Level, Party, Stream
from terreau.cooperations.network import STRONG, woven
from terreau.poles.models import Pole
from terreau.poles.workspace import Born, Due, Found, Published, Said, Stamp, Tone, Workspace

#: Days before its end that an advance is spoken of, and days that news are news.
_SOON, _NEWS, _MANY = 30, 7, 5


def week(ws: Workspace) -> list[Due]:
    """Return the advances to give back and what changed."""
    return run(due(ws))


def due(ws: Workspace) -> Step[list[Due]]:
    """The step of ``week``: two rounds of questions, one when there is no advance."""
    found = yield from abreast(_advances(ws), _news(ws))
    return [one for part in found for one in part]


def _advances(ws: Workspace) -> Step[list[Due]]:
    """The next repayment of each advance, when it comes soon or is late."""
    until = ws.today + timedelta(days=_SOON)
    rows = yield (
        finance.seen_by(ws)
        .filter(Q(due_on__lte=until) | Q(parts__gt=1), kind=Financing.Kind.ADVANCE, ended_on=None)
        .order_by("due_on", "pk")
    )
    ids = [row.pk for row in rows]
    balances = finance.added_up(ids, (yield finance.moved(ids)) if ids else ())
    found = []
    for row in rows:
        coming = rules.next_due(finance.schedule(row), balances[row.pk].repaid)
        if coming is None or coming.on > until:
            continue
        late = finance.late(row, balances[row.pk], ws.today)
        title = _("%(borrower)s doit rendre %(amount)s à %(lender)s.") % {
            "borrower": row.receiver.name,
            "amount": Euro(late or coming.cents),
            "lender": row.giver.name,
        }
        tone = Tone.LATE if late else Tone.SOON
        path = f"{ws.home}cooperations/finances/{row.pk}/"
        act = _("Écrire le remboursement")
        found.append(Due("repayment", title, path, coming.on, tone.value, act=act))
    return found


def _news(ws: Workspace) -> Step[list[Due]]:
    since = ws.today - timedelta(days=_NEWS)
    rows = Level.objects.filter(cooperation__pole=ws.pole, at__date__gte=since).select_related("cooperation")
    steps = yield rows.order_by("-at", "-id")[: 4 * _MANY]
    seen: set[object] = set()
    found = []
    for step in steps:
        row = step.cooperation
        if row.pk in seen or len(seen) >= _MANY:
            continue
        seen.add(row.pk)
        title = _("%(title)s : « %(level)s » depuis le %(day)s.") % {
            "title": row.title,
            "level": words.level_label(step.level),
            "day": date_format(step.on),
        }
        path = f"{ws.home}cooperations/{row.pk}/"
        found.append(Due("changed", title, path, step.on, Tone.INFO.value, step.reason))
    return found


def published(pole: Pole, on: date) -> list[Published]:
    """Return what the pole shows to everybody: the living cooperations and streams that it chose.

    Only actors that are public are named.
    """
    return run(shown(pole, on))


def shown(pole: Pole, on: date) -> Step[list[Published]]:
    """The step of ``published``: one round of questions."""
    living = Q(valid_to=None) | Q(valid_to__gt=on)
    chosen = Cooperation.objects.filter(living, pole=pole, public=True, valid_from__lte=on)
    taking = Party.objects.filter(cooperation__in=chosen.order_by().values("pk")).exclude(valid_to__lte=on)
    taking = taking.filter(actor__subject__public=True).order_by("actor__sort_key", "pk")
    streams = Stream.objects.filter(living, pole=pole, public=True).order_by("label", "pk")
    rows, named, flowing = yield (
        chosen.order_by("title", "pk"),
        taking.values_list("cooperation", "actor__name"),
        streams.select_related("giver__subject", "receiver__subject"),
    )
    names: dict[object, list[str]] = {}
    for cooperation, name in named:
        names.setdefault(cooperation, []).append(name)
    found = [
        Published(
            "cooperations",
            row.title,
            row.text,
            row.valid_from,
            meta=tuple(filter(None, [words.form_label(row.form), ", ".join(names.get(row.pk, []))])),
        )
        for row in rows
    ]
    return [*found, *_streams(flowing)]


def _streams(rows: Iterable[Stream]) -> Iterable[Published]:
    for row in rows:
        ends = [one.name for one in (row.giver, row.receiver) if one.subject.public]
        meta = (str(row.get_kind_display()), *([" → ".join(ends)] if len(ends) == 2 else []))
        yield Published("cooperations", row.label, "", row.valid_from, meta=meta)


def born(pole: Pole) -> list[Born]:
    """Return the cooperations for the tree of the pole; one that serves another was born of it."""
    rows = Cooperation.objects.filter(pole=pole).select_related("purpose").order_by("valid_from", "pk")
    return [
        Born(
            f"cooperation:{row.pk}",
            "cooperation",
            row.title,
            row.valid_from,
            row.valid_to,
            f"{row.purpose.kind}:{row.purpose.pk}" if row.purpose else "",
            f"/poles/{pole.slug}/espace/cooperations/{row.pk}/",
            words.form_label(row.form),
        )
        for row in rows
    ]


def figures(pole: Pole, first: date, last: date) -> list[Said]:
    """Return the figures of a year: density, living, begun and ended cooperations, what circulated.

    Money between members is private to them: it is in no report.
    """
    return run(counted(pole, first, last))


def counted(pole: Pole, first: date, last: date) -> Step[list[Said]]:
    """The step of ``figures``: three rounds of questions, one more for each step of merges."""
    found, circulated = yield from abreast(woven(pole), _circulated(pole, last.year))
    bonds = rules.bonds_on(found.deeds, last)
    members = [one.id for one in found.members_on(last)]
    dense, strong = rules.density(members, bonds), rules.density(members, _strong(bonds))
    network = f"/poles/{pole.slug}/espace/reseau/"
    listed = f"/poles/{pole.slug}/espace/cooperations/"
    begun = sum(first <= deed.life.start <= last for deed in found.deeds if deed.life.start)
    ended = sum(first <= deed.life.end <= last for deed in found.deeds if deed.life.end)
    how = _("paires de membres qui coopèrent, sur les paires possibles, au dernier jour de la période")
    said = [
        Said("cooperations.living", _("Coopérations en cours"), len(bonds), path=listed),
        Said("cooperations.begun", _("Coopérations commencées"), begun, path=listed),
        Said("cooperations.ended", _("Coopérations finies"), ended, path=listed),
        Said("cooperations.linked", _("Paires de membres liées"), dense.linked, path=network, how=how),
    ]
    for code, label, one in (
        ("cooperations.density", _("Densité des liens"), dense),
        ("cooperations.density_strong", _("Densité des liens qui vont loin"), strong),
    ):
        said.append(Said(code, label, _hundredths(one.share), "%", network, how))
    for form in rules.FORMS:
        count = sum(bond.form == form for bond in bonds)
        said.append(Said(f"cooperations.form.{form}", words.form_label(form), count, path=listed))
    return [*said, *circulated]


def _strong(bonds: list[rules.Bond]) -> list[rules.Bond]:
    return rules.chosen(bonds, least=words.ranks()[STRONG])


def _hundredths(share: Fraction | None) -> Decimal | None:
    """Return a share in percent, to the hundredth."""
    if share is None:
        return None
    exact = Decimal(share.numerator * 100) / Decimal(share.denominator)
    return exact.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def _circulated(pole: Pole, year: int) -> Step[list[Said]]:
    """Return the sums of what circulated in a year, by kind and unit: units are never added to others."""
    rows = yield materials.of_pole(pole)
    if not rows:
        return []
    moved = yield from materials.moving(rows, year)
    sums: dict[tuple[str, str, str, str], Decimal] = {}
    for row in rows:
        quantity = moved[row.pk].quantity
        if quantity is None:
            continue
        key = (row.kind, row.unit, str(row.get_kind_display()), str(row.get_unit_display()))
        sums[key] = sums.get(key, Decimal()) + quantity
    how = _("somme des quantités déclarées pour l'année, ou des livraisons écrites au livre")
    path = f"/poles/{pole.slug}/espace/matieres/?annee={year}"
    words_ = _("Ce qui a circulé entre membres : %(kind)s")
    return [
        Said(f"cooperations.stream.{kind}.{unit}", words_ % {"kind": label}, added, shown_as, path, how)
        for (kind, unit, label, shown_as), added in sorted(sums.items())
    ]


def stamps(ws: Workspace, first: date, last: date) -> list[Stamp]:
    """Return the days when advances are to be given back, to those whom they concern (one query)."""
    rows = finance.seen_by(ws).filter(kind=Financing.Kind.ADVANCE, ended_on=None, due_on__range=(first, last))
    return [
        Stamp(
            uid=f"financing-{row.pk.hex}",
            starts=row.due_on,
            ends=row.due_on,
            title=_("Échéance : %(borrower)s → %(lender)s")
            % {"borrower": row.receiver.name, "lender": row.giver.name},
            path=f"{ws.home}cooperations/finances/{row.pk}/",
            sequence=row.version,
        )
        for row in rows.order_by("due_on", "pk")
        if row.due_on
    ]


def found(ws: Workspace, typed: str, limit: int) -> list[Found]:
    """Return the cooperations, then the streams, whose words answer a search."""
    return run(sought(ws, typed, limit))


def sought(ws: Workspace, typed: str, limit: int) -> Step[list[Found]]:
    """The step of ``found``: one round of questions."""
    if not typed.strip():
        return []
    rows = Cooperation.objects.filter(pole=ws.pole)
    for word in typed.split()[:6]:
        rows = rows.filter(Q(title__icontains=word) | Q(text__icontains=word) | Q(evidence__icontains=word))
    streams = Stream.objects.filter(pole=ws.pole, label__icontains=typed.strip()).order_by("label", "pk")
    named, flowing = yield (rows.order_by("title", "pk")[:limit], streams[:limit])
    answers = [
        Found(row.title, f"{ws.home}cooperations/{row.pk}/", row.text[:200], _("coopération"))
        for row in named
    ]
    answers += [
        Found(row.label, f"{ws.home}matieres/{row.pk}/", str(row.get_kind_display()), _("flux de matières"))
        for row in flowing
    ]
    return answers[:limit]
