"""``fork verify`` and ``patch list --sites`` through the command line, on real folders, lists and PHP."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile

import pytest
from peers.bare_wp import BareSites
from peers.fake_ssh import FakeSsh
from peers.wordpress_org import WordPressOrgServer
from workbench import Workspace, environment, mail_file, make_carrying_workspace, plugin, write_files

FORMS = "plugin/tidy-forms"
P1 = "1.0.0.0-p1"


@pytest.fixture(scope="module")
def directory():
    """WordPress.org, which lists nothing until a test says more."""
    with WordPressOrgServer() as server:
        yield server


@pytest.fixture(scope="module")
def made(tmp_path_factory, directory):
    """Release 1.0.0 with a patch, built as 1.0.0.0-p1, whose files are in ``p1``."""
    folder = tmp_path_factory.mktemp("verify")
    workspace = make_carrying_workspace(folder)
    with (workspace.folder / "plugwatch.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[wordpress_org]\napi_url = "{directory.url}"\ndownloads_url = "{directory.url}"\n')
    workspace.do("fork", "build", FORMS, "--out", folder / "out")
    with zipfile.ZipFile(folder / "out" / f"tidy-forms.{P1}.zip") as archive:
        archive.extractall(folder / "p1")
    return folder


@pytest.fixture
def space(made, tmp_path):
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return Workspace(tmp_path / "ws")


@pytest.fixture
def build(space):
    """The folder of the build as a site has it."""
    return space.folder.parent / "p1" / "tidy-forms"


def add_site(space: Workspace, name: str, folder, *, source: str | None = None):
    """A site whose WordPress is a folder here, with the plugin in it; its inventory is read."""
    root = space.folder.parent / "sites" / name
    plugins = root / "wp-content" / "plugins"
    plugins.mkdir(parents=True)
    (root / "wp-includes").mkdir()
    (root / "wp-includes" / "version.php").write_text("<?php\n$wp_version = '6.5.5';\n")
    shutil.copytree(folder, plugins / "tidy-forms")
    space.do("site", "add", name, "--client", f"{name.title()} Ltd", "--url", f"https://{name}.example")
    space.do("site", "import", name, root)
    space.do("site", "set", name, "--source", source or str(root))
    return plugins / "tidy-forms"


def verify(space: Workspace, *args, code: int = 0):
    """The components of ``fork verify --json``."""
    answer = space.run("fork", "verify", *args, "--json")
    assert answer.code == code, answer
    return answer.json["components"]


def newest_look(space: Workspace, site: str):
    rows = space.do("patch", "list", "--sites", "--json").json
    return next(row for row in rows if row["site"] == site)


def test_a_site_in_each_of_the_five_states(space, build):
    sources = space.folder.parent / "sources"
    older = write_files(sources / "0.9", plugin("0.9.0", readme=b"old"))
    space.do("fork", "import", FORMS, "--from", older)
    folders = {name: add_site(space, name, build) for name in ("fine", "over", "hacked", "gone")}
    folders["older"] = add_site(space, "older", older)
    shutil.rmtree(folders["over"])
    write_files(folders["over"], plugin())
    (folders["hacked"] / "includes" / "x.php").write_text("<?php eval( $_POST['x'] );")
    shutil.rmtree(folders["gone"])

    found = {name: space.run("fork", "verify", name) for name in folders}

    assert {(name, answer.code) for name, answer in found.items()} == {
        *(("fine", 0), ("over", 3), ("older", 3), ("hacked", 3), ("gone", 4)),
    }
    for name, state in (("fine", "patched"), ("hacked", "tampered"), ("older", "other")):
        assert f"{FORMS} on {name}: {state} (verified)" in found[name].out
    assert "includes/x.php" in found["hacked"].out
    assert "fork deploy" in found["over"].err
    assert "Over Ltd is hit again" in found["over"].err
    [lost] = verify(space, "over", code=3)
    assert (lost["state"], lost["certainty"], lost["release"]) == ("lost", "verified", "1.0.0")
    assert [patch["state"] for patch in lost["patches"]] == ["missing"]
    [gone] = verify(space, "gone", code=4)
    assert gone["certainty"] == "claimed"
    assert any("could not be seen" in warning for warning in gone["warnings"])


def test_what_was_seen_is_kept_and_shown_patch_by_patch_and_site_by_site(space, build):
    add_site(space, "fine", build)
    over = add_site(space, "over", build)
    shutil.rmtree(over)
    write_files(over, plugin())
    [seen] = verify(space, "over", code=3)
    assert seen["kept"]
    verify(space, "fine")

    row = newest_look(space, "over")
    assert (row["component"], row["client"], row["state"], row["patch_state"], row["certainty"], row["build"]) == (
        *(FORMS, "over-ltd", "lost", "missing", "verified", P1),
    )
    assert newest_look(space, "fine")["state"] == "patched"
    shown = space.do("patch", "list", FORMS, "--sites")
    assert shown.out.splitlines()[1].split("\t")[:4] == ["SITE", "CLIENT", "VERSION", "STATE"]
    assert "Over Ltd is hit again" in shown.err


def test_every_difference_to_the_vendors_release_is_explained(space, build):
    [seen] = verify(space, build)
    told = {one["path"]: one for one in seen["explained"]}

    assert told["includes/mail.php"]["why"].startswith("changed by pw-")
    assert told["PLUGWATCH-CHANGES.md"]["why"].startswith("only in ours")
    assert told["tidy-forms.php"]["why"].startswith("the build's own mark")
    for path, one in told.items():
        assert one["ours"] == hashlib.sha256((build / path).read_bytes()).hexdigest()
    assert not seen["kept"]


def test_the_text_for_the_host_names_the_files_and_their_sums_and_no_client_nor_machine(space, build):
    add_site(space, "fine", build)
    space.do("site", "add", "else", "--client", "Unrelated Bakery")
    text = space.do("fork", "verify", "fine", "--for-host").out

    assert text.startswith("Subject: fine.example:")
    assert hashlib.sha256((build / "includes" / "mail.php").read_bytes()).hexdigest() in text
    assert "plugwatch-manifest.json" in text
    for private in ("Fine Ltd", "Bakery", str(space.folder.parent), "INC-"):
        assert private not in text


def test_a_single_file_is_our_build_without_the_marks_that_stand_beside_it(space, tmp_path):
    code = b"<?php\n/*\nPlugin Name: Hello\nVersion: 1.7\n*/\nfunction hello() {\n\treturn %d;\n}\n"
    stock, edited = (write_files(tmp_path / f"hello{n}", {"hello.php": code % n}) for n in (1, 2))
    space.do("fork", "create", "plugin/hello", "--from", stock / "hello.php")
    space.do("patch", "capture", "plugin/hello", edited, "--title", "Two")
    out = tmp_path / "single"
    space.do("fork", "build", "plugin/hello", "--out", out)
    with zipfile.ZipFile(next(out.glob("hello*.zip"))) as archive:
        name = next(name for name in archive.namelist() if name.endswith("hello.php"))
        plugins = write_files(tmp_path / "x" / "plugins", {"hello.php": archive.read(name), "else.php": b"<?php\n"})
    [seen] = verify(space, plugins)
    assert (seen["component"], seen["state"], seen["build"]) == ("plugin/hello", "patched", "1.7.0.0-p1")
    assert "on request" in space.do("fork", "verify", plugins, "--for-host").out

    write_files(plugins, {"hello.php": code % 1})
    assert verify(space, plugins, code=3)[0]["state"] == "lost"


def test_the_text_for_the_host_does_not_answer_for_a_strangers_file(space, build):
    folder = add_site(space, "fine", build)
    (folder / "x.php").write_text("<?php eval(1);")
    answer = space.run("fork", "verify", "fine", "--for-host")

    assert answer.code == 3
    assert answer.out.index("not known to us") < answer.out.index("x.php")


@pytest.mark.parametrize("tool", ["sha256", "md5"])
def test_a_list_in_a_file_is_as_good_as_the_files(space, build, tool):
    lines = [
        f"{hashlib.new(tool, path.read_bytes()).hexdigest()}  /srv/wp-content/plugins/{path.relative_to(build.parent)}"
        for path in sorted(build.rglob("*"))
        if path.is_file()
    ]
    path = space.folder / "list.txt"
    path.write_text("Last login: today\n" + "\n".join(lines))

    [seen] = verify(space, path)

    assert (seen["component"], seen["state"], seen["certainty"]) == (FORMS, "patched", "verified")


def test_a_list_or_folder_of_a_site_is_kept_as_that_sites(space, build):
    space.do("site", "add", "shop", "--client", "Shop Ltd")
    [seen] = verify(space, build, "--site", "shop")

    assert (seen["site"], seen["kept"]) == ("shop", True)
    assert newest_look(space, "shop")["certainty"] == "verified"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("plugin_name\tfile\tmessage\ntidy-forms\treadme.txt\tChecksum does not match\n", "verify-checksums"),
        (f"{'a' * 64}  ./x.php\n{'b' * 64}  ./x.php\n", "twice"),
        (f"{'a' * 40}  ./x.php\n", "neither SHA-256 nor MD5"),
    ],
)
def test_a_list_that_cannot_be_used_is_unknown_with_what_to_do(space, text, said):
    path = space.folder / "list.txt"
    path.write_text(text)
    [seen] = verify(space, path, FORMS, code=4)

    assert seen["state"] == "unknown"
    assert said in seen["why"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"plugwatch-listing":1,"kind":"plugin","slug":"tidy-f', 1),
        ('{"plugwatch-listing":1,"kind":"plugin","slug":"tidy-forms"}\n["' + "a" * 64 + '","x.php"]\n', 4),
    ],
)
def test_a_listing_that_is_cut_off_is_refused(space, text, code):
    path = space.folder / "list.txt"
    path.write_text(text)
    answer = space.run("fork", "verify", path)

    assert answer.code == code
    assert "plugwatch-bug" not in answer.err


@pytest.mark.parametrize("version", ["\ud8001.0.0", "1.0\0", "1\x1b[2J"])
def test_a_version_that_is_no_text_is_not_taken_and_the_look_is_kept(space, build, version):
    add_site(space, "shop", build)
    files = {str(p.relative_to(build)): p.read_bytes() for p in build.rglob("*") if p.is_file()}
    head = {"plugwatch-listing": 1, "kind": "plugin", "slug": "tidy-forms", "there": True, "version": version}
    lines = [head, *([hashlib.sha256(data).hexdigest(), name] for name, data in files.items())]
    lines.append({"plugwatch-listing": "end", "files": len(files), "skipped": [], "single": False})
    path = space.folder / "list.txt"
    path.write_text("\n".join(json.dumps(line, separators=(",", ":")) for line in lines))
    [seen] = verify(space, path, "--site", "shop")

    assert (seen["component"], seen["state"], seen["kept"]) == (FORMS, "patched", True)


def test_a_folder_whose_name_is_no_utf8_is_a_folder_like_others(space, build):
    add_site(space, "shop", build)
    odd = build.with_name(os.fsdecode(b"odd\xff"))
    shutil.copytree(build, odd)
    assert verify(space, odd, FORMS, "--site", "shop")[0]["kept"]
    assert verify(space, odd, FORMS)[0]["state"] == "patched"


@pytest.mark.parametrize("name", ["a" * 5000, "~nobodyknows/x", "nowhere/x"])
def test_a_name_that_can_be_no_path_is_a_name_that_is_not_known(space, name):
    for options in ((), ("--site", "nowhere")):
        answer = space.run("fork", "verify", name, *options)
        assert (answer.code, "plugwatch-bug" in answer.err) == (1, False)


def test_a_pipe_is_not_waited_for(space, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    answer = space.run("fork", "verify", tmp_path / "pipe", FORMS)

    assert answer.code == 1
    assert "neither a file nor a folder" in answer.err


def test_a_site_without_a_build_is_sent_to_the_release_that_holds_the_fix(space):
    fixed = space.folder.parent / "sources" / "3.0.0"
    add_site(space, "shop", space.folder.parent / "sources" / "1.0.0")
    space.do("fork", "import", FORMS, "--from", fixed)
    space.do("fork", "upgrade", FORMS, "--to", "3.0.0")
    answer = space.run("fork", "verify", "shop")

    assert answer.code == 3
    assert answer.err.endswith(f"next: plugwatch fork deploy {FORMS} --stock 3.0.0 --site shop\n")


def test_what_is_not_there_is_not_called_patched(space, build):
    folder = add_site(space, "shop", build)
    shutil.rmtree(folder)
    [seen] = verify(space, "shop", code=4)

    assert seen["state"] == "unknown"
    assert "the last list shows version 1.0.0.0-p1" in seen["warnings"][0]


def test_where_no_site_runs_a_build_the_list_says_so(space):
    answer = space.do("patch", "list", "--sites")

    assert answer.out == ""
    assert answer.err.startswith("no site runs a build of ours")
    assert space.do("patch", "list", "--sites", "--json").json == []


def test_a_list_that_does_not_say_whose_it_is_asks(space):
    path = space.folder / "list.txt"
    path.write_text(f"{'a' * 64}  ./x.php\n")
    answer = space.run("fork", "verify", path)

    assert answer.code == 1
    assert "--component" in answer.err


@pytest.mark.parametrize("where", ["p1/tidy-forms", "p1", "out/tidy-forms.1.0.0.0-p1.zip", "renamed"])
def test_a_folder_a_folder_of_plugins_and_a_zip_are_found_out(space, build, where):
    shutil.copytree(build, space.folder.parent / "renamed")
    [seen] = verify(space, space.folder.parent / where, *([FORMS] if where == "renamed" else []))

    assert (seen["component"], seen["state"]) == (FORMS, "patched")


def test_a_manifest_is_held_against_git_and_the_zip_beside_it(space):
    out = space.folder.parent / "out"
    manifest = out / f"tidy-forms.{P1}.manifest.json"
    assert verify(space, manifest)[0]["state"] == "patched"

    with zipfile.ZipFile(out / f"tidy-forms.{P1}.zip", "a") as archive:
        archive.writestr("tidy-forms/x.php", "<?php eval(1);")
    assert verify(space, manifest, code=3)[0]["state"] == "tampered"

    (out / f"tidy-forms.{P1}.zip").unlink()
    assert "there is no" in verify(space, manifest)[0]["why"]

    manifest.write_text(manifest.read_text().replace(P1, "1.0.0.0-p9"))
    assert "fork sync" in verify(space, manifest, code=4)[0]["why"]


def test_a_manifest_with_another_sum_is_not_that_of_the_build(space):
    manifest = space.folder.parent / "out" / f"tidy-forms.{P1}.manifest.json"
    told = json.loads(manifest.read_text())
    told["files"]["readme.txt"]["sha256"] = "0" * 64
    manifest.write_text(json.dumps(told, indent=1))

    assert verify(space, manifest, code=3)[0]["state"] == "tampered"


def test_a_version_in_an_inventory_is_claimed_and_never_verified(space):
    space.do("site", "add", "shop", "--client", "Shop Ltd")
    path = space.folder / "list.toml"
    path.write_text(f'[plugins]\ntidy-forms = "{P1}"\n')
    space.do("site", "import", "shop", path)
    [seen] = verify(space, "shop")

    assert (seen["state"], seen["certainty"], seen["kept"]) == ("patched", "claimed", False)
    assert any("not verified" in warning for warning in seen["warnings"])


def test_a_site_behind_ssh_lists_its_files_by_php(space, build, monkeypatch):
    sites = BareSites(space.folder.parent / "server")
    monkeypatch.setenv("PATH", sites.path)
    files = {str(path.relative_to(build)): path.read_bytes() for path in build.rglob("*") if path.is_file()}
    root = sites.add("shop", {"tidy-forms": files})
    space.do("site", "add", "shop", "--client", "Shop Ltd", "--source", f"wp --ssh=web1 --path={root}")
    [seen] = verify(space, "shop", FORMS)
    assert (seen["state"], seen["certainty"]) == ("patched", "verified")

    (root / "wp-content" / "plugins" / "tidy-forms" / "includes" / "mail.php").write_bytes(mail_file())
    [seen] = verify(space, "shop", FORMS, code=3)
    assert (seen["state"], seen["patches"][0]["state"]) == ("lost", "missing")


def test_a_site_without_wp_cli_hands_its_files_over_plain_ssh(space, build, tmp_path, monkeypatch):
    ssh = FakeSsh(tmp_path / "bin", home=tmp_path)
    monkeypatch.setenv("PATH", ssh.path)
    if shutil.which("wp"):
        pytest.skip("this machine has WP-CLI")
    add_site(space, "shop", build, source="wp --ssh=web1 --path=sites/shop")
    [seen] = verify(space, "shop")

    assert (seen["state"], seen["certainty"]) == ("patched", "verified")


def test_a_site_that_does_not_answer_is_told_as_claimed_with_exit_code_4(space, build):
    add_site(space, "shop", build, source="wp --ssh=down.example --path=/srv/www")
    empty = space.folder.parent / "bin"
    empty.mkdir()
    for name in ("wp", "ssh"):
        (empty / name).write_text("#!/bin/sh\necho 'ssh: connect to host: Connection refused' >&2\nexit 255\n")
        (empty / name).chmod(0o755)
    with environment(PATH=f"{empty}:/usr/bin:/bin"):
        [seen] = verify(space, "shop", code=4)

    assert (seen["state"], seen["certainty"]) == ("patched", "claimed")


def listed(files: dict[str, bytes]) -> dict[str, dict[str, str]]:
    """Files as WordPress.org's checksums list them."""
    return {path: {"md5": "0" * 32, "sha256": hashlib.sha256(data).hexdigest()} for path, data in files.items()}


