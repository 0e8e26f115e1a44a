"""ZIPs as vendors make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping


def plugin_zip(files: Mapping[str, str | bytes]) -> bytes:
    """A ZIP of these files, by their paths with the component's folder in front."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return target.getvalue()
