"""Jinja that comes to an end: a slip in somebody's template may not fill the memory, nor keep a message waiting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Template
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

_ROUNDS = 100_000  # of all loops over range() in one text
_LENGTH = 1_000_000  # characters of one text
_NUMBER, _POWER = 10**12, 64


class TooMuchError(ArithmeticError):
    """A template goes on and on."""


class LimitedEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox that raises TooMuchError for huge numbers, for repeating a text or a list too often, and for loops over
    ``range`` that are too long in all. Jinja's own sandbox limits one range, not one within another, and no power."""

    intercepted_binops = frozenset(("*", "**"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._left = _ROUNDS
        self.globals["range"] = self._range

    def fill(self, template: Template, values: Mapping[str, Any]) -> str:
        """A template with its values. Raises TooMuchError, and whatever the template raises."""
        self._left = _ROUNDS
        parts, length = [], 0
        for part in template.generate(values):
            parts.append(part)
            length += len(part)
            if length > _LENGTH:
                raise TooMuchError(f"it makes more than {_LENGTH:,} characters")
        return "".join(parts)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """``*`` and ``**`` within limits."""
        if operator == "**" and (abs(right) > _POWER or abs(left) > _NUMBER):
            raise TooMuchError("a power is too large")
        for text, times in ((left, right), (right, left)):
            if isinstance(text, str | list | tuple) and isinstance(times, int) and len(text) * times > _LENGTH:
                raise TooMuchError("something is repeated too often")
        return super().call_binop(context, operator, left, right)

    def _range(self, *limits: int) -> range:
        made = range(*limits)
        self._left -= min(len(made), _ROUNDS + 1) if made else 0
        if self._left < 0:
            raise TooMuchError(f"its loops take more than {_ROUNDS:,} rounds")
        return made
