"""What the officer's page says of the other aids of an applicant and of its co-financers, with their sources.

Read for many files at once. What is found here is what this register knows: nothing is not « none ».
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from terreau.agreements.models import FinancingLine, KnownAid
from terreau.dossiers import announcing, states
from terreau.dossiers.models import Dossier
from terreau.envelopes import read as envelopes
from terreau.instruction.hooks import Known


def known(files: Sequence[Dossier]) -> Mapping[UUID, list[Known]]:
    """Return what is known of each file: others that were chosen, aids noted, co-financers; four queries."""
    found: dict[UUID, list[Known]] = defaultdict(list)
    for read in (_chosen, _noted, _financers):
        for key, rows in read(files).items():
            found[key] += rows
    return found


def _of(files: Sequence[Dossier]) -> dict[UUID, list[UUID]]:
    """Return which files each organisation is in, as applicant or as pole."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for one in files:
        for actor in {one.applicant_id, one.pole_id} - {None}:
            found[actor].append(one.pk)
    return found


def _chosen(files: Sequence[Dossier]) -> dict[UUID, list[Known]]:
    of = _of(files)
    rows = Dossier.objects.filter(Q(applicant__in=of) | Q(pole__in=of), state__in=states.CHOSEN)
    # What another call decided is known here when its applicants know it.
    rows = rows.filter(announcing.shown() | Q(call__in={one.call_id for one in files}))
    others = list(rows.select_related("call__programme").order_by("stage_since", "pk"))
    sums = envelopes.parts_of([one.pk for one in others])
    found: dict[UUID, list[Known]] = defaultdict(list)
    for one in others:
        held = envelopes.together(part.held for part in sums.get(one.pk, ()))
        words = _("Retenu par « %(call)s » (%(owner)s)")
        said = Known(
            what=words % {"call": one.call.title, "owner": one.call.programme.owner_name},
            source=_("ce registre"),
            cents=held.committed or None,
            on=one.stage_since.date(),
        )
        for key in {*of.get(one.applicant_id, ()), *(of.get(one.pole_id, ()) if one.pole_id else ())}:
            if key != one.pk:
                found[key].append(said)
    return found


def _noted(files: Sequence[Dossier]) -> dict[UUID, list[Known]]:
    of = _of(files)
    rows = KnownAid.objects.filter(actor__in=of, withdrawn_at=None).order_by("granted_on", "pk")
    found: dict[UUID, list[Known]] = defaultdict(list)
    for one in rows:
        what = " – ".join(filter(None, (one.giver_name, one.label)))
        proof = f"{one.get_proof_display()} : {one.source}"
        for key in of[one.actor_id]:
            found[key].append(Known(what, proof, one.cents, one.granted_on or one.read_on))
    return found


def _financers(files: Sequence[Dossier]) -> dict[UUID, list[Known]]:
    rows = FinancingLine.objects.filter(dossier__in=[one.pk for one in files], dropped_at=None)
    found: dict[UUID, list[Known]] = defaultdict(list)
    for one in rows.order_by("id"):
        words = _("Cofinanceur : %(name)s (%(state)s)")
        what = words % {"name": one.funder_name, "state": one.get_status_display()}
        found[one.dossier_id].append(
            Known(what, _("plan de financement du dossier"), one.cents, one.letter_on)
        )
    return found
