"""Scanners for tests: the real clamd with one signature of ours where it is installed, and one we speak."""

import shutil
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: The harmless text that every scanner takes for a threat, in two parts so that no scanner takes this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-" + b"STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def clamd() -> str:
    """Return the program, empty when it is not on this machine."""
    return shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin") or ""


@contextmanager
def real(folder: Path) -> Iterator[str]:
    """Run clamd on a base of one signature (EICAR, by its bytes) and yield the path of its socket."""
    base = folder / "base"
    base.mkdir()
    (base / "test.ndb").write_text(f"Terreau.Test:0:*:{EICAR.hex()}\n")
    prise, log = folder / "clamd.sock", folder / "clamd.log"
    configuration = folder / "clamd.conf"
    lines = [f"LocalSocket {prise}", f"DatabaseDirectory {base}", "Foreground yes", f"LogFile {log}"]
    lines += ["StreamMaxLength 1M", "MaxThreads 2", "OfficialDatabaseOnly no"]
    configuration.write_text("\n".join(lines) + "\n")
    server = subprocess.Popen(
        [clamd(), "--config-file", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        for _ in range(300):
            if prise.exists():
                break
            assert server.poll() is None, log.read_text() if log.exists() else "clamd stopped"
            time.sleep(0.1)
        yield str(prise)
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def spoken(answer: str = "") -> Iterator[str]:
    """Speak the protocol on a port of this machine; say ``answer`` of every file when it is given."""
    server = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(server, answer), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.close()
        thread.join(5)


def _serve(server: socket.socket, answer: str) -> None:
    while True:
        try:
            link, _address = server.accept()
        except OSError:
            return
        with link, link.makefile("rb") as read:
            command = b"".join(iter(lambda: read.read(1), b"\0"))
            if command == b"zVERSION":
                link.sendall(b"Essai 1.0\0")
                continue
            assert command == b"zINSTREAM"
            content = b""
            while size := struct.unpack("!L", read.read(4))[0]:
                content += read.read(size)
            said = answer or ("stream: Eicar FOUND" if EICAR in content else "stream: OK")
            link.sendall(said.encode() + b"\0")
