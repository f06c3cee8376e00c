"""What an import of a register says of itself: to programs, and to people line by line."""

from typing import Any

from django.utils.translation import gettext as _

from terreau.directory import problems
from terreau.directory.models import Batch

#: How many problems are told one by one.
LINES = 20


def told(batch: Batch) -> dict[str, Any]:
    """A batch as JSON types."""
    return {
        "id": batch.pk,
        "state": batch.state,
        "added": batch.added,
        "changed": batch.changed,
        "removed": batch.removed,
        "digest": batch.digest,
        "longest_hold_ms": batch.longest_hold_ms,
    }


def lines(report: dict[str, Any]) -> list[str]:
    """A report as a person reads it: counts, then the first problems."""
    if "undone" in report:
        return [_("Lot %(id)d annulé.") % report["undone"]]
    found = [_("Lu : %(n)d lignes.") % {"n": report["read"]}]
    if dropped := report["natural_persons_dropped"]:
        found.append(_("Personnes physiques laissées de côté : %(n)d.") % {"n": dropped})
    for name, counted in report["tables"].items():
        table = Batch._meta.apps.get_model("directory", name.partition("_")[2])._meta.verbose_name_plural
        values = {
            "table": table,
            **{key: counted[key] for key in ("added", "changed", "removed", "unchanged")},
        }
        found.append(
            _(
                "%(table)s : %(added)d à ajouter, %(changed)d à changer, %(removed)d à retirer, "
                "%(unchanged)d inchangés."
            )
            % values
        )
        if counted["absent_from_the_files"] and not counted["removed"]:
            found.append(
                _("  %(n)d connus n'y sont pas : gardés (--complete les retire).")
                % {"n": counted["absent_from_the_files"]}
            )
    for code, count in report["problems"].items():
        became, sentence = problems.KINDS[code]
        found.append(f"  {count} × {sentence} – {problems.FATES[became]}")
    for one in report["first_problems"][:LINES]:
        place = _("%(file)s, ligne %(line)d, %(column)s") % one
        found.append(f"    {place} : {one['message']}")
    return found
