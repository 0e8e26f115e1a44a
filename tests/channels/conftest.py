from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from plugwatch.model.roads.submission import (
    Agency,
    Brief,
    ComponentFacts,
    Environment,
    PatchFacts,
    PatchForms,
    RenderedText,
    Surroundings,
)


@pytest.fixture
def brief() -> Brief:
    return Brief(
        component=ComponentFacts(
            "plugin",
            "tidy-forms",
            "Tidy Forms",
            vendor_email="support@vendor.example",
            repository="tidyworks/tidy-forms",
        ),
        environment=Environment("5.9.4", "", "", "6.9.1", "8.2", ""),
        agency=Agency("Example Agency", "dev@agency.example", "https://agency.example", "The team"),
        title="Nonce is rejected",
        why="w",
        steps=("s",),
        expected="e",
        actual="a",
        workaround="",
        tested="",
        patch=PatchFacts("pw-k3q7x2m9ab", "Accept the nonce", None, ("a.php",), 1, 1, "", ""),
    )


@pytest.fixture
def forms() -> PatchForms:
    # Bytes that mail servers like to change: old encodings, mixed line ends, no end of line, a lone dot, "From ".
    odd = b"+caf\xe9\r\n.\nFrom here\n \t \n\x0c" + b"x" * 2000
    return PatchForms(b"From 000 Mon Sep 17\n" + odd, b"Index: a.php\n" + odd, "@@", "example-agency:fix/nonce")


@pytest.fixture
def around() -> Surroundings:
    zone = timezone(timedelta(hours=1))
    return Surroundings(datetime(2026, 11, 20, 9, 41, tzinfo=zone), "<sub-1.k3q7@agency.example>")


@pytest.fixture
def text() -> RenderedText:
    return RenderedText("Nonce & more: 100% #1", "## What?\n\nä + b = c\n")
