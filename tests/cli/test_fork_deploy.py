"""``fork deploy`` through the command line; the sites are folders on which real PHP runs (see peers/bare_wp.py)."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from peers.bare_wp import BareSites
from peers.script import serve_script
from workbench import Workspace, make_carrying_workspace, plugin, snapshot

FORMS = "plugin/tidy-forms"


@pytest.fixture
def sites(tmp_path, monkeypatch):
    made = BareSites(tmp_path / "server")
    monkeypatch.setenv("PATH", made.path)
    return made


@pytest.fixture(scope="module")
def agency(tmp_path_factory):
    """Release 1.0.0 with a patch, built as 1.0.0.0-p1; release 2.0.0 beside it. Each test gets a copy."""
    folder = tmp_path_factory.mktemp("agency")
    workspace = make_carrying_workspace(folder)
    workspace.do("fork", "build", FORMS, "--out", folder / "out")
    workspace.do("fork", "import", FORMS, "--from", folder / "sources" / "2.0.0")
    return folder


@pytest.fixture
def space(agency, tmp_path):
    shutil.copytree(agency, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


def add_site(space: Workspace, sites: BareSites, name: str = "shop", files: dict[str, bytes] | None = None):
    root = sites.add(name, {"tidy-forms": plugin() if files is None else files})
    space.do("site", "add", name, "--client", f"{name}-gmbh", "--source", f"wp --path={root}")
    return root / "wp-content" / "plugins"


def deploy(space: Workspace, *options: str, code: int = 0):
    answer = space.run("fork", "deploy", FORMS, *options)
    assert answer.code == code, answer
    return answer


def built(tmp_path):
    with zipfile.ZipFile(tmp_path / "out" / "tidy-forms.1.0.0.0-p1.zip") as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def files_in(folder):
    return {path: content for path, content in snapshot(folder).items() if content is not None}


def log(space: Workspace):
    return space.do("fork", "deploy", "--log", FORMS, "--json").json


def test_without_send_it_is_told_and_nothing_is_done(space, sites):
    folder = add_site(space, sites)
    before = snapshot(folder)

    answer = deploy(space, "--site", "shop")

    assert answer.out == "shop: would be done 1.0.0 -> build 1.0.0.0-p1\n"
    assert "nothing was done" in answer.err
    assert snapshot(folder) == before
    assert log(space) == []
    assert not list((space.folder / "snapshots").rglob("*.zip"))


def test_the_newest_build_comes_and_all_that_is_known_learns_of_it(space, sites, tmp_path):
    folder = add_site(space, sites)

    deploy(space, "--site", "shop", "--send")

    assert files_in(folder / "tidy-forms") == built(tmp_path)
    assert [path.name for path in folder.iterdir()] == ["tidy-forms"]
    (row,) = log(space)
    assert (row["state"], row["version_before"], row["version"]) == ("done", "1.0.0", "1.0.0.0-p1")
    with zipfile.ZipFile(row["snapshot"]) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            f"tidy-forms/{path}": content for path, content in plugin().items()
        }
    assert stat.S_IMODE(Path(row["snapshot"]).stat().st_mode) == 0o600
    shown = space.do("site", "show", "shop", "--json").json
    assert [(one["component"], one["version"]) for one in shown["components"]] == [(FORMS, "1.0.0.0-p1")]


def test_what_is_there_already_is_left_alone(space, sites):
    folder = add_site(space, sites)
    deploy(space, "--site", "shop", "--send")
    inode = (folder / "tidy-forms").stat().st_ino

    answer = deploy(space, "--site", "shop", "--send")

    assert "nothing to do" in answer.out
    assert (folder / "tidy-forms").stat().st_ino == inode
    assert len(log(space)) == 1


def test_going_back_brings_what_was_there_and_forth_again(space, sites, tmp_path):
    folder = add_site(space, sites)
    deploy(space, "--site", "shop", "--send")

    deploy(space, "--site", "shop", "--back", "--send")
    assert files_in(folder / "tidy-forms") == plugin()

    deploy(space, "--site", "shop", "--back", "--send")
    assert files_in(folder / "tidy-forms") == built(tmp_path)


def test_there_is_nothing_to_go_back_to_where_nothing_was_put(space, sites):
    add_site(space, sites)

    assert "nothing to put back" in deploy(space, "--site", "shop", "--back", code=1).out


def test_without_its_snapshot_there_is_no_way_back_but_to_a_version(space, sites):
    add_site(space, sites)
    deploy(space, "--site", "shop", "--send")
    shutil.rmtree(space.folder / "snapshots")

    answer = deploy(space, "--back", "--site", "shop", "--send", code=1)

    assert "the snapshot is no longer there; choose a version with --stock V or --build B" in answer.out


def test_modes_are_those_of_the_old_files_and_dates_are_fresh(space, sites):
    folder = add_site(space, sites) / "tidy-forms"
    (folder / "includes").chmod(0o750)
    folder.chmod(0o750)
    for file in ("tidy-forms.php", "readme.txt", "includes/mail.php"):
        (folder / file).chmod(0o640)
        os.utime(folder / file, (1, 1))

    deploy(space, "--site", "shop", "--send")

    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert modes == {0o640}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "includes")} == {0o750}
    assert all(path.stat().st_mtime > 1_700_000_000 for path in folder.rglob("*.php"))


def test_changed_files_stop_it_until_somebody_gives_a_reason(space, sites):
    folder = add_site(space, sites, files=plugin(mail=b"<?php // by hand\n"))
    before = snapshot(folder)

    answer = deploy(space, "--site", "shop", "--send", code=3)
    assert "neither a release nor a build" in answer.out
    assert "1 file differs from the nearest (includes/mail.php)" in answer.out
    assert snapshot(folder) == before

    deploy(space, "--site", "shop", "--send", "--anyway", "Kim has kept the change as a patch")
    (row,) = log(space)
    assert (row["state"], row["state_before"]) == ("done", "tampered")
    assert "Kim has kept the change" in row["note"]
    deploy(space, "--site", "shop", "--back", "--send")
    assert snapshot(folder) == before


def test_a_site_that_lies_about_its_version_is_known_by_its_files(space, sites, tmp_path):
    lying = plugin(main=plugin("1.0.0.0-p1")["tidy-forms.php"])
    add_site(space, sites, files=lying)
    add_site(space, sites, "modest", files={**built(tmp_path)})

    told = deploy(space, "--site", "shop", "--site", "modest", code=3).out

    assert "it says '1.0.0.0-p1'" in told
    assert "modest: nothing to do" in told


def test_a_held_version_stops_it_and_our_build_is_the_way_out(space, sites):
    folder = add_site(space, sites)
    import_list(space, "shop")
    space.do("incident", "open", "shop", "tidy-forms", "The form is blank.", "--caller", "Ada Lovelace")
    space.do("incident", "hold", "INC-1", "--version", ">=1.0.0,<3", "--reason", "The form is blank.")

    answer = deploy(space, "--stock", "2.0.0", "--site", "shop", "--send", code=3)
    assert "held by INC-1 (The form is blank.)" in answer.out
    assert files_in(folder / "tidy-forms") == plugin()

    deploy(space, "--site", "shop", "--send")
    answer = deploy(space, "--stock", "2.0.0", "--site", "shop", "--send", "--anyway", "The client wants it")
    assert (
        "passed over (The client wants it): plugin/tidy-forms 2.0.0 is held by INC-1 (The form is blank.)\n"
        in answer.out
    )
    assert b"Version: 2.0.0" in (folder / "tidy-forms" / "tidy-forms.php").read_bytes()


def import_list(space: Workspace, site: str):
    path = space.folder / "list.csv"
    path.write_text("name,status,update,version\ntidy-forms,active,none,1.0.0\n")
    space.do("site", "import", site, path)


def test_all_sites_that_an_incident_affects_and_its_history(space, sites):
    folders = {name: add_site(space, sites, name) for name in ("attic", "barn", "cellar")}
    for name in folders:
        import_list(space, name)
    space.do("incident", "open", "attic", "tidy-forms", "The form is blank.", "--caller", "Ada Lovelace")
    space.do("incident", "impact", "INC-1", "--set", "attic=affected", "--set", "cellar=affected")

    told = deploy(space, "--stock", "2.0.0", "--affected", "INC-1")
    assert "left out, since nobody has said whether they are affected: barn; say it with" in told.err
    answer = deploy(space, "--stock", "2.0.0", "--affected", "INC-1", "--canary", "cellar", "--send", "--json")

    assert [(one["site"], one["state"]) for one in answer.json["sites"]] == [("cellar", "done"), ("attic", "done")]
    assert files_in(folders["barn"] / "tidy-forms") == plugin()
    shown = space.do("incident", "show", "INC-1", "--json").json
    assert [e["body"] for e in shown["timeline"] if e["kind"] == "deploy"] == [
        "plugin/tidy-forms 2.0.0 put on cellar",
        "plugin/tidy-forms 2.0.0 put on attic",
    ]
    assert {row["incident"] for row in log(space)} == {"INC-1"}


def test_forty_sites_in_their_order_and_none_after_a_failure(space, sites):
    names = [f"site-{number:02}" for number in range(40)]
    folders = {name: add_site(space, sites, name) for name in names}
    chosen = [word for name in names for word in ("--site", name)]
    site = 'basename(rtrim(ABSPATH, "/")) === "site-02" && is_dir(WP_PLUGIN_DIR . "/.plugwatch")'
    broken = f'if ({site}) file_put_contents(WP_PLUGIN_DIR . "/tidy-forms/readme.txt", "somebody else");'
    sites.plan(before=broken)

    answer = deploy(space, *chosen, "--canary", "site-07", "--send", "--json", code=1)

    states = {one["site"]: one["state"] for one in answer.json["sites"]}
    assert list(states) == ["site-07", *(name for name in names if name != "site-07")]
    assert [states[name] for name in ("site-07", "site-00", "site-01", "site-02")] == ["done"] * 3 + ["put-back"]
    assert {state for name, state in states.items() if name not in ("site-07", *names[:3])} == {"not-tried"}
    assert sites.visited == ["site-07", "site-00", "site-01", "site-02"]
    assert files_in(folders["site-02"] / "tidy-forms") == plugin()
    assert "not those that were sent" in answer.json["sites"][3]["why"]
    assert answer.json["sites"][4]["why"] == "site-02 did not take it"


def test_a_site_that_cannot_be_asked_does_not_stop_the_others(space, sites):
    add_site(space, sites, "away")
    folder = add_site(space, sites, "shop")
    sites.plan(down=["away"])

    answer = deploy(space, "--site", "away", "--site", "shop", "--send", code=4)

    assert "away: not reached" in answer.out
    assert "shop: done" in answer.out
    assert (folder / "tidy-forms" / "plugwatch-manifest.json").exists()


def test_a_canary_alone_ends_there_and_names_the_next_step(space, sites):
    add_site(space, sites)

    answer = deploy(space, "--canary", "shop", "--send")

    assert "next: look at shop, then plugwatch fork deploy plugin/tidy-forms --affected INC --send" in answer.err


def test_composer_keeps_what_it_brings(space, sites):
    folder = add_site(space, sites)
    (folder.parent.parent / "composer.json").write_text('{"require": {"wpackagist-plugin/tidy-forms": "1.0.0"}}')

    answer = deploy(space, "--site", "shop", "--send", code=3)

    assert "Composer brings plugin/tidy-forms there" in answer.out
    assert "plugwatch fork composer plugin/tidy-forms" in answer.out


def test_a_symlinked_folder_is_not_followed(space, sites, tmp_path):
    folder = add_site(space, sites)
    shutil.move(folder / "tidy-forms", tmp_path / "elsewhere")
    (folder / "tidy-forms").symlink_to(tmp_path / "elsewhere")

    assert "a symlink is in the way" in deploy(space, "--site", "shop", "--send", code=1).out
    assert files_in(tmp_path / "elsewhere") == plugin()


def test_where_it_is_not_installed_it_is_not_put(space, sites):
    add_site(space, sites)
    shutil.rmtree(sites.folder / "shop" / "wp-content" / "plugins" / "tidy-forms")

    assert "is not installed there" in deploy(space, "--site", "shop", "--send", code=3).out


def test_a_full_disk_leaves_the_old_copy_and_no_trace(space, sites):
    folder = add_site(space, sites)
    sites.plan(longest_file=1500)

    answer = deploy(space, "--site", "shop", "--send", code=1)

    assert "nothing was changed" in answer.out
    assert snapshot(folder) == {
        "tidy-forms": None,
        "tidy-forms/includes": None,
        **{f"tidy-forms/{path}": content for path, content in plugin().items()},
    }
    assert [row["state"] for row in log(space)] == ["failed"]


def test_nothing_of_what_is_deployed_stands_on_a_command_line(space, sites):
    add_site(space, sites)

    deploy(space, "--site", "shop", "--send")

    lines = {tuple(word for word in call["args"] if not word.startswith("--path=")) for call in sites.calls}
    told = {words for words in lines if words != ("eval", "echo 1;")}
    assert len(told) == 1, "the same line for every question"
    assert not [words for words in told if "tidy" in " ".join(words)]


def test_a_site_whose_answers_are_nonsense_is_not_believed(space, sites):
    add_site(space, sites)
    for nonsense, code in (("exit(0);", 4), ("echo str_repeat('x', 3000000);", 4), ("throw new Error('x');", 4)):
        sites.plan(before=nonsense)

        deploy(space, "--site", "shop", "--send", code=code)

    assert log(space) == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--site", "shop", "--build", "1.0.0.0-p1", "--stock", "1.0.0"], "three ways"),
        ([], "say where"),
        (["--site", "shop", "--anyway", " "], "needs a reason"),
    ],
)
def test_what_cannot_be_meant_is_refused(space, sites, options, sentence):
    add_site(space, sites)

    answer = deploy(space, *options, code=2)

    assert sentence in answer.err


def test_an_unknown_build_names_those_that_there_are(space, sites):
    add_site(space, sites)

    assert "it has 1.0.0.0-p1" in deploy(space, "--site", "shop", "--build", "9", code=1).err


def test_a_release_is_no_build_and_a_build_no_release(space, sites):
    add_site(space, sites)

    assert "--stock 2.0.0 is the vendor's release" in deploy(space, "--site", "shop", "--build", "2.0.0", code=1).err
    assert "say --build 1.0.0.0-p1" in deploy(space, "--site", "shop", "--stock", "1.0.0.0-p1", code=1).err


def test_nothing_is_named_next_where_nothing_was_done_and_the_log_says_so(space, sites):
    space.do("site", "add", "shop", "--client", "shop-gmbh")

    answer = deploy(space, "--site", "shop", "--send", code=1)

    assert answer.out.startswith("shop: refused: site 'shop' has no source")
    assert "next:" not in answer.err
    assert "nothing was deployed yet" in space.do("fork", "deploy", "--log").err


@pytest.mark.parametrize("function", ["disk_free_space", "chmod", "chown", "touch", "set_time_limit"])
def test_what_a_server_has_switched_off_is_done_without(space, sites, tmp_path, function):
    folder = add_site(space, sites)
    sites.plan(php=["-d", f"disable_functions={function}"])

    deploy(space, "--site", "shop", "--send")

    assert files_in(folder / "tidy-forms") == built(tmp_path)


@pytest.mark.parametrize("status", ["503", "401"])
def test_a_site_that_shows_nothing_before_and_after_is_told_as_not_known(space, sites, tmp_path, status):
    folder = add_site(space, sites)
    closed = f"HTTP/1.1 {status} Closed\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
    with serve_script(b"", closed) as server:
        space.do("site", "set", "shop", "--url", f"http://127.0.0.1:{server.port}/")

        answer = deploy(space, "--site", "shop", "--send")

    assert (
        f"gives status {status} and gave status {status} before, so whether its pages work is not known" in answer.out
    )
    assert files_in(folder / "tidy-forms") == built(tmp_path)


def test_what_is_neither_plugin_nor_theme_is_left_to_hands(space, sites, tmp_path):
    add_site(space, sites)
    folder = tmp_path / "tweaks"
    folder.mkdir()
    (folder / "tweaks.php").write_text("<?php\n/* Plugin Name: Tweaks\n Version: 1 */\n")
    space.do("fork", "create", "mu-plugin/tweaks.php", "--version", "1", "--from", folder)

    answer = space.run("fork", "deploy", "mu-plugin/tweaks.php", "--stock", "1", "--site", "shop")

    assert (answer.code, "only plugins and themes are" in answer.err) == (1, True)


def test_one_site_of_a_network_is_done_with_the_other(space, sites):
    add_site(space, sites)
    space.do("site", "add", "shop-de", "--client", "shop-gmbh", "--network", "shop")

    answer = deploy(space, "--site", "shop", "--site", "shop-de", "--send", "--json")

    assert [one["site"] for one in answer.json["sites"]] == ["shop"]
    assert "shop-de has the same files as shop" in answer.err


def test_what_a_deployment_says_of_a_site_is_what_a_look_at_its_files_says(space, sites):
    folder = add_site(space, sites)
    (folder / "tidy-forms" / "readme.txt").write_text("by hand")
    (folder / "tidy-forms" / "evil.php").write_text("<?php\n")
    space.do("fork", "upgrade", FORMS, "--to", "2.0.0")

    def known():
        line = space.do("patch", "list", "--sites").out.splitlines()[2]
        return line.split("\t")[2:4]

    deploy(space, "--site", "shop", "--send", "--anyway", "It is urgent.")
    for options, state in (
        (["--back"], "tampered"),
        (["--stock", "2.0.0"], "other"),
        (["--build", "1.0.0.0-p1"], "patched"),
        (["--stock", "1.0.0"], "other"),
    ):
        deploy(space, *options, "--site", "shop", "--send", "--anyway", "It is urgent.")
        after = known()
        assert after[1] == state
        space.run("fork", "verify", "shop", FORMS)
        assert known() == after


def test_a_site_that_was_put_on_the_release_with_the_fix_waits_no_more(space, sites, tmp_path):
    add_site(space, sites)
    space.do("fork", "import", FORMS, "--from", tmp_path / "sources" / "3.0.0")
    deploy(space, "--site", "shop", "--send")
    space.do("fork", "upgrade", FORMS, "--to", "3.0.0")

    deploy(space, "--stock", "3.0.0", "--site", "shop", "--send")

    assert "to move" not in space.run("check").out
    assert "no patch is carried on it" in space.do("fork", "verify", "shop").out
