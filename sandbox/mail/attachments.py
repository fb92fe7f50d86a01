"""Small files that people attach, made here: a picture and a PDF that programs really open."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file with its name and type."""

    name: str
    maintype: str
    subtype: str
    content: bytes


def picture(rng: Random, name: str, width: int = 160, height: int = 100) -> Attachment:
    """A PNG of coloured bands."""
    bands = [bytes(rng.randrange(256) for _ in range(3)) for _ in range(5)]
    rows = b"".join(b"\0" + bands[y * len(bands) // height] * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return Attachment(name, "image", "png", b"\x89PNG\r\n\x1a\n" + b"".join(chunks))


def document(name: str, line: str) -> Attachment:
    """A PDF of one page with one line of text."""
    shown = line.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    drawn = b"BT /F1 18 Tf 60 760 Td (" + shown + b") Tj ET"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return Attachment(name, "application", "pdf", bytes(out))


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
