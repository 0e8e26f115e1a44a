"""All that one ``plugwatch check`` saw and did, between those who look and those who tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugwatch.cli.check_build import BuiltRow
    from plugwatch.cli.check_security import Heard
    from plugwatch.cli.looking_after import LookedAfter
    from plugwatch.model.deployments.deployment import Deployment
    from plugwatch.workflows.check import Checked
    from plugwatch.workflows.stepping import Stepped


@dataclass(frozen=True)
class Night:
    """All that one check saw and did."""

    checked: Checked
    vendors: LookedAfter
    heard: Heard
    stepped: Stepped
    deployments: Sequence[Deployment] = ()
    built: Sequence[BuiltRow] = ()
    names: dict[str, str] = field(default_factory=dict)
