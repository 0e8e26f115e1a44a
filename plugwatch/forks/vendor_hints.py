"""What the newest release in a fork tells of its vendor."""

from __future__ import annotations

from plugwatch.forks.fork import ForkStore
from plugwatch.model.component import Component
from plugwatch.model.vendors.hints import ReleaseHints, is_worth_reading, read_hints

_MOST_FILES = 200
_MOST_OF_A_FILE = 1 << 20


def newest_hints(store: ForkStore, component: Component) -> ReleaseHints | None:
    """What the files of the newest release tell; None where there is no fork, or none with a release in it.

    Raises ForkError for a fork that cannot be read.
    """
    fork = store.open(component)
    releases = fork.releases() if fork else []
    if fork is None or not releases:
        return None
    release = releases[-1]
    tree = fork.git.tree(release.tree)
    worth = [path for path in tree if is_worth_reading(component, path)][:_MOST_FILES]
    blobs = fork.git.stream(tree[path].blob for path in worth)
    contents = {path: content[:_MOST_OF_A_FILE] for path, content in zip(worth, blobs, strict=True)}
    return read_hints(component, release.version, tree, contents)
