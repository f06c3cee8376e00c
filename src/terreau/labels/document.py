"""The certificate as a tagged PDF, with the drawing to scan; the same bytes as long as the label is worth
the same.
"""

from __future__ import annotations

import io
from datetime import date

import segno
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from terreau.design.pdf import Block, Document, Drawing, Heading, Paragraph, Row, Sources, Table
from terreau.grids.shown import shown
from terreau.labels import saying
from terreau.labels.models import Certificate, LabelRequest
from terreau.labels.rules import Worth
from terreau.reviews.statements import language


def drawing(url: str) -> str:
    """Return the QR code of an address, as SVG."""
    made = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        made, kind="svg", scale=4, border=4, dark="#1f2a24", light="#ffffff", xmldecl=False
    )
    return made.getvalue().decode()


def certificate(row: LabelRequest, paper: Certificate, *, url: str, on: date) -> Document:
    """Return the document of a certificate; ``url`` is the address where anybody checks it."""
    scheme, actor = row.scheme, row.pole.actor
    grid = shown(row.grid_version.content, language(), on)
    first, last = (date_format(one) if one else "" for one in (row.valid_from, row.valid_to))
    rows: list[Row] = [
        [_("Numéro"), row.name],
        [_("Label"), scheme.title],
        [_("Donné par"), scheme.owner.name],
        [_("Donné à"), actor.name],
        [_("Vaut"), _("du %(first)s au %(last)s") % {"first": first, "last": last}],
        [_("Critères"), f"{grid.title}, {_('version')} {grid.version}"],
        [_("Évaluation partagée"), _("signée par le pôle et par qui l'a financé")],
    ]
    blocks: list[Block] = [
        *_warning(row, on),
        Paragraph(
            _("%(owner)s reconnaît à %(pole)s le label « %(label)s », après une évaluation partagée.")
            % {"owner": scheme.owner.name, "pole": actor.name, "label": scheme.title}
        ),
        Table([_("Ce certificat"), _("Valeur")], rows, [2, 5], caption=_("Ce que dit ce certificat")),
        Heading(_("Vérifier ce certificat")),
        Drawing(
            drawing(url),
            _("Dessin à scanner, qui ouvre l'adresse de vérification : %(url)s") % {"url": url},
            4,
        ),
        Paragraph(_("Code : %(code)s") % {"code": paper.token}),
        Paragraph(_("Adresse : %(url)s") % {"url": url}),
        Paragraph(
            _("Cette page dit si le label est en vigueur, suspendu ou retiré au jour où vous la lisez.")
        ),
        Paragraph(_("Empreinte SHA-256 du contenu : %(digest)s") % {"digest": paper.digest}, soft=True),
        Paragraph(
            _("Aucun label national des pôles n'a été institué : ce label est celui de qui le donne."),
            soft=True,
        ),
    ]
    return Document(
        title=_("Certificat %(number)s") % {"number": row.name},
        lang=get_language() or "fr",
        blocks=blocks,
        sources=Sources(),
        kind=scheme.title,
        lede=actor.name,
        footer=f"{row.name} · {paper.token}",
        made=int(paper.issued_at.timestamp()),
    )


def _warning(row: LabelRequest, on: date) -> list[Paragraph]:
    found = []
    if row.example:
        found.append(Paragraph(_("Exemple fictif : ce certificat ne certifie rien.")))
    if row.worth(on) != Worth.VALID:
        found.append(Paragraph(saying.sentence(row, on)))
    return found
