"""What a patch's own files cannot tell: the rest of the release may have its code, or keep what it takes away."""

from __future__ import annotations

from pathlib import Path

import pytest
from workbench import add_files, add_patch, plugin

from plugwatch.forks.fork import Fork
from plugwatch.model.fork import Outcome
from plugwatch.workflows.forks import forecast

HELPER = b"\nfunction tidy_escape( $text ) {\n\treturn esc_html( trim( $text ) );\n}\n"
HOOK = b"\nadd_filter( 'the_content', 'tidy_append_form' );\n"
MAIN = plugin()["tidy-forms.php"]


def _outcome(
    fork: Fork, folder: Path, old: dict[str, bytes], patched: dict[str, bytes], new: dict[str, bytes]
) -> Outcome:
    """What a release means for one patch; each state by the files that it has beside the plugin's."""
    add_files(fork, folder / "old", plugin() | old)
    add_patch(fork, folder / "patched", plugin() | old | patched, "Ours")
    add_files(fork, folder / "new", plugin("2.0.0") | new)
    (outcome,) = forecast(fork, "2.0.0").outcomes
    return outcome


@pytest.mark.parametrize("declaration", [b"function tidy_escape( $t ) {\n}\n", b"final class tidy_escape\n{\n}\n"])
def test_a_function_that_came_in_another_file_would_be_there_twice(
    fork: Fork, tmp_path: Path, declaration: bytes
) -> None:
    patched = {"includes/form.php": b"<?php\necho 1;\n" + HELPER}
    base = {"includes/form.php": b"<?php\necho 1;\n"}
    helpers = {"includes/helpers.php": b"<?php\n" + declaration}
    found = _outcome(fork, tmp_path, base, patched, base | helpers)
    assert found.verdict == "would-double"
    assert found.evidence == (
        "includes/helpers.php: the release has a new 'tidy_escape' of its own, so merging would declare it twice",
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<?php\nfunction tidy_escape_all() {}\n", b"<?php\nfunction tidy_escape_all() {}\n"),
        (b"<?php\n", b"<?php\nclass Tidy_Helpers {\n\tfunction tidy_escape( $text ) {}\n}\n"),
        (b"<?php\nfunction tidy_escape() {}\n", b"<?php\nfunction tidy_escape() { return; }\n"),
    ],
    ids=["another name", "a method", "there before as well"],
)
def test_what_is_not_the_same_function_does_not_stop_it(
    fork: Fork, tmp_path: Path, before: bytes, after: bytes
) -> None:
    base = {"includes/form.php": b"<?php\necho 1;\n"}
    patched = {"includes/form.php": b"<?php\necho 1;\n" + HELPER}
    old, new = ({"includes/helpers.php": content} for content in (before, after))
    assert _outcome(fork, tmp_path, base | old, patched, base | new).verdict == "carried"


def test_what_only_moved_to_another_file_is_not_taken_away(fork: Fork, tmp_path: Path) -> None:
    with_hook, without = ({"includes/form.php": b"<?php\necho 1;\n" + text} for text in (HOOK, b""))
    found = _outcome(fork, tmp_path, with_hook, without, without | {"includes/hooks.php": b"<?php\n" + HOOK})
    assert found.verdict == "conflict"
    assert found.evidence[0].startswith("includes/hooks.php: the release has here now what the patch takes away")


def test_what_is_gone_everywhere_is_taken_away(fork: Fork, tmp_path: Path) -> None:
    with_hook, without = ({"includes/form.php": b"<?php\necho 1;\n" + text} for text in (HOOK, b""))
    kept = {"includes/hooks.php": b"<?php\n" + HOOK}  # which the old release had as well
    assert _outcome(fork, tmp_path, with_hook | kept, without, without | kept).verdict == "landed"


def test_a_file_that_was_taken_away_is_not_taken_for_its_twin_that_moved(fork: Fork, tmp_path: Path) -> None:
    def gateway(name: str, extra: str = "") -> bytes:
        steps = "".join(f"\t\t$this->step_{n}( $order );\n" for n in range(12))
        return f"<?php\nclass {name}_Gateway {{\n\tpublic function pay( $order ) {{\n{extra}{steps}\t}}\n}}\n".encode()

    old = {"gateways/card.php": gateway("Card"), "gateways/sepa.php": gateway("Sepa", "\t\t$this->mandate();\n")}
    patched = {"gateways/card.php": gateway("Card", "\t\t$this->check( $order );\n")}
    moved = {"methods/sepa.php": gateway("Sepa", "\t\t$this->mandate( true );\n")}
    found = _outcome(fork, tmp_path, old, patched, moved)
    assert found.verdict == "conflict"
    assert "neither this file nor one that it was renamed to" in found.evidence[0]
