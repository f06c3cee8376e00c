"""The network as files that programs of graphs open: GraphML and GEXF 1.3. Written element by element."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import quoteattr

from django.http import HttpResponse

from terreau.cooperations.network import Line, Member

FORMATS = ("graphml", "gexf")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_TYPES = {"graphml": "application/graphml+xml", "gexf": "application/gexf+xml"}


def response(
    form: str, members: Iterable[Member], lines: Iterable[Line], day: str, name: str
) -> HttpResponse:
    """Return the network as ``name.graphml`` or ``name.gexf``: members, links, levels, forms, counts."""
    write = graphml if form == "graphml" else gexf
    body = "".join(write(list(members), list(lines), day))
    made = HttpResponse(body, content_type=f"{_TYPES[form]}; charset=utf-8")
    made["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return made


def graphml(members: list[Member], lines: list[Line], day: str) -> Iterator[str]:
    """Return the lines of a GraphML document."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for key, about, kind in (
        ("name", "node", "string"),
        ("circle", "node", "string"),
        ("level", "edge", "string"),
        ("forms", "edge", "string"),
        ("cooperations", "edge", "int"),
        ("titles", "edge", "string"),
        ("day", "graph", "string"),
    ):
        yield f'<key id="{key}" for="{about}" attr.name="{key}" attr.type="{kind}"/>\n'
    yield f'<graph id="network" edgedefault="undirected"><data key="day">{day}</data>\n'
    for member in members:
        yield f'<node id="{member.id}">{_data("name", member.name)}{_data("circle", member.circle)}</node>\n'
    for number, line in enumerate(lines):
        yield (
            f'<edge id="e{number}" source="{line.one.id}" target="{line.other.id}">'
            f"{_data('level', line.level)}{_data('forms', ' '.join(line.forms))}"
            f"{_data('cooperations', str(len(line.cooperations)))}"
            f"{_data('titles', _titles(line))}</edge>\n"
        )
    yield "</graph>\n</graphml>\n"


def gexf(members: list[Member], lines: list[Line], day: str) -> Iterator[str]:
    """Return the lines of a GEXF 1.3 document."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n'
    yield f'<meta lastmodifieddate="{day}"><creator>Terreau</creator></meta>\n'
    yield '<graph defaultedgetype="undirected">\n'
    yield '<attributes class="node"><attribute id="circle" title="circle" type="string"/></attributes>\n'
    yield '<attributes class="edge">'
    for key, kind in (("level", "string"), ("forms", "string"), ("titles", "string")):
        yield f'<attribute id="{key}" title="{key}" type="{kind}"/>'
    yield "</attributes>\n<nodes>\n"
    for member in members:
        values = _value("circle", member.circle)
        yield f'<node id="{member.id}" label={_quoted(member.name)}><attvalues>{values}</attvalues></node>\n'
    yield "</nodes>\n<edges>\n"
    for number, line in enumerate(lines):
        values = _value("level", line.level) + _value("forms", " ".join(line.forms))
        yield (
            f'<edge id="{number}" source="{line.one.id}" target="{line.other.id}" '
            f'weight="{len(line.cooperations)}"><attvalues>{values}{_value("titles", _titles(line))}'
            f"</attvalues></edge>\n"
        )
    yield "</edges>\n</graph>\n</gexf>\n"


def _titles(line: Line) -> str:
    return " ; ".join(one.title for one in line.cooperations)


def _quoted(text: str) -> str:
    return quoteattr(_UNFIT.sub("", text))


def _value(key: str, text: str) -> str:
    return f'<attvalue for="{key}" value={_quoted(text)}/>'


def _data(key: str, text: str) -> str:
    plain = _UNFIT.sub("", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<data key="{key}">{plain}</data>'
