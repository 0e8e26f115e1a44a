"""What a build tells of itself: its changes, its manifest, its lock."""

from __future__ import annotations

import json

from building import MAIN, build_input, patch, recipe
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.model.builds.build import Digest, fingerprint
from plugwatch.model.builds.documents import changes_document, lock, manifest, to_json
from plugwatch.model.builds.finishing import HEADERS_MARK


def test_the_changes_document_lists_files_dates_ids_titles_and_links() -> None:
    note = patch(files=("b|`x.php", "a.php"), title="A | <b> title", upstream_url="https://tracker.example/7")
    text = changes_document(build_input(recipe(note), "a.php"), MAIN, [(MAIN.path, HEADERS_MARK)]).decode()
    assert "| `a.php` | 2026-01-02 | pw-abc | A \\| &lt;b> title | https://tracker.example/7 |\n" in text
    assert "| `b\\|'x.php` (removed) | 2026-01-02 | pw-abc |" in text
    assert text.index("`a.php`") < text.index("`b")
    assert "| `tidy-forms.php` | 2026-01-02 |  | headers that mark the build" in text
    assert note.why not in text


def test_the_manifest_has_the_shape_of_plugin_checksums() -> None:
    digests = {"b.php": Digest("m2", "s2"), "a.php": Digest("m1", "s1")}
    document = json.loads(to_json(manifest(build_input(recipe(patch())), digests)))
    assert document == {
        "plugwatch": 1,
        "component": "plugin/tidy-forms",
        "build": "1.2.3.0-p1",
        "base_version": "1.2.3",
        "release_tree": "a" * 40,
        "patches": [{"id": "pw-abc", "title": "Escape the nonce", "date": "2026-01-02"}],
        "plugin": "tidy-forms",
        "version": "1.2.3.0-p1",
        "files": {"a.php": {"md5": "m1", "sha256": "s1"}, "b.php": {"md5": "m2", "sha256": "s2"}},
    }
    assert list(document["files"]) == ["a.php", "b.php"]


def test_the_lock_names_what_the_build_is_made_of() -> None:
    made = recipe(patch(), patch(id="pw-def"), source_sha256="f" * 64)
    document = json.loads(to_json(lock(build_input(made), "zip", "man")))
    assert document["release"] == {"version": "1.2.3", "source_sha256": "f" * 64, "tree": "a" * 40}
    assert [(entry["id"], entry["commit"]) for entry in document["patches"]] == [
        ("pw-abc", "c" * 40),
        ("pw-def", "c" * 40),
    ]
    assert (document["result_tree"], document["build"]) == ("b" * 40, "1.2.3.0-p1")
    assert (document["zip_sha256"], document["manifest_sha256"]) == ("zip", "man")
    assert document["fingerprint"] == fingerprint(made)


def test_a_document_has_a_line_for_each_file_and_each_patch() -> None:
    digests = {f"{name}.php": Digest("m", "s") for name in "cab"}
    lines = to_json(manifest(build_input(recipe(patch(), patch(id="pw-def"))), digests)).decode().splitlines()
    assert [line for line in lines if "pw-" in line] == [
        '  {"id": "pw-abc", "title": "Escape the nonce", "date": "2026-01-02"},',
        '  {"id": "pw-def", "title": "Escape the nonce", "date": "2026-01-02"}',
    ]
    assert [line[3] for line in lines if ".php" in line] == ["a", "b", "c"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=80)
@given(st.dictionaries(st.text(max_size=5), _JSON, min_size=1, max_size=4))
def test_every_document_is_json_with_its_keys_in_order(document: dict[str, object]) -> None:
    read = json.loads(to_json(document))
    assert read == document
    assert list(read) == list(document)
