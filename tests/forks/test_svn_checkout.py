"""What goes to a Trac applies where its maintainers work: in a checkout of ``trunk`` from a real Subversion server."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from peers.subversion import SubversionServer
from services import require
from workbench import AGENCY, add_files, add_patch, mail_file, plugin

from plugwatch.errors import PlugwatchError
from plugwatch.forks.fork import Fork
from plugwatch.forks.forms import vendor_forms
from plugwatch.model.patches.svndiff import git_to_svn

pytestmark = pytest.mark.services

BEFORE = plugin() | {
    "a b.txt": b"one\ntwo",
    "no-end.php": b"<?php\nreturn 1;",
    "languages/d\u00fc \u65e5.txt": b"eins\r\nzwei\r\ndrei\r\n",
    "mixed.js": b"a();\r\nb();\nc();\r\n",
    "old.php": b"<?php\necho 'old';\n",
    "lib/deep/only.php": b"<?php\n// only one here\n",
    "@odd/-dash.txt": b"1\n2\n3\n",
}
AFTER = (
    {path: content for path, content in BEFORE.items() if path not in ("old.php", "lib/deep/only.php")}
    | plugin(mail=mail_file(seconds=60))
    | {
        "a b.txt": b"one\nthree",
        "no-end.php": b"<?php\nreturn 2;\n",
        "languages/d\u00fc \u65e5.txt": b"eins\r\nzwo\r\ndrei\r\nvier\r\n",
        "mixed.js": b"a();\r\nb(1);\nc();\r\n",
        "@odd/-dash.txt": b"1\n-- 2\n3\n",
        "new folder/in/it.php": b"<?php\n--- a\n+++ b\n@@ -1 +1 @@\n\xff\xfe latin \xe9",
        "new.txt": b"\r\n",
    }
)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".svn" not in path.parts
    }


def svn_diff(fork: Fork) -> bytes:
    return vendor_forms(fork, fork.release("1.0.0"), fork.stack("1.0.0")[0], AGENCY).forms.svn_diff


@pytest.mark.parametrize("program", ["patch", "svn"])
def test_a_diff_for_trac_applies_in_a_checkout_of_trunk(program: str, fork: Fork, tmp_path: Path) -> None:
    require("patch", "patch")
    add_files(fork, tmp_path / "1", BEFORE)
    add_patch(fork, tmp_path / "e", AFTER, "Everything at once")
    diff = tmp_path / "tidy-forms.diff"
    diff.write_bytes(svn_diff(fork))
    checkout = tmp_path / "trunk"
    env = os.environ | {"LC_ALL": "C.UTF-8"}
    with SubversionServer(tmp_path / "svn") as server:
        server.commit("tidy-forms/tags/1.0.0", BEFORE)
        server.commit("tidy-forms/trunk", BEFORE)
        address = f"{server.url}/tidy-forms/trunk"
        subprocess.run(["svn", "checkout", "--quiet", "--non-interactive", address, str(checkout)], check=True, env=env)
    assert files_of(checkout) == BEFORE
    with diff.open("rb") as content:
        command = ["patch", "-p0"] if program == "patch" else ["svn", "patch", str(diff)]
        done = subprocess.run(command, cwd=checkout, env=env, stdin=content, capture_output=True, check=False)
    assert done.returncode == 0, done
    assert not re.search(rb"fuzz|offset|conflict|malformed|garbage|Skipped", done.stdout + done.stderr), done
    assert files_of(checkout) == AFTER


def test_no_line_of_it_is_one_that_only_git_reads(fork: Fork, tmp_path: Path) -> None:
    add_files(fork, tmp_path / "1", plugin())
    add_patch(fork, tmp_path / "e", plugin(mail=mail_file(seconds=60)), "Wait longer")
    lines = svn_diff(fork).decode().splitlines()
    assert not [line for line in lines if line.startswith(("diff ", "index ", "a/", "b/", "old mode", "new mode"))]
    assert lines[:4] == [
        "Index: includes/mail.php",
        "=" * 67,
        "--- includes/mail.php\t(revision 0)",
        "+++ includes/mail.php\t(working copy)",
    ]


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (
            {"logo.png": b"\x89PNG\0\0\xfe"},
            {"logo.png": b"\x89PNG\0\0\xff"},
            "binary files cannot be written as an svn diff; send the files themselves",
        ),
        (
            {},
            {"lib/empty.php": b""},
            "'lib/empty.php' is an empty file, which .* cannot add or delete; ask for it in words",
        ),
        ({"empty.php": b""}, {}, "'empty.php' is an empty file, which .* cannot add or delete; ask for it in words"),
    ],
)
def test_what_a_diff_for_trac_cannot_tell_is_refused_with_what_to_do_instead(
    before: dict[str, bytes], after: dict[str, bytes], sentence: str, fork: Fork, tmp_path: Path
) -> None:
    add_files(fork, tmp_path / "1", plugin() | before)
    add_patch(fork, tmp_path / "e", plugin(mail=mail_file(seconds=60)) | after, "More than text")
    with pytest.raises(PlugwatchError, match=sentence):
        svn_diff(fork)


def test_a_mode_alone_is_refused_and_beside_text_left_out() -> None:
    mode = b"diff --git a.sh a.sh\nold mode 100644\nnew mode 100755\n"
    text = b"diff --git b.php b.php\nindex 1..2 100644\n--- b.php\n+++ b.php\n@@ -1 +1 @@\n-1\n+2\n"
    with pytest.raises(PlugwatchError, match=r"file modes only, .* ask for the property svn:executable in words"):
        git_to_svn(mode)
    assert git_to_svn(mode + text) == git_to_svn(text)