def test_a_newer_release_that_the_fork_lacks_is_known_by_wordpress_orgs_checksums(space, directory):
    files = plugin("2.5.0", mail=mail_file(subject="'New'"))
    folder = write_files(space.folder.parent / "newer" / "tidy-forms", files)
    directory.add_checksums("tidy-forms", "2.5.0", listed(files))
    [seen] = verify(space, folder, code=3)

    assert (seen["state"], seen["certainty"], seen["release"]) == ("lost", "verified", "2.5.0")


def test_a_release_that_the_vendor_has_shipped_in_two_forms_is_lost_and_not_tampered_with(space, directory):
    files = plugin() | {"new.php": b"<?php\n", "includes/mail.php": mail_file(seconds=11)}
    folder = write_files(space.folder.parent / "again" / "tidy-forms", files)
    assert verify(space, folder, code=3)[0]["state"] == "tampered"

    directory.add_checksums("tidy-forms", "1.0.0", listed(files))
    [seen] = verify(space, folder, code=3)

    assert (seen["state"], seen["certainty"]) == ("lost", "verified")


def test_a_release_that_nobody_can_tell_of_is_never_called_verified(space, directory):
    settings = space.folder / "plugwatch.toml"
    settings.write_text(settings.read_text().replace(directory.url, "http://127.0.0.1:9"))
    folder = write_files(space.folder.parent / "newer" / "tidy-forms", plugin("2.6.0", mail=mail_file(seconds=1)))
    [seen] = verify(space, folder, code=3)

    assert (seen["state"], seen["certainty"]) == ("lost", "claimed")
    assert any("WordPress.org could not be asked" in warning for warning in seen["warnings"])


