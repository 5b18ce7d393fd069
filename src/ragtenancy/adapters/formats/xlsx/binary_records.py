"""Records of binary workbooks: [MS-XLSB] §2.1.4, and the values of which they consist (§2.5)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ragtenancy.adapters.formats.refusals import unreadable
from ragtenancy.adapters.formats.xlsx.sheets import COLUMNS, ROWS, Range

_MORE, _BITS = 0x80, 0x7F
_SIZE_BYTES = 4
_NO_TEXT = 0xFFFFFFFF
_UINT16, _UINT32, _DOUBLE = struct.Struct("<H"), struct.Struct("<I"), struct.Struct("<d")
_AREA = struct.Struct("<4I")


class Fields:
    """Reads the values of one record in turn; raises `corrupt_document` beyond its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def skip(self, size: int) -> None:
        """Pass over bytes."""
        self._at += size

    def uint8(self) -> int:
        """Return a byte."""
        return self._taken(1)[0]

    def uint16(self) -> int:
        """Return two bytes."""
        return int(_UINT16.unpack(self._taken(2))[0])

    def uint24(self) -> int:
        """Return three bytes."""
        return int.from_bytes(self._taken(3), "little")

    def uint32(self) -> int:
        """Return four bytes."""
        return int(_UINT32.unpack(self._taken(4))[0])

    def double(self) -> float:
        """Return a number in eight bytes."""
        return float(_DOUBLE.unpack(self._taken(8))[0])

    def rk_number(self) -> float:
        """Return an `RkNumber`: 30 bits of a double or of a whole number, also in hundredths."""
        packed = self.uint32()
        number = float(packed >> 2)
        if not packed & 2:
            number = float(_DOUBLE.unpack(struct.pack("<Q", (packed & ~3) << 32))[0])
        elif packed >> 31:
            number -= 1 << 30
        return number / 100 if packed & 1 else number

    def text(self) -> str:
        """Return an `XLWideString`, empty for a missing one."""
        length = self.uint32()
        if length == _NO_TEXT:
            return ""
        return self._taken(2 * length).decode("utf-16-le", "replace")

    def area(self) -> Range:
        """Return an `UncheckedRfX`."""
        top, bottom, left, right = _AREA.unpack(self._taken(_AREA.size))
        if not (top <= bottom < ROWS and left <= right < COLUMNS):
            raise unreadable("corrupt_document")
        return Range(top, left, bottom, right)

    def runs(self) -> list[tuple[int, int]]:
        """Return the `StrRun`s of a rich text: where each begins, and the index of its font."""
        return [(self.uint16(), self.uint16()) for _ in range(self.uint32())]

    def _taken(self, size: int) -> bytes:
        taken = self._data[self._at : self._at + size]
        if len(taken) < size:
            raise unreadable("corrupt_document")
        self._at += size
        return taken


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the type and the content of each record. Raises `corrupt_document` if one is cut off."""
    at, end = 0, len(data)
    try:
        while at < end:
            kind = data[at]
            at += 1
            if kind & _MORE:
                kind = kind & _BITS | (data[at] & _BITS) << 7
                at += 1
            size = 0
            for position in range(_SIZE_BYTES):
                byte = data[at]
                at += 1
                size |= (byte & _BITS) << 7 * position
                if not byte & _MORE:
                    break
            if at + size > end:
                raise unreadable("corrupt_document")
            yield kind, data[at : at + size]
            at += size
    except IndexError as error:
        raise unreadable("corrupt_document") from error
