"""How quickly lists are read, format by format: rows a second on one core, recognition included.

The lists are those of the tests (``tests/rendering``), with all quirks, of a site with thousands of plugins.
"""

from __future__ import annotations

import importlib
import random
import sys
import time
from pathlib import Path

from plugwatch.inventories.registry import FORMATS, read
from plugwatch.model.inventory import Fleet

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from rendering.samples import random_site

WANTED = 20_000
_SIZE = 3000
_MODULES = {"csv": "csv_table"}
_NOT_TEXT = {"folder"}


def rows_a_second() -> dict[str, float]:
    """By format, the best of three readings of a long list."""
    return {name: _speed(name) for name in FORMATS if name not in _NOT_TEXT}


def _speed(name: str) -> float:
    renderer = importlib.import_module(f"rendering.{_MODULES.get(name, name.replace('-', '_'))}")
    chance = random.Random(1)
    data = renderer.render(random_site(chance, size=_SIZE), chance).text.encode()
    best = 0.0
    for _ in range(3):
        began = time.process_time()
        found = read(data, source=name, fmt=None)
        seconds = time.process_time() - began
        lists = [site.inventory for site in found.sites] if isinstance(found, Fleet) else [found]
        best = max(best, sum(len(one.components) for one in lists if one) / seconds)
    return best
