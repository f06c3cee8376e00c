"""The scanner of pieces: clamd, spoken to over its socket (INSTREAM, clamd's manual, section COMMANDS)."""

import socket
import struct
from dataclasses import dataclass
from typing import BinaryIO

_CHUNK = 1 << 16
_CONNECT, _ANSWER = 5, 120
_LONGEST = 4096


class ScannerDownError(Exception):
    """The scanner does not answer: every piece waits."""


class CannotScanError(Exception):
    """The scanner answers without a verdict (beyond its limit, cannot read): this piece waits."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What the scanner says of a file: ``threat`` is the name of what it found, empty for nothing."""

    threat: str = ""


@dataclass(frozen=True, slots=True)
class Clamd:
    """A clamd at ``address``: the path of its socket, or ``host:port``."""

    address: str

    def scan(self, stream: BinaryIO) -> Finding:
        """Send a file and return what is found. Raises ``ScannerDownError``, ``CannotScanError``."""
        try:
            with self._connected() as link:
                answer = _instream(link, stream)
        except (OSError, ValueError) as error:
            raise ScannerDownError(f"{self.address}: {error}") from error
        said = answer.removeprefix("stream: ")
        if said == "OK":
            return Finding()
        if said.endswith(" FOUND"):
            return Finding(said.removesuffix(" FOUND")[:150])
        raise CannotScanError(answer[:200] or "no answer")

    def version(self) -> str:
        """Return the scanner and the date of its signatures, as it says them. Raises ``ScannerDownError``."""
        try:
            with self._connected() as link:
                link.sendall(b"zVERSION\0")
                return _answer(link)[:120]
        except (OSError, ValueError) as error:
            raise ScannerDownError(f"{self.address}: {error}") from error

    def _connected(self) -> socket.socket:
        if self.address.startswith("/"):
            link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            link.settimeout(_CONNECT)
            try:
                link.connect(self.address)
            except OSError:
                link.close()
                raise
        else:
            host, _colon, port = self.address.rpartition(":")
            link = socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT)
        link.settimeout(_ANSWER)
        return link


def _instream(link: socket.socket, stream: BinaryIO) -> str:
    """Send chunks, each with its length before it, then a length of zero; clamd may answer before the end."""
    link.sendall(b"zINSTREAM\0")
    try:
        while chunk := stream.read(_CHUNK):
            link.sendall(struct.pack("!L", len(chunk)) + chunk)
        link.sendall(struct.pack("!L", 0))
    except (BrokenPipeError, ConnectionResetError):
        # It closed because the file is beyond its limit: what it said is still to be read.
        pass
    return _answer(link)


def _answer(link: socket.socket) -> str:
    said = b""
    while not said.endswith(b"\0") and len(said) < _LONGEST:
        part = link.recv(_LONGEST)
        if not part:
            break
        said += part
    return said.rstrip(b"\0\n").decode("utf-8", "replace")
