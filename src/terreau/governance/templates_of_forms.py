"""The three forms of governance as starting points (R-30). A pole changes all of it afterwards.

Only what their names mean is written here: no quorum, no weight, no majority is presumed, because the
statutes of each pole give them.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from terreau.governance.models import Body, Form

TEMPLATES: Final[Mapping[str, tuple[dict[str, Any], ...]]] = {
    Form.Kind.DEDICATED: (
        {"name": _("Assemblée générale"), "kind": Body.Kind.ASSEMBLY, "meets_every": 365},
        {"name": _("Conseil d'administration"), "kind": Body.Kind.BOARD},
        {"name": _("Bureau"), "kind": Body.Kind.BUREAU},
    ),
    Form.Kind.CIRCLES: (
        {"name": _("Cercle du noyau dur"), "kind": Body.Kind.CIRCLE},
        {"name": _("Cercle des partenaires"), "kind": Body.Kind.CIRCLE, "decides": False},
        {"name": _("Comité de pilotage"), "kind": Body.Kind.STEERING},
    ),
    Form.Kind.DELEGATED: ({"name": _("Réunion des membres"), "kind": Body.Kind.OTHER},),
}
