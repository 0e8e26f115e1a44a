"""How quickly lists are read, format by format: rows a second on one core, recognition included.

The lists are those of the tests (``tests/rendering``), with all quirks, of a site with thousands of plugins.
"""

from __future__ import annotations

import importlib
import random
import sys
import time
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from plugwatch.inventories.registry import FORMATS, read
from plugwatch.model.inventory import Fleet

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from rendering.samples import random_site

WANTED = 20_000
_SIZE = 4000
_MODULES = {"csv": "csv_table"}
_NOT_TEXT = {"folder"}
_TOLD = {"slug-list"}  # not every list of plain words is recognised unasked
_LISTS = 3


def rows_a_second() -> dict[str, float]:
    """By format: the rows of several long lists, by the best time of each out of three."""
    return {name: _speed(name) for name in FORMATS if name not in _NOT_TEXT}


def _speed(name: str) -> float:
    rows, seconds = 0, 0.0
    for data in islice(_lists(name), _LISTS):
        found, best = None, float("inf")
        for _ in range(3):
            began = time.process_time()
            found = read(data, source=name, fmt=name if name in _TOLD else None)
            best = min(best, time.process_time() - began)
        lists = [site.inventory for site in found.sites] if isinstance(found, Fleet) else [found]
        rows += sum(len(one.components) for one in lists if one)
        seconds += best
    return rows / seconds


def _lists(name: str) -> Iterator[bytes]:
    """Long lists in a format; nobody writes thousands of slugs on one line, so such lists are passed over."""
    renderer = importlib.import_module(f"rendering.{_MODULES.get(name, name.replace('-', '_'))}")
    for seed in count():
        chance = random.Random(seed)
        text = renderer.render(random_site(chance, size=_SIZE), chance).text
        if name not in _TOLD or text.count("\n") > _SIZE:
            yield text.encode()
