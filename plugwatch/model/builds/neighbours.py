"""The place of a build among the vendor's releases: above its base, below every later one that is known.

If it were not above the base, WordPress would offer the base as an update of the build; if it hid a later release, the
site would never hear of that. Both orders count, WordPress's (PHP's) and Composer's.
"""

from __future__ import annotations

from collections.abc import Iterable

from plugwatch.errors import PlugwatchError
from plugwatch.model.builds.composer_version import composer_version
from plugwatch.model.sharing import vendor_version
from plugwatch.model.version import clean, compare


def check_neighbours(build: str, base: str, known: Iterable[str]) -> None:
    """Refuse the version of a build that does not lie between its base and the later releases among ``known``.

    ``known`` are all versions of the vendor's that have been heard of, in any order, the base among them or not; a
    release that came again (``1.2.3+r2``) counts as the version that the vendor gave it. Raises PlugwatchError.
    """
    base = vendor_version(base)
    releases = [version for name in known if (version := clean(vendor_version(name)))]
    if compare(base, build) >= 0:
        raise PlugwatchError(f"'{build}' cannot be a build of {base}: WordPress would take it for the older of the two")
    hidden = [version for version in releases if compare(base, version) < 0 <= compare(build, version)]
    if hidden:
        raise PlugwatchError(
            f"no version for a build of {base} lies below {hidden[0]}, which the vendor has released: sites with "
            f"{build} would never be offered it; carry the patches on {hidden[0]} and build that"
        )
    composer_version(build, base, releases)
