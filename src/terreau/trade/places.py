"""Whether firms are in the perimeter of a pole: by the commune of their head office in the registers held."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from django.db.models import F

from terreau.directory.models import Establishment, LegalUnit
from terreau.poles.models import Pole
from terreau.territories.models import Perimeter
from terreau.trade.files import OUTSIDE, PERIMETER

_AT_ONCE = 500


class Places:
    """Says where SIREN stand; nothing of those that no register held here knows, nor without a perimeter."""

    def __init__(self, pole: Pole) -> None:
        self.communes = _communes(pole)

    def __call__(self, sirens: Collection[str]) -> Mapping[str, str]:
        """Return « perimeter » or « outside » by SIREN, for those whose place is known."""
        if not self.communes:
            return {}
        return {
            siren: PERIMETER if commune in self.communes else OUTSIDE
            for siren, commune in _heads(sorted(sirens))
            if commune
        }


def _communes(pole: Pole) -> frozenset[str]:
    rows = Perimeter.objects.filter(subject=pole.pk, kind=Perimeter.Kind.COOPERATION)
    here = rows.order_by(F("valid_to").desc(nulls_first=True), F("valid_from").desc(nulls_last=True)).first()
    return frozenset(here.communes.values_list("commune__code", flat=True)) if here else frozenset()


def _heads(sirens: list[str]) -> Iterator[tuple[str, str]]:
    """Return each SIREN with the commune of its head office, two queries a batch."""
    for at in range(0, len(sirens), _AT_ONCE):
        asked = [int(siren) for siren in sirens[at : at + _AT_ONCE]]
        units = LegalUnit.objects.filter(siren__in=asked, head_nic__isnull=False)
        heads = {
            int(siren) * 100_000 + int(nic or 0): f"{int(siren):09d}"
            for siren, nic in units.values_list("siren", "head_nic")
        }
        found = Establishment.objects.filter(siret__in=list(heads)).values_list("siret", "commune")
        yield from ((heads[int(siret)], commune) for siret, commune in found)
