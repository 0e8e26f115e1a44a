"""What the commands that build share: who builds, what PHP says of it, and the build itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from plugwatch.cli.context import App
from plugwatch.cli.forking import stamp, writing
from plugwatch.cli.syntax import broken_files
from plugwatch.forks.fork import Fork
from plugwatch.model.component import PHP, Component
from plugwatch.workflows import builds
from plugwatch.workflows.operations import carry_out

if TYPE_CHECKING:
    from plugwatch.delivery.php_lint import PhpResult


def make_build(
    app: App, fork: Fork, version: str | None, out: Path, *, unparsed_ok: bool = False
) -> tuple[builds.Built, list[PhpResult]]:
    """Build a release (default: the newest with patches) into a folder; what each PHP says of the changed files.

    Raises BrokenBuildError where one of them cannot read a file any more, unless ``unparsed_ok``.
    """
    from plugwatch.delivery import builder

    maker = known_maker(app, fork.component)
    with writing(app, fork, "fork build"):
        php = _checked_php(app, fork, version, unparsed_ok)
        built, operation = builds.make_build(fork, version, maker, builder.build, out.resolve(), stamp=stamp(app))
        if operation:
            carry_out(fork, app.ledger, operation)
    return built, php


def known_maker(app: App, component: Component) -> builds.Maker:
    """Who builds; with the version that WordPress.org was last seen to offer, so that nobody is asked now.

    Its other tags are no offers: a version that no site is ever offered cannot be hidden from one.
    """
    with app.ledger.reading() as work:
        found = work.catalog.entry(component.kind, component.slug)
    offered = (found[0].version,) if found and found[0].version else ()
    return builds.Maker(app.settings.agency.name or "the agency", app.settings.builds.update_uri, offered)


def _checked_php(app: App, fork: Fork, version: str | None, unparsed_ok: bool) -> list[PhpResult]:
    from plugwatch.delivery.php_lint import lint

    release, stack = builds.choose(fork, version)
    if not unparsed_ok:
        for broken in broken_files(fork.git, [(release.tree, stack[-1].tree)]):
            _refuse("PHP", broken, fork, release.version)
    changed = fork.changed_php(release.tree, stack[-1].tree)
    with app.ledger.reading() as work:
        sites = {found.site for found in work.installations.where(fork.component)}
        versions = [found.version for found in work.installations.where(PHP) if found.site in sites and found.version]
    results = lint(changed, versions) if changed else []
    for one in results if not unparsed_ok else ():
        _refuse(f"PHP {one.version}", one.errors, fork, release.version)
    return results


def _refuse(php: str, errors: Mapping[str, str], fork: Fork, version: str) -> None:
    for path, message in errors.items():
        touching = [entry.patch.id for entry in fork.stack(version) if path in fork.patch_files(entry)]
        raise builds.BrokenBuildError(
            f"{path}: {php} cannot read it with the patches on {version}: {message}; nothing was built; "
            f"look at {' and '.join(touching)}, or say --unparsed-ok to 'plugwatch fork build' if it is meant so"
        )
