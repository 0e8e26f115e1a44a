"""Whether a release has all of a patch already."""

from __future__ import annotations

import pytest

from plugwatch.model.patches.patch import parse_patch
from plugwatch.model.patches.reverse import is_contained

OLD = {"x": "a\nb\nc\n", "gone": "bye\n", "mode": "m\n", "from": "1\n2\n3\n"}
NEW = {"x": "a\nB\nc\n", "new": "hello\n", "mode": "m\n", "to": "1\n2\n4\n"}
PATCH = """diff --git a/x b/x
--- a/x
+++ b/x
@@ -1,3 +1,3 @@
 a
-b
+B
 c
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
-bye
diff --git a/new b/new
new file mode 100644
--- /dev/null
+++ b/new
@@ -0,0 +1 @@
+hello
diff --git a/from b/to
rename from from
rename to to
--- a/from
+++ b/to
@@ -1,3 +1,3 @@
 1
 2
-3
+4
"""


def contained(patch: str, files: dict[str, str]) -> bool:
    plain = patch.replace("a/", "").replace("b/", "")
    content = {path: ("100644", text.encode()) for path, text in files.items()}
    return is_contained(parse_patch(plain.encode(), "fix.patch"), content.get)


def test_a_patch_is_there_when_all_of_it_is() -> None:
    assert contained(PATCH, NEW)
    assert not contained(PATCH, OLD)


@pytest.mark.parametrize(
    "changed", [{"x": OLD["x"]}, {"gone": OLD["gone"]}, {"new": "other\n"}, {"to": "1\n2\n3\n"}, {"from": OLD["from"]}]
)
def test_half_of_it_is_not_enough(changed: dict[str, str]) -> None:
    assert not contained(PATCH, NEW | changed)


def test_copies_have_no_way_back() -> None:
    assert not contained("diff --git x y\ncopy from x\ncopy to y\n", {"x": "a\n", "y": "a\n"})


def test_a_mode_is_looked_at_too() -> None:
    patch = "diff --git mode mode\nold mode 100644\nnew mode 100755\n"
    read = {"mode": ("100755", b"m\n")}.get
    assert is_contained(parse_patch(patch.encode(), "fix.patch"), read)
    assert not contained(patch, NEW)
