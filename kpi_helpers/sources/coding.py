"""How a text file is encoded, and its characters as UTF-8: as a whole, or column by column."""

import codecs
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kpi_helpers.errors import KpiError

BLOCK = 1 << 20
BETWEEN = b"\x1e"  # between cells that are decoded together


def encoding(path: Path) -> str:
    """utf-8-sig with a BOM; else utf-8 where every byte is; else gb18030. Raises KpiError for anything
    else."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise KpiError("the file is UTF-16 text; save it as UTF-8 (in Excel: CSV UTF-8)")
    if b"\0" in start:
        raise KpiError("the file is neither a table nor text")
    good, wide = _valid_utf8(path)
    if good:
        return "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else "utf-8"
    if start.startswith(codecs.BOM_UTF8) or wide >= 20:
        raise KpiError("the file mixes encodings: it begins as UTF-8 and goes on as something else; export it again")
    return "gb18030"


def _valid_utf8(path: Path) -> tuple[bool, int]:
    """Is the whole file UTF-8, and how many wide characters (汉字 and the like) stand before the
    first bad byte?"""
    decoder, wide = codecs.getincrementaldecoder("utf-8")(), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            try:
                text = decoder.decode(block)
            except UnicodeDecodeError as bad:
                return False, wide + sum(c > "\u07ff" for c in bad.object[: bad.start].decode("utf-8", "replace"))
            wide += 0 if text.isascii() else 20
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False, wide
    return True, wide


class Transcoded(io.RawIOBase):
    """A file as UTF-8 bytes, decoded strictly block by block."""

    def __init__(self, path: Path, name: str) -> None:
        self.file, self.path = path.open("rb"), path
        self.decoder = codecs.getincrementaldecoder(name)()
        self.rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes (all that is left for -1), fewer at the end."""
        size = size if size >= 0 else 1 << 62
        parts, length = [self.rest], len(self.rest)
        while length < size and (block := self._next()):
            parts.append(block)
            length += len(block)
        whole = b"".join(parts)
        self.rest = whole[size:]
        return whole[:size]

    def _next(self) -> bytes:
        """The next block that is not empty, or b'' at the end."""
        while block := self.file.read(BLOCK):
            if text := self._decode(block):
                return text
        return self._decode(b"", final=True)

    def _decode(self, block: bytes, final: bool = False) -> bytes:
        try:
            return self.decoder.decode(block, final).encode("utf-8")
        except UnicodeDecodeError as bad:
            raise KpiError(
                f"the file is neither UTF-8 nor GB18030 (bad byte {bad.object[bad.start]:#04x} near byte "
                f"{self.file.tell() - len(block) + bad.start}); save it as UTF-8"
            ) from None

    def close(self) -> None:
        """Close the file below."""
        self.file.close()
        super().close()


def decoded(column: pa.ChunkedArray, name: str) -> pa.ChunkedArray:
    """Cells as text; only those with wide characters are work. Raises UnicodeDecodeError (ArrowInvalid for UTF-8)."""
    if name != "gb18030":
        return column.cast(pa.string())
    return pa.chunked_array([_decoded(chunk) for chunk in column.chunks], pa.string())


def _decoded(cells: pa.BinaryArray) -> pa.StringArray:
    _, ends, data = cells.buffers()
    ends = np.frombuffer(ends, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    if data is None or data[ends[0] : ends[-1]].to_pybytes().isascii():
        return pa.Array.from_buffers(pa.string(), len(cells), cells.buffers(), offset=cells.offset)
    if 4 * len(pc.unique(cells[:1000])) < len(cells[:1000]):
        words = cells.dictionary_encode()
        return _one_by_one(words.dictionary).take(words.indices)
    return _one_by_one(cells)


def _one_by_one(cells: pa.BinaryArray) -> pa.StringArray:
    """The cells decoded, in one go where none of them holds the sign that then stands between them."""
    parts = cells.to_pylist()
    texts = BETWEEN.join(parts).decode("gb18030").split(BETWEEN.decode())
    return pa.array(texts if len(texts) == len(parts) else [part.decode("gb18030") for part in parts], pa.string())
