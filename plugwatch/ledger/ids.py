"""Names of rows: 26 characters that sort by the time they were made, as in the ULID specification.

https://github.com/ulid/spec: 48 bits of milliseconds, then 80 random bits, in Crockford's base 32. Inside one process
each id is above the one before it.
"""

from __future__ import annotations

import os
import threading
import time

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)


class IdSource:
    """Makes ids; the module's own instance serves :func:`new_id`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def new_id(self) -> str:
        """An id above all ids of this source so far, also when the clock stands still or is set back."""
        now = time.time_ns() // 1_000_000
        with self._lock:
            if now > self._last >> _RANDOM_BITS:
                # The top random bit is left 0: room for some 2**47 more ids in the same millisecond.
                self._last = now << _RANDOM_BITS | int.from_bytes(os.urandom(10), "big") >> 1
            else:
                # A random step, not 1: a forked process starts from the same value and must not make the same ids.
                self._last += 1 + int.from_bytes(os.urandom(4), "big")
            value = self._last
        return "".join([_PAIRS[value >> shift & 0x3FF] for shift in range(120, -1, -10)])


new_id = IdSource().new_id
