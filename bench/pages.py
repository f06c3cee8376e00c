"""Time of public pages under an open loop: requests leave on time, whether or not the ones before came back.

Run: python -m bench.pages [--poles 10000] [--seconds 20] [--url sqlite:///… | postgresql://…] [--keep FOLDER]

A fresh data folder is made (or one given by --keep is used again), the demonstration generated, gunicorn
started as ./terreau starts it (two processes of four threads), the limiter off. The load generator is a
process on the same machine and its processor time is printed beside that of the server. Latency is counted
from the moment a request was due, so that a queue is seen. Addresses are those of the directory, 25 rows and
facets on the page: filters, orders and pages in turn. Before any time is printed, pages with and without the
cache are compared byte by byte.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = ("84", "75", "32", "76", "53", "11")
SORTS = ("nom", "region", "departement", "porteur")
#: Times that each address is asked for before pages kept are measured.
WARM = 8
LOADS = ((False, 100, 0.100), (True, 500, 0.010))


def paths() -> list[str]:
    """Return the addresses asked in turn: the whole list, orders, regions, both, stages, a word."""
    found = ["/poles/", *(f"/poles/?tri={sort}" for sort in SORTS)]
    found += [f"/poles/?region={code}" for code in PLACES]
    found += [f"/poles/?region={code}&tri={sort}" for code in PLACES for sort in SORTS]
    return [*found, "/poles/?stade=developpement", "/poles/?secteur=formation", "/poles/?origine=citoyenne"]


def environment(folder: Path, url: str, *, cached: bool) -> dict[str, str]:
    """Return the variables of the server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TERREAU_")}
    more = {"TERREAU_DATA_DIR": str(folder), "TERREAU_RATE_LIMIT": "non", "PYTHONPATH": str(ROOT / "src")}
    more["TERREAU_PAGE_CACHE"] = "oui" if cached else "non"
    return kept | more | ({"TERREAU_DATABASE_URL": url} if url else {})


def manage(variables: dict[str, str], *arguments: str) -> float:
    """Run a command of Terreau; return its seconds."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=variables, check=True)
    return time.perf_counter() - started


@contextmanager
def server(variables: dict[str, str], folder: Path) -> Iterator[tuple[int, int]]:
    """Start gunicorn; yield its port and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = [
        "--workers",
        "2",
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--preload",
        "--no-control-socket",
    ]
    words += [
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "warning",
        "--keep-alive",
        "5",
        "--backlog",
        "4096",
    ]
    command = [sys.executable, "-m", "gunicorn", "terreau.config.wsgi:application", *words]
    with (folder / "bench.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=log)
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield port, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def fetch(port: int, path: str) -> bytes:
    """Return the body of a page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=120) as response:
        return bytes(response.read())


class Load:
    """An open loop over kept-alive connections; every latency is from the moment the request was due."""

    def __init__(self, port: int, rate: int, seconds: float) -> None:
        self.port, self.rate, self.count = port, rate, int(rate * seconds)
        self.idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.latencies: list[float] = []
        self.errors = 0

    async def run(self) -> None:
        """Send every request at its time and wait for all."""
        asked, start = paths(), time.perf_counter() + 0.1
        tasks = []
        for number in range(self.count):
            due = start + number / self.rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(self._one(asked[number % len(asked)], due)))
        await asyncio.gather(*tasks)

    async def _one(self, path: str, due: float) -> None:
        try:
            async with asyncio.timeout(60):
                status = await self._ask(path)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            status = 0
        self.errors += status != 200
        self.latencies.append(time.perf_counter() - due)

    async def _ask(self, path: str) -> int:
        """Ask on a connection kept alive; on a new one when the server had closed it, as browsers do."""
        if self.idle:
            try:
                return await self._on(self.idle.pop(), path)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
        return await self._on(await asyncio.open_connection("127.0.0.1", self.port), path)

    async def _on(self, connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], path: str) -> int:
        reader, writer = connection
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        size = int(head.split("content-length:", 1)[1].split("\r\n", 1)[0])
        await reader.readexactly(size)
        if "connection: close" in head:
            writer.close()
        else:
            self.idle.append((reader, writer))
        return int(head.split(" ", 2)[1])


def cpu_of(parent: int) -> float:
    """Return the processor seconds of a process and its children, read from /proc."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0.0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if parent in (int(entry.parent.name), int(fields[1])):
            total += (int(fields[11]) + int(fields[12])) / ticks
    return total


def measure(port: int, pid: int, rate: int, seconds: float) -> tuple[Load, float, float]:
    """Return the load and the processor seconds of the server and of the generator."""
    load = Load(port, rate, seconds)
    server_before = cpu_of(pid)
    own = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    asyncio.run(load.run())
    return load, cpu_of(pid) - server_before, sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) - own


def main() -> None:
    """Prepare, compare, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--poles", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--url", default="")
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", choices=("cached", "uncached"), default="")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        prepared = environment(folder, options.url, cached=False)
        if not (folder / "bench.ready").exists():
            for arguments in (
                ["migrate", "-v0"],
                ["collectstatic", "--noinput", "-v0"],
                ["territories_load"],
            ):
                manage(prepared, *arguments)
            took = manage(prepared, "demo_generate", "--poles", str(options.poles), "--seed", "1")
            print(f"generation: {took:.0f} s")
            (folder / "bench.ready").touch()
        bodies: dict[bool, list[bytes]] = {}
        print(f"processors: {os.cpu_count()}, load average before: {os.getloadavg()[0]:.1f}")
        for cached, rate, goal in LOADS:
            if options.only and cached != (options.only == "cached"):
                continue
            variables = environment(folder, options.url, cached=cached)
            with server(variables, folder) as (port, pid):
                bodies[cached] = [fetch(port, path).replace(str(port).encode(), b"") for path in paths()]
                # Each of the two processes keeps its own pages; connections go to either.
                for path in paths() * WARM * cached:
                    fetch(port, path)
                report(measure(port, pid, rate, options.seconds), cached, rate, goal)
        if not options.only:
            print("pages equal with and without the cache:", bodies[True] == bodies[False])


def report(measured: tuple[Load, float, float], cached: bool, rate: int, goal: float) -> None:
    """Print one line of figures."""
    load, served, generated = measured
    ordered = sorted(load.latencies)
    p50, p95, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * part))] for part in (0.5, 0.95, 0.99))
    print(
        f"{'cached' if cached else 'uncached'} {rate} req/s: p50 {p50 * 1000:.1f} ms, "
        f"p95 {p95 * 1000:.1f} ms, "
        f"p99 {p99 * 1000:.1f} ms, errors {load.errors}/{load.count}; processor by request: server "
        f"{served / load.count * 1000:.2f} ms, generator {generated / load.count * 1000:.2f} ms; "
        f"goal p95 < {goal * 1000:.0f} ms: {'met' if p95 < goal and not load.errors else 'missed'}; "
        f"load average {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
