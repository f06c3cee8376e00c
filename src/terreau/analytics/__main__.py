"""``python -m terreau.analytics``: indicators over a snapshot where there is neither Django nor a database.

``analytics_run`` does the same on a machine that has the whole of Terreau.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from terreau.analytics import engine
from terreau.analytics.indicators import ALL


def main(words: list[str]) -> int:
    """Compute the indicators named (all of them when none is) and print, by name, engine and rows."""
    parser = argparse.ArgumentParser("python -m terreau.analytics", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"among {', '.join(ALL)}")
    parser.add_argument("--engine", choices=engine.ENGINES, default=engine.DUCKDB)
    parser.add_argument("--snapshot", type=Path, required=True, help="folder of Parquet files")
    parser.add_argument("--output", type=Path, required=True, help="folder where the results are written")
    parser.add_argument("--format", choices=("parquet", "csv"), default="parquet")
    options = parser.parse_args(words)
    if unknown := sorted(set(options.names) - set(ALL)):
        parser.error(f"unknown: {', '.join(unknown)}")
    options.output.mkdir(parents=True, exist_ok=True)
    with engine.bound(options.engine, options.snapshot) as backend:
        for name in options.names or ALL:
            count = engine.write(backend, ALL[name], options.output / f"{name}.{options.format}")
            print(json.dumps({"indicator": name, "engine": options.engine, "rows": count}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
