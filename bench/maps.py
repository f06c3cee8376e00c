"""The map of the communes of a region, from the address typed to the map at rest, in real Chromium.

``python -m bench.maps`` runs the real server on a fresh register and prints the median of five openings.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright
from tests import running_site

ADDRESS = "/mon-territoire/dessiner/?codes=region:53"
RUNS = 5


def main() -> None:
    """Open the map ``RUNS`` times after a first one, and print each time in seconds."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    flags = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with (
        tempfile.TemporaryDirectory() as folder,
        running_site.serve(Path(folder)) as address,
        sync_playwright() as tool,
    ):
        browser = tool.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        times = []
        for _ in range(RUNS + 1):
            start = time.perf_counter()
            page.goto(address + ADDRESS)
            page.wait_for_selector(".map-live.is-ready", state="attached")
            page.wait_for_function("() => Boolean(window.__mapIdle)")
            times.append(time.perf_counter() - start)
        browser.close()
    load = os.getloadavg()[0]
    print(
        f"communes of Bretagne, first opening: {times[0]:.2f} s, then "
        + ", ".join(f"{t:.2f}" for t in times[1:])
    )
    print(f"median of {RUNS}: {statistics.median(times[1:]):.2f} s; load of the machine {load:.1f}")


if __name__ == "__main__":
    main()
