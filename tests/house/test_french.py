"""Zero is singular in French, and plural in English."""

import polib
import pytest
from django.utils.translation import ngettext, override

from tests.house.french import FRENCH, plurals

pytestmark = pytest.mark.once


def test_zero_is_singular_in_french() -> None:
    with override("fr"):
        said = [ngettext("%(n)s commune", "%(n)s communes", n) % {"n": n} for n in (0, 1, 2)]
    assert said == ["0 commune", "1 commune", "2 communes"]
    with override("en"):
        said = [ngettext("%(n)s commune", "%(n)s communes", n) % {"n": n} for n in (0, 1, 2)]
    assert said == ["0 communes", "1 commune", "2 communes"]


def test_every_plural_is_in_the_french_catalogue() -> None:
    """After a new sentence with a plural: ``make messages``."""
    wanted = {(one.msgctxt, one.msgid, one.msgid_plural) for one in plurals()}
    written = {(one.msgctxt, one.msgid, one.msgid_plural) for one in polib.pofile(str(FRENCH))}
    read = {
        (one.msgctxt, one.msgid, one.msgid_plural) for one in polib.mofile(str(FRENCH.with_suffix(".mo")))
    }
    assert wanted
    assert written == wanted
    assert {one for one in read if one[2]} == wanted
