"""Open files follow the form of their call from one version to the next; what is lost is listed."""

from terreau.calls.forms_carrying import carry
from terreau.calls.models import Call, FormVersion
from terreau.calls.versions import LostOf
from terreau.dossiers import states
from terreau.dossiers.actions import carry_along, values_of
from terreau.dossiers.models import Dossier


def open_files(call: Call, old: FormVersion, new: FormVersion, *, save: bool) -> list[LostOf]:
    """Carry the files of a call that are still written to a version of its form; return what each loses.

    Without ``save`` nothing is written: what would be lost is told. Deposited files keep their form.
    """
    rows = Dossier.objects.filter(call=call, state__in=states.WRITABLE).exclude(form=new)
    found = []
    for row in rows.select_related("form", "subject", "call").order_by("number"):
        if save:
            lost = carry_along(row, new, by=None)
        else:
            lost = carry(row.form.content, new.content, values_of(row)).lost
        if lost:
            found.append(LostOf(f"{row.reference} – {row.name}", tuple(lost)))
    return found
