"""Binary changes in patches: what git writes is applied, what is damaged is refused."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from workbench import git

from plugwatch.errors import InputError, PlugwatchError
from plugwatch.model.patches.apply import FileChange, PatchDoesNotApply, apply_patch
from plugwatch.model.patches.binary import LARGEST_BINARY, Binary, apply_binary, blob_id
from plugwatch.model.patches.patch import parse_patch

OLD = bytes(range(256)) * 40
NOISE = b"".join(sha256(b"%d" % n).digest() for n in range(200))
NEW = OLD[:3000] + b"changed\0" + OLD[3100:] + b"\xff"


def block(data: bytes, *, method: str = "literal", size: int | None = None) -> bytes:
    """A block as git writes it."""
    packed = zlib.compress(data)
    lines = []
    for at in range(0, len(packed), 52):
        piece = packed[at : at + 52]
        letter = chr(ord("A") + len(piece) - 1) if len(piece) <= 26 else chr(ord("a") + len(piece) - 27)
        lines.append(letter.encode() + base64.b85encode(piece, pad=True) + b"\n")
    return b"%s %d\n" % (method.encode(), len(data) if size is None else size) + b"".join(lines) + b"\n"


def patch_of(body: bytes, old: bytes = OLD, new: bytes = NEW) -> bytes:
    ids = f"{blob_id(old)}..{blob_id(new)}".encode()
    return b"diff --git a/x.png b/x.png\nindex " + ids + b" 100644\nGIT binary patch\n" + body


def apply(patch: bytes, content: bytes | None = OLD) -> tuple[FileChange, ...]:
    files = {} if content is None else {"x.png": ("100644", content)}
    return apply_patch(parse_patch(patch, "fix.patch"), 1, files.get).files


@pytest.fixture
def made(tmp_path: Path) -> Callable[[bytes | None, bytes | None], bytes]:
    """What ``git diff --binary`` writes for a file that was and is so."""

    def make(old: bytes | None, new: bytes | None) -> bytes:
        git(tmp_path, "init", "--quiet")
        trees = []
        for content in (old, new):
            (tmp_path / "x.png").unlink(missing_ok=True)
            if content is not None:
                (tmp_path / "x.png").write_bytes(content)
            git(tmp_path, "add", "--all")
            trees.append(git(tmp_path, "write-tree").decode().strip())
        return git(tmp_path, "diff", "--binary", *trees)

    return make


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OLD, NEW),
        (NOISE, NOISE[:99] + b"x" + NOISE[100:]),
        (None, NEW),
        (OLD, None),
        (OLD, b"\0"),
        (b"\0", OLD),
        (b"", NEW),
    ],
)
def test_what_git_writes_leads_to_the_same_bytes(
    made: Callable[..., bytes], old: bytes | None, new: bytes | None
) -> None:
    patch = made(old, new)
    assert b"GIT binary patch" in patch
    assert (b"\ndelta " in patch) == (old is not None and new is not None and min(len(old), len(new)) > 1)
    assert [change.content for change in apply(patch, old)] == [new]


def test_the_patch_fits_one_content_only(made: Callable[..., bytes]) -> None:
    for patch in (made(OLD, NEW), patch_of(block(NEW))):
        for content, reason in ((NEW, "present"), (OLD + b"x", "context"), (None, "missing")):
            with pytest.raises(PatchDoesNotApply) as caught:
                apply(patch, content)
            assert caught.value.reason == reason


@pytest.mark.parametrize(
    "patch",
    [
        patch_of(block(NEW)[:40]),
        patch_of(block(NEW, size=5)),
        patch_of(block(NEW, size=len(NEW) + 1)),
        patch_of(block(NEW).replace(b"literal", b"figural")),
        patch_of(b"literal 3\nC\xff\xff\xff\xff\xff\n\n"),
        patch_of(b"literal 3\n0abcde\n\n"),
        patch_of(b"literal 3\nZabcde\n\n"),
        patch_of(b"literal 3\nCabcde\n\n"),
        patch_of(block(bytes(1000), size=LARGEST_BINARY + 1)),
        patch_of(block(bytes(1 << 20), size=100)),
        patch_of(b""),
    ],
)
def test_a_damaged_block_is_refused_by_line(patch: bytes) -> None:
    with pytest.raises(InputError, match=r"^fix.patch, line \d+: "):
        parse_patch(patch, "fix.patch")


def test_a_block_that_leads_to_other_bytes_than_it_says_is_refused() -> None:
    for body in (block(b"else"), block(b"\x05\x05\x90\x05", method="delta")):
        with pytest.raises(PatchDoesNotApply) as caught:
            apply(patch_of(body))
        assert caught.value.reason == "binary"


@pytest.mark.parametrize(
    "delta",
    [
        *(
            b"",
            b"\x05",
            b"\x05\x05",
            b"\x04\x01\x90\x01",
            b"\x05\x05\x00",
            b"\x05\x05\x90\x06",
            b"\x05\x05\x91\x03\x05",
        ),
        *(b"\x05\x05\x07ab", b"\x05\x05\xff", b"\x05\xff\xff\xff\xff\x7f\x90\x05", b"\x80" * 80, b"\x05\x02\x90\x05"),
    ],
)
def test_a_hostile_delta_gives_nothing(delta: bytes) -> None:
    assert apply_binary(Binary("delta", delta), b"12345") is None


def test_a_delta_copies_and_inserts() -> None:
    assert apply_binary(Binary("delta", b"\x05\x07\x90\x02\x02XY\x91\x02\x03"), b"12345") == b"12XY345"


def test_a_file_without_content_is_refused_only_when_it_is_needed() -> None:
    head = b"diff --git a/x.png b/x.png\nindex %s..%s 100644\n" % (blob_id(OLD)[:9].encode(), blob_id(NEW)[:9].encode())
    patch = parse_patch(head + b"Binary files a/x.png and b/x.png differ\n", "fix.patch")
    assert patch.files[0].binary == Binary("absent")
    with pytest.raises(PlugwatchError, match="git diff --binary"):
        apply_patch(patch, 1, {"x.png": ("100644", OLD)}.get)
    gone = head.replace(b"index", b"deleted file mode 100644\nindex").replace(b" 100644\nBinary", b"\nBinary")
    gone += b"Binary files a/x.png and /dev/null differ\n"
    assert apply(gone)[0].content is None
    with pytest.raises(PatchDoesNotApply):
        apply(gone, NEW)


def test_files_that_differ_for_other_programs_are_refused() -> None:
    with pytest.raises(InputError, match="patch capture"):
        parse_patch(b"diff -ru old new\nBinary files old/x.png and new/x.png differ\n", "fix.patch")
