"""Sums that are the same number on every engine."""

from __future__ import annotations

from typing import cast

import ibis.expr.types as ir


def total(values: ir.IntegerColumn, where: ir.BooleanValue | None = None) -> ir.IntegerScalar:
    """Return the sum of whole numbers, 0 when there is none: int64 on every engine."""
    return cast(ir.IntegerScalar, values.sum(where=where).fill_null(0).cast("int64"))


def ten_thousandths(part: ir.IntegerColumn, whole: ir.IntegerColumn) -> ir.IntegerColumn:
    """Return ``part / whole`` in ten-thousandths, cut down to a whole number; empty when there is no whole.

    A share below 0 or above 1 (corrections of another year) is left as it is.
    """
    ratio = part.cast("float64") * 10_000 / whole.nullif(0).cast("float64")
    return cast(ir.IntegerColumn, ratio.floor().cast("int64"))
