"""The parts of a zip file, inflated with an eye on their real size.

``zipfile`` believes the sizes that a file declares; here they are counted while the data
is inflated, so that neither a forged directory nor overlapping entries hide a bomb.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from astronote.services.spreadsheet_errors import damaged, file_too_large, unsupported

MAX_ENTRIES: Final = 200
MAX_INFLATED: Final = 150 * 1024 * 1024

_CHUNK: Final = 256 * 1024
_LOCAL_HEADER: Final = struct.Struct("<4s22xHH")
_ENCRYPTED: Final = 0x1
_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22


class ZipParts:
    """An opened zip file whose directory is plausible.

    Raises ``UnsupportedFile`` for a damaged, encrypted or oddly built file,
    ``TooLarge`` for more than 200 entries.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = {_key(info.filename): info for info in _directory(path)}
        self.names = frozenset(self._entries)
        self.inflated = 0

    def chunks(self, name: str) -> Iterator[bytes]:
        """Inflate one entry; sizes and checksum must be as declared."""
        info = self._entries[name]
        size = checksum = 0
        for chunk in self._inflate(info):
            size += len(chunk)
            checksum = zlib.crc32(chunk, checksum)
            if size > info.file_size:
                raise damaged()
            yield chunk
        if size != info.file_size or checksum != info.CRC:
            raise damaged()

    def measure(self) -> None:
        """Inflate everything once; raise ``TooLarge`` beyond 150 MB."""
        for name in self._entries:
            for chunk in self.chunks(name):
                self.inflated += len(chunk)
                if self.inflated > MAX_INFLATED:
                    raise file_too_large(
                        "The workbook holds more than 150 MB when it is unpacked. "
                        "Save the sheet as .csv, or split it."
                    )

    def read(self, name: str, limit: int) -> bytes:
        """Return a small entry whole; one over ``limit`` bytes counts as damaged."""
        content = bytearray()
        for chunk in self.chunks(name):
            content += chunk
            if len(content) > limit:
                raise damaged()
        return bytes(content)

    def _inflate(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            file.seek(info.header_offset)
            header = file.read(_LOCAL_HEADER.size)
            if len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
                raise damaged()
            _, name_length, extra_length = _LOCAL_HEADER.unpack(header)
            file.seek(name_length + extra_length, 1)
            left = info.compress_size
            stored = info.compress_type == zipfile.ZIP_STORED
            inflater = zlib.decompressobj(-zlib.MAX_WBITS)
            while left > 0:
                packed = file.read(min(_CHUNK, left))
                if not packed:
                    raise damaged()
                left -= len(packed)
                yield from [packed] if stored else _unpack(inflater, packed)
            if not stored and not inflater.eof:
                raise damaged()


def _unpack(inflater: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    try:
        while packed and not inflater.eof:
            if chunk := inflater.decompress(packed, _CHUNK):
                yield chunk
            packed = inflater.unconsumed_tail
    except zlib.error:
        raise damaged() from None


def _directory(path: Path) -> list[zipfile.ZipInfo]:
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - _END_SIZE))
        end = file.read()
    # Readers look for this record in different ways; only one reading is left when it
    # is the very end of the file, without a comment.
    if not end.startswith(_END) or end[-2:] != b"\0\0":
        raise damaged()
    entries_declared = int.from_bytes(end[10:12], "little")
    if MAX_ENTRIES < entries_declared < 0xFFFF:
        raise _too_many_entries()
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error):
        raise damaged() from None
    if len(entries) > MAX_ENTRIES:
        raise _too_many_entries()
    _check_entries(entries)
    return entries


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    if len({_key(info.filename) for info in entries}) < len(entries):
        raise damaged()
    for info in entries:
        if info.flag_bits & _ENCRYPTED:
            raise unsupported("The file is protected with a password. Remove it and try again.")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise damaged()
    if sum(info.file_size for info in entries) > MAX_INFLATED:
        raise file_too_large(
            "The workbook holds more than 150 MB when it is unpacked. "
            "Save the sheet as .csv, or split it."
        )


def _key(name: str) -> str:
    """Names as lenient readers compare them."""
    return name.replace("\\", "/").lower()


def _too_many_entries() -> Exception:
    return unsupported("The file contains more parts than a workbook of contacts ever has.")
