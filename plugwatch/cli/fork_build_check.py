"""``plugwatch fork build --check``: a build made once more, and compared."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from plugwatch.cli.context import print_json
from plugwatch.errors import ForkError
from plugwatch.forks.fork import Fork
from plugwatch.workflows import builds

_SHOWN = {
    "same": "the same",
    "repacked": "the same content, packed by another zlib",
    "different": "different",
    "absent": "not there",
}
_MOST_SHOWN = 20


class OtherBuildError(ForkError):
    """A build made once more is not the one that is kept."""


def check_build(opened: Fork, version: str | None, maker: builds.Maker, out: Path, *, as_json: bool) -> None:
    """Make a build again in a temporary folder and say whether it is what the fork keeps and what lies in ``out``.

    Raises OtherBuildError where one of them is not; a ZIP that only another zlib has packed is the same build.
    """
    from plugwatch.delivery import builder
    from plugwatch.delivery.rebuilt import DIFFERENT, compare_files

    with TemporaryDirectory(prefix="plugwatch-") as folder:
        again = builds.rebuild(opened, version, maker, builder.build, Path(folder))
        files = compare_files(again.built.output, out)
    wrong = [one.name for one in files if one.state == DIFFERENT]
    same = not again.differing and not wrong
    if as_json:
        print_json(
            {
                "component": str(opened.component),
                "build": again.built.version,
                "base_version": again.built.base_version,
                "same": same,
                "fork": {"same": not again.differing, "differing": list(again.differing)},
                "out": {one.name: one.state for one in files},
            }
        )
    else:
        click.echo(f"{opened.component} {again.built.version}, made once more:")
        click.echo(f"  in the fork: {'different' if again.differing else 'the same'}")
        for path in again.differing[:_MOST_SHOWN]:
            click.echo(f"    {path}")
        for one in files:
            click.echo(f"  {out / one.name}: {_SHOWN[one.state]}")
    if not same:
        raise OtherBuildError(_complaint(opened, again, wrong))


def _complaint(opened: Fork, again: builds.Rebuilt, wrong: list[str]) -> str:
    kept = [f"{len(again.differing)} of its files in the fork"] if again.differing else []
    told = " and ".join([*kept, *wrong])
    return (
        f"{opened.component} {again.built.version} is not what is made of its patches: {told} differ from it; "
        "take no such file to a site before you know why"
    )
