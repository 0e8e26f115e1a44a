"""Where the files of a patch are in a release whose layout is another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from plugwatch.errors import InputError
from plugwatch.model.patches.hunks import Hunk
from plugwatch.model.patches.patch import FilePatch, PatchFile
from plugwatch.model.patches.paths import Layout, NothingShippedError, PathOptions, find_layouts

HUNK = Hunk(1, 1, 1, 1, ((b"-", b"a\n"), (b"+", b"b\n")))
BLOB = "1234567890abcdef1234567890abcdef12345678"
RELEASE = dict.fromkeys(
    [
        *(
            "forms.php",
            "readme.txt",
            "block.json",
            "includes/mail.php",
            "includes/admin/page.php",
            "assets/js/form.min.js",
        ),
        *("languages/forms.pot", "templates/mail.php"),
    ],
    "0" * 40,
)


def change(path: str, kind: str = "modify", *, blob: str | None = None, old: str | None = None) -> FilePatch:
    """One change as git writes it."""
    before = None if kind == "add" else f"a/{old or path}"
    after = None if kind == "delete" else f"b/{path}"
    return FilePatch(before, after, None, None, kind, (HUNK,), blob)


def lay(*changes: FilePatch, files: dict[str, str] | None = None, **options: object) -> Layout:
    """The likeliest layout."""
    wanted = PathOptions(**options)  # type: ignore[arg-type]
    return find_layouts(PatchFile(changes, "fix.patch"), RELEASE if files is None else files, wanted)[0]


def places(layout: Layout) -> list[str | None]:
    return [one.new_path or one.old_path for one in layout.patch.files]


def test_a_repository_whose_root_is_the_component_needs_no_note() -> None:
    layout = lay(change("includes/mail.php"), change("includes/new.php", "add"))
    assert (places(layout), layout.left_out, layout.notes) == (["includes/mail.php", "includes/new.php"], (), ())


def test_a_folder_of_a_repository_of_many_is_taken_off() -> None:
    layout = lay(
        change("README.md"),
        change("packages/js/form/index.ts"),
        change("plugins/forms/includes/mail.php"),
        change("plugins/forms/includes/new/thing.php", "add"),
        change("plugins/forms/tests/unit/mail.php"),
        change("plugins/forms/changelog/fix-1", "add"),
        change(".github/workflows/ci.yml"),
    )
    assert places(layout) == ["includes/mail.php", "includes/new/thing.php"]
    assert layout.left_out == (
        "README.md",
        "packages/js/form/index.ts",
        "plugins/forms/tests/unit/mail.php",
        "plugins/forms/changelog/fix-1",
        ".github/workflows/ci.yml",
    )
    assert layout.notes[0] == "'plugins/forms/' was taken off the patch's paths"
    assert layout.notes[1].startswith("left out, for the release does not have them: README.md, packages/js")
    assert layout.notes[2] == "what the release has built from sources that were left out is as it was"


def test_all_files_in_that_folder_are_told_too() -> None:
    layout = lay(change("plugins/forms/includes/mail.php"), change("plugins/forms/readme.txt"))
    assert places(layout) == ["includes/mail.php", "readme.txt"]
    assert layout.notes == ("'plugins/forms/' was taken off the patch's paths",)


def test_the_blobs_tell_a_folder_that_has_another_name_in_the_release() -> None:
    files = RELEASE | {"lib/Mail.php": BLOB, "lib/Page.php": "9" * 40}
    layout = lay(
        change("src/Mail.php", blob=BLOB[:10]), change("src/Page.php"), change("src/New.php", "add"), files=files
    )
    assert places(layout) == ["lib/Mail.php", "lib/Page.php", "lib/New.php"]
    assert layout.notes == ("'src/' in the patch was read as 'lib/'",)


def test_the_blobs_decide_between_folders_that_look_alike() -> None:
    files = {"free/inc/mail.php": "8" * 40, "pro/inc/mail.php": BLOB, "main.php": "0" * 40}
    assert places(lay(change("code/inc/mail.php", blob=BLOB[:7]), files=files)) == ["pro/inc/mail.php"]


def test_without_blobs_every_place_that_is_as_likely_is_tried() -> None:
    files = {"free/inc/mail.php": "8" * 40, "pro/inc/mail.php": BLOB, "main.php": "0" * 40}
    found = find_layouts(PatchFile((change("code/inc/mail.php"),)), files, PathOptions())
    assert sorted(places(layout)[0] or "" for layout in found) == ["free/inc/mail.php", "pro/inc/mail.php"]


@pytest.mark.parametrize(
    "path", ["includes/gone.php", "src/Gone.php", "bin/tool.php", "assets/js/gone.js", "theme.json"]
)
def test_code_that_should_be_there_and_is_not_stops_everything(path: str) -> None:
    with pytest.raises(InputError, match="is not in the release; check that it is made for this component"):
        lay(change("readme.txt"), change(path))
    layout = lay(change("readme.txt"), change(path), leave_out=(path.split("/")[0],))
    assert (places(layout), layout.left_out) == (["readme.txt"], (path,))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        *(("tests/test.php", "add"), ("tests/test.php", "modify"), ("tests/old.php", "delete"), (".gitignore", "add")),
        *(
            ("CHANGELOG.md", "add"),
            ("docs/use.md", "modify"),
            ("client/form.tsx", "modify"),
            ("package.json", "modify"),
        ),
        *(("phpunit.xml.dist", "modify"), ("includes/.phpcs.xml", "add"), ("webpack.config.js", "modify")),
    ],
)
def test_what_no_release_ships_is_left_out(path: str, kind: str) -> None:
    layout = lay(change("readme.txt"), change(path, kind))
    assert (places(layout), layout.left_out) == (["readme.txt"], (path,))


@pytest.mark.parametrize("path", ["src/Thing.php", "new.php", ".htaccess", "docs/use.md", "data/list.json"])
def test_new_files_that_may_be_meant_are_kept(path: str) -> None:
    assert places(lay(change("readme.txt"), change(path, "add"))) == ["readme.txt", path]


def test_what_a_release_does_ship_is_kept_whatever_it_is_called() -> None:
    files = RELEASE | dict.fromkeys(["tests/a.php", "CHANGELOG.md", ".editorconfig"], "0" * 40)
    changes = [change("tests/a.php"), change("tests/b.php", "add"), change("CHANGELOG.md"), change(".editorconfig")]
    assert lay(*changes, files=files).left_out == ()


def test_nothing_for_this_release_is_an_error_that_lists_it() -> None:
    with pytest.raises(NothingShippedError, match=r"nothing of what this patch changes \(tests/a.php, .travis.yml\)"):
        lay(change("tests/a.php"), change(".travis.yml", "delete"))


def test_new_files_find_their_folder_by_the_components_name() -> None:
    layout = lay(change("plugins/forms/includes/new.php", "add"), change("docs/new.md", "add"), slug="forms")
    assert (places(layout), layout.left_out) == (["includes/new.php"], ("docs/new.md",))
    with pytest.raises(InputError, match=r"it cannot be told where 'plugins/forms/includes/new\.php' belongs.*--strip"):
        lay(change("plugins/forms/includes/new.php", "add"), slug="other")
    assert places(lay(change("docs/new.php", "add"), slug="other")) == ["docs/new.php"]
    for path in ("plugins/pro/new.php", "old/includes/new.php"):
        with pytest.raises(InputError, match="it cannot be told where"):
            lay(change(path, "add"), slug="forms")


def test_new_files_whose_place_is_uncertain_are_refused() -> None:
    with pytest.raises(InputError, match=r"it cannot be told where 'code/includes/new\.php' belongs.*--prefix"):
        lay(change("code/includes/new.php", "add"), change("tests/a.php"))
    assert places(lay(change("code/includes/new.php", "add"), change("code/tests/a.php"), prefix="./code//")) == [
        "includes/new.php"
    ]


def test_a_person_may_say_how_many_parts_go_or_which_folder() -> None:
    for options in ({"strip": 3}, {"prefix": "plugins/forms"}):
        layout = lay(change("plugins/forms/readme.txt"), change("plugins/forms/new.php", "add"), **options)
        assert places(layout) == ["readme.txt", "new.php"]
    with pytest.raises(InputError, match="is not in the release"):
        lay(change("plugins/forms/includes/mail.php"), strip=2)
    with pytest.raises(InputError, match="has no file below 'plugins/other'"):
        lay(change("plugins/forms/includes/mail.php"), prefix="plugins/other")
    with pytest.raises(NothingShippedError):
        lay(change("readme.txt"), strip=9)


def test_a_file_that_moves_into_the_component_is_refused() -> None:
    inward = change("plugins/forms/includes/b.php", "rename", old="packages/b.php")
    with pytest.raises(InputError, match=r"'a/packages/b\.php', which is moved over the edge"):
        lay(change("plugins/forms/includes/mail.php"), inward)
    copied = change("packages/mail.php", "copy", old="plugins/forms/includes/mail.php")
    assert lay(change("plugins/forms/readme.txt"), copied).left_out == ("packages/mail.php",)


def test_later_changes_build_on_files_that_the_patch_makes() -> None:
    made = change("includes/new.php", "add")
    assert places(lay(made, change("includes/new.php"), change("readme.txt"), change("tests/x.php"))) == [
        "includes/new.php",
        "includes/new.php",
        "readme.txt",
    ]


def test_folders_that_were_compared_need_not_be_named_alike() -> None:
    patch = PatchFile(
        (
            replace(change("x"), old_path="forms.orig/includes/mail.php", new_path="forms/includes/mail.php"),
            replace(change("x", "add"), old_path=None, new_path="forms/tests/a.php"),
        )
    )
    layout = find_layouts(patch, RELEASE, PathOptions())[0]
    assert (places(layout), layout.left_out, layout.notes[0][:8]) == (
        ["includes/mail.php"],
        ("tests/a.php",),
        "left out",
    )


def test_a_release_of_ten_thousand_files_is_looked_through_at_once() -> None:
    files = {f"a{n}/b{n}/index.php": "0" * 40 for n in range(10_000)} | {"inc/mail.php": BLOB}
    changes = [change(f"mono/c{n}/index.php") for n in range(300)] + [change("mono/inc/mail.php", blob=BLOB[:7])]
    assert find_layouts(PatchFile(tuple(changes[-1:])), files, PathOptions())[0].notes
    with pytest.raises(InputError, match="is not in the release"):
        find_layouts(PatchFile(tuple(changes)), files, PathOptions())


SIBLINGS = (
    change("plugins/pro-forms/includes/mail.php", blob=BLOB),
    change("plugins/pro-forms/readme.txt", blob=BLOB),
    change("plugins/forms/includes/mail.php", blob=BLOB),
)


def test_the_folder_with_the_components_name_is_ours_however_well_a_sibling_fits() -> None:
    files = RELEASE | {"includes/mail.php": BLOB, "readme.txt": BLOB}
    layout = lay(*SIBLINGS, files=files, slug="forms")
    assert layout.patch.files == (replace(SIBLINGS[2], old_path="includes/mail.php", new_path="includes/mail.php"),)
    assert layout.left_out == ("plugins/pro-forms/includes/mail.php", "plugins/pro-forms/readme.txt")
    added = lay(SIBLINGS[0], change("plugins/forms/new.php", "add"), files=files, slug="forms")
    assert (places(added), added.left_out) == (["new.php"], ("plugins/pro-forms/includes/mail.php",))
    many = [change(f"plugins/pro-forms/f{n}.php") for n in range(90)]
    assert places(lay(*many, *SIBLINGS, files=files | {f"f{n}.php": BLOB for n in range(90)}, slug="forms")) == [
        "includes/mail.php"
    ]


def test_a_folder_around_the_components_own_name_may_fit_better() -> None:
    files = {"forms/mail.php": BLOB, "mail.php": "0" * 40, "forms.php": "0" * 40}
    layout = lay(change("code/forms/mail.php", blob=BLOB), change("code/gone.md"), files=files, slug="forms")
    assert (places(layout), layout.top) == (["forms/mail.php"], "code/")


@pytest.mark.parametrize("top", ["plugins/pro-forms", "pro-forms", "forms-pro"])
def test_a_patch_of_another_component_is_refused_until_a_person_says_otherwise(top: str) -> None:
    one = change(f"{top}/includes/mail.php", blob="0" * 40)
    with pytest.raises(InputError, match=rf"is for '{top}/', which is not named like forms; .* say --strip \d"):
        lay(one, slug="forms")
    with pytest.raises(InputError, match=rf"is for '{top}/', which is not named like forms; .* say --prefix {top}/"):
        lay(one, change("README.md"), slug="forms")
    assert places(lay(one, change("README.md"), slug="forms", prefix=f"{top}/")) == ["includes/mail.php"]
    assert places(lay(one, slug="forms", strip=top.count("/") + 2)) == ["includes/mail.php"]


@pytest.mark.parametrize(
    "top",
    ["Forms", "forms-1.2.4", "forms.orig", "wp-content/plugins/forms", "src", "x/trunk", "tags/v1.2.4", "plugins"],
)
def test_a_folder_that_is_named_like_the_component_or_like_any_is_taken_off(top: str) -> None:
    assert places(lay(change(f"{top}/includes/mail.php"), change("README.md"), slug="forms")) == ["includes/mail.php"]


def test_compared_folders_of_another_component_are_refused() -> None:
    old, new = "plugins/pro.orig/includes/mail.php", "plugins/pro/includes/mail.php"
    with pytest.raises(InputError, match=r"is for 'plugins/pro\.orig/', which is not named like forms; .* --strip 2"):
        lay(replace(change("x"), old_path=old, new_path=new), slug="forms")


def naming(path: str, line: bytes, kind: str = "modify") -> FilePatch:
    """A change that adds a line."""
    return replace(change(path, kind), hunks=(Hunk(1, 0, 1, 1, ((b"+", line),)),))


def test_new_code_is_kept_whatever_its_folder_is_called() -> None:
    for path in ("includes/specs/rule.php", "includes/tests/ab.php", "lib/changelog/entry.php"):
        assert lay(change("includes/mail.php"), change(path, "add")).left_out == ()
    for path in ("specs/rule.php", "includes/__tests__/a.php", "includes/.cache/a.php"):
        assert lay(change("includes/mail.php"), change(path, "add")).left_out == (path,)


def test_what_code_of_the_patch_names_is_never_left_out() -> None:
    requires = naming("includes/mail.php", b"require dirname( __DIR__ ) . '/specs/rule.php';\n")
    rule = naming("specs/rule.php", b"require __DIR__ . '/base/index.php';\n", "add")
    rest = (change("specs/base/index.php", "add"), change("specs/index.php", "add"), change("tests/rule.css", "add"))
    layout = lay(requires, rule, *rest)
    assert places(layout) == ["includes/mail.php", "specs/rule.php", "specs/base/index.php"]
    assert layout.left_out == ("specs/index.php", "tests/rule.css")
    unseen = naming("tests/all.php", b"require 'rule.php';\n")
    prose = naming("readme.txt", b"see specs/rule.php\n")
    assert lay(change("forms.php"), unseen, prose, change("specs/rule.php", "add")).left_out == (
        "tests/all.php",
        "specs/rule.php",
    )


def test_a_diff_made_in_a_folder_of_the_component_says_what_to_do() -> None:
    with pytest.raises(
        InputError, match=r"but includes/mail\.php, templates/mail\.php is; make the patch in the compon"
    ):
        lay(change("mail.php"), slug="forms")