def test_names_that_would_act_on_a_terminal_are_shown_as_text(space, build):
    (build / "\x1b[2J\u202ex.php").write_text("<?php eval(1);")
    answer = space.run("fork", "verify", build)

    assert answer.code == 3
    assert "\x1b" not in answer.out
    assert "\u202e" not in answer.out


def test_a_name_that_is_no_utf8_breaks_neither_json_nor_the_text_nor_the_ledger(space, build):
    (build / b"caf\xe9.php".decode("utf-8", "surrogateescape")).write_text("<?php eval(1);")
    space.do("site", "add", "shop", "--client", "Shop Ltd")
    [seen] = verify(space, build, "--site", "shop", code=3)

    assert (seen["differences"][0]["path"], seen["kept"]) == ("caf\\udce9.php", True)
    assert space.run("fork", "verify", build).code == 3
    assert space.run("fork", "verify", build, "--for-host").code == 3


def test_a_folder_without_anything_forked_is_an_error_that_says_what_to_do(space, tmp_path):
    answer = space.run("fork", "verify", write_files(tmp_path / "x", {"a.txt": b""}))

    assert answer.code == 1
    assert "--component" in answer.err


def test_the_vendors_release_is_fine_where_it_was_asked_for(space):
    stock = space.folder.parent / "sources" / "1.0.0"
    assert verify(space, stock, FORMS, code=3)[0]["state"] == "lost"
    [seen] = verify(space, stock, FORMS, "--against", "1.0.0")

    assert (seen["state"], seen["certainty"], seen["release"]) == ("lost", "verified", "1.0.0")
    assert "asked for" in seen["why"]


def test_what_is_wanted_must_be_in_the_fork(space, build):
    [seen] = verify(space, build, "--against", "9.9.9", code=4)

    assert "fork show" in seen["why"]


def test_the_help_is_that_of_the_table(space):
    assert "What a site really runs" in space.do("fork", "--help").out
    assert "--for-host" in space.do("fork", "verify", "--help").out
