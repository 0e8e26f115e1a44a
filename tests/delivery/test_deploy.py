"""One component on one site: what the site's PHP does, also when it is killed at any of its steps."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import replace

import pytest
from peers.bare_wp import BareSites
from workbench import plugin, snapshot

from plugwatch.delivery.deploy import Ground
from plugwatch.delivery.deploy_package import pack, read_snapshot
from plugwatch.errors import InputError, PlugwatchError, UnknownError
from plugwatch.inventories.sources.shell import open_shell
from plugwatch.inventories.sources.spec import SourceSite, parse_spec
from plugwatch.model.builds.build import BuildFile
from plugwatch.model.component import Component
from plugwatch.model.deployments.deploying import Copy, SiteRefusedError, digest, git_sum

OLD = plugin("1.0.0")
NEW = plugin("2.0.0", mail=b"<?php // new\n") | {"deep/er/new.txt": b"new", "0": b"zero"}

# PHP's functions that change folders, replaced by ones that kill the process before the Nth of their calls. What they
# then do, libc does. Without "FFI" among the classes the code takes the road of two steps.
_KILL = """
function kill_here() { static $n = 0; if (++$n === %d) posix_kill(getpid(), 9); }
function libc() { static $c; return $c ?? $c = FFI::cdef(
  'int rename(const char*, const char*); int mkdir(const char*, int);'
  . 'int unlink(const char*); int rmdir(const char*);'); }
function rename($a, $b) { kill_here(); return libc()->rename($a, $b) === 0; }
function mkdir($a, $m = 511) { kill_here(); return libc()->mkdir($a, $m) === 0; }
function unlink($a) { kill_here(); return libc()->unlink($a) === 0; }
function rmdir($a) { kill_here(); return libc()->rmdir($a) === 0; }
function clearstatcache() { kill_here(); }
function class_exists($c, $load = true) { return ($c !== 'FFI' || %s) && in_array($c, get_declared_classes(), true); }
"""
_SETTINGS = [
    "-d",
    "extension=ffi",
    "-d",
    "extension=posix",
    "-d",
    "disable_functions=rename,mkdir,unlink,rmdir,clearstatcache,class_exists",
]


@pytest.fixture
def sites(tmp_path, monkeypatch):
    made = BareSites(tmp_path / "server")
    monkeypatch.setenv("PATH", made.path)
    return made


def ground_of(sites, tmp_path, files=OLD, slug="tidy-forms"):
    root = sites.add("shop", {slug: files})
    shell = open_shell(parse_spec(f"wp --path={root}"), SourceSite("shop", None, tmp_path))
    return Ground(shell, "shop", Component("plugin", "tidy-forms")), root / "wp-content" / "plugins"


def new_package(tmp_path, files=NEW, top="tidy-forms"):
    packed = {path: BuildFile(False, lambda content=content: content) for path, content in files.items()}
    copy = Copy("stock", "2.0.0", "2.0.0", {path: git_sum(content) for path, content in files.items()})
    return pack(packed, top, tmp_path / "package.zip"), copy


def content_of(folder):
    return {path: content for path, content in snapshot(folder).items() if content is not None}


def test_git_itself_gives_the_same_sums_as_we_and_the_site(sites, tmp_path):
    ground, folder = ground_of(sites, tmp_path)

    look = ground.look()

    for path in OLD:
        said = subprocess.run(
            ["git", "hash-object", "--no-filters", str(folder / "tidy-forms" / path)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert look.files[path] == said.stdout.strip() == git_sum(OLD[path])
    assert (look.version, look.active, look.single) == ("1.0.0", ("active tidy-forms/tidy-forms.php",), False)


def test_the_site_makes_the_same_digest(sites, tmp_path):
    ground, _folder = ground_of(sites, tmp_path)
    package, copy = new_package(tmp_path)

    ground.place(package, copy, ground.look(), "JOB")

    job = ground.look().job
    assert job is not None
    assert (job.before, job.after) == (digest({p: git_sum(c) for p, c in OLD.items()}), digest(copy.files))
    assert (job.kept, job.busy, job.id) == (True, False, "JOB")
    assert ground.put_back("JOB") == job.before


@pytest.mark.parametrize("in_one_step", [True, False])
def test_killed_at_any_step_there_is_the_old_or_the_new_and_it_can_be_ended(sites, tmp_path, in_one_step):
    ground, folder = ground_of(sites, tmp_path)
    live = folder / "tidy-forms"
    package, copy = new_package(tmp_path)
    look = ground.look()
    killed_at = []
    for step in range(1, 60):
        sites.plan(before=_KILL % (step, "true" if in_one_step else "false"), php=_SETTINGS)
        try:
            ground.place(package, copy, look, "JOB")
            break
        except PlugwatchError:
            killed_at.append(content_of(live) if live.exists() else None)
        sites.plan(before="", php=[])
        ground.put_back("JOB")
        assert content_of(folder) == {f"tidy-forms/{path}": content for path, content in OLD.items()}, step
    else:
        raise AssertionError("it never came to its end")

    assert all(found in (OLD, NEW) or (found is None and not in_one_step) for found in killed_at)
    ends = [killed_at.count(None), killed_at.count(NEW)]
    assert ends == ([0, 1] if in_one_step else [1, 1])
    sites.plan(before="", php=[])
    ground.finish("JOB")
    assert content_of(folder) == {f"tidy-forms/{path}": content for path, content in NEW.items()}


@pytest.mark.parametrize("way", ["finish", "put_back"])
def test_killed_while_it_ends_it_can_be_ended_again(sites, tmp_path, way):
    ground, folder = ground_of(sites, tmp_path)
    package, copy = new_package(tmp_path)
    ground.place(package, copy, ground.look(), "JOB")
    wanted = NEW if way == "finish" else OLD
    for step in range(1, 60):
        sites.plan(before=_KILL % (step * 3, "false"), php=_SETTINGS)
        try:
            getattr(ground, way)("JOB")
            break
        except PlugwatchError:
            assert not (folder / "tidy-forms").exists() or content_of(folder / "tidy-forms") in (OLD, NEW)
    else:
        raise AssertionError("it never ended")

    assert step > 1
    assert content_of(folder) == {f"tidy-forms/{path}": content for path, content in wanted.items()}


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda package: replace(package, sha256="0" * 64), "transfer"),
        (lambda package: replace(package, files={**package.files, "0": ("1" * 64, False)}), "sum"),
        (lambda package: replace(package, files={**package.files, "more.php": ("1" * 64, False)}), "zip"),
        (lambda package: replace(package, files={"0": package.files["0"]}), "zip"),
    ],
)
def test_what_does_not_arrive_as_it_was_sent_changes_nothing(sites, tmp_path, spoil, word):
    ground, folder = ground_of(sites, tmp_path)
    before = snapshot(folder)
    package, copy = new_package(tmp_path)

    with pytest.raises(SiteRefusedError) as caught:
        ground.place(spoil(package), copy, ground.look(), "JOB")

    assert caught.value.word == word
    assert snapshot(folder) == before


def test_a_zip_for_another_component_changes_nothing(sites, tmp_path):
    ground, folder = ground_of(sites, tmp_path)
    before = snapshot(folder)
    package, copy = new_package(tmp_path, top="other-forms")

    with pytest.raises(SiteRefusedError, match="no ZIP with the one folder that is meant"):
        ground.place(package, copy, ground.look(), "JOB")

    assert snapshot(folder) == before


def test_files_that_changed_since_the_look_are_not_overwritten(sites, tmp_path):
    ground, folder = ground_of(sites, tmp_path)
    package, copy = new_package(tmp_path)
    look = ground.look()
    (folder / "tidy-forms" / "readme.txt").write_text("a colleague, just now")
    before = snapshot(folder)

    with pytest.raises(SiteRefusedError, match="have changed since"):
        ground.place(package, copy, look, "JOB")

    assert snapshot(folder) == before


def test_a_plugin_of_one_file_stays_one(sites, tmp_path):
    head = b"<?php\n/* Plugin Name: Tidy\n Version: %s */\n"
    ground, folder = ground_of(sites, tmp_path, {"tidy-forms.php": head % b"1"}, slug="")
    look = ground.look()
    package, copy = new_package(tmp_path, {"tidy-forms.php": head % b"2"})
    whole = replace(copy, files={**copy.files, "plugwatch-manifest.json": git_sum(b"{}")})

    assert (look.single, look.active) == (True, ("active tidy-forms.php",))
    ground.snapshot(look, tmp_path / "kept.zip")
    ground.place(package, whole, look, "JOB")
    assert ground.look().files == copy.files
    ground.put_back("JOB")
    assert snapshot(folder) == {"tidy-forms.php": head % b"1"}
    ground.place(package, whole, look, "JOB2")
    ground.finish("JOB2")

    assert snapshot(folder) == {"tidy-forms.php": head % b"2"}
    back, _package = read_snapshot(tmp_path / "kept.zip", "tidy-forms", "1")
    assert back.files == look.files


def test_a_second_deployment_waits_for_the_end_of_the_first(sites, tmp_path):
    ground, folder = ground_of(sites, tmp_path)
    package, copy = new_package(tmp_path)
    look = ground.look()
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    stop = f"function touch($f) {{ static $n = 0; $n++ || file_get_contents({str(fifo)!r}); return true; }}"
    sites.plan(before=stop, php=["-d", "disable_functions=touch"])
    child = os.fork()
    if not child:
        try:
            ground.place(package, copy, look, "FIRST")
        finally:
            os._exit(0)
    with fifo.open("w"):  # it is in the middle now
        sites.plan(before="", php=[])
        job = ground.look().job
        assert job is not None
        assert job.busy
        with pytest.raises(SiteRefusedError, match="somebody else has begun"):
            ground.place(package, copy, look, "SECOND")
        with pytest.raises(SiteRefusedError, match="runs there just now"):
            ground.put_back("FIRST")
        assert content_of(folder / "tidy-forms") == OLD
    os.waitpid(child, 0)

    assert content_of(folder / "tidy-forms") == NEW
    assert ground.look().job == replace(job, busy=False, kept=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files to others")
def test_the_owner_stays_and_where_that_cannot_be_it_is_said(sites, tmp_path):
    ground, folder = ground_of(sites, tmp_path)
    for path in (folder / "tidy-forms", *(folder / "tidy-forms").rglob("*")):
        os.chown(path, 1234, 2345)
    package, copy = new_package(tmp_path)

    assert ground.place(package, copy, ground.look(), "JOB") == ()
    found = [path.stat() for path in (folder / "tidy-forms", *(folder / "tidy-forms").rglob("*"))]
    assert {(one.st_uid, one.st_gid) for one in found} == {(1234, 2345)}

    ground.put_back("JOB")
    sites.plan(before="function chown() { return false; }", php=["-d", "disable_functions=chown"])
    (told,) = ground.place(package, copy, ground.look(), "JOB")
    assert "belong to WP-CLI's user now" in told


@pytest.mark.parametrize(
    "answer",
    [
        "[]",
        "null",
        '{"there": true}',
        '{"files": {"a": "x"}}',
        "[" * 100_000,
        '{"files": [], "there": 1, "single": 0, "path": "", "version": null, "active": 5, "bytes": 0}',
    ],
)
def test_a_site_that_answers_anything_is_not_believed(answer, tmp_path):
    class Liar:
        def php(self, *_args, **_more):
            return answer.encode()

    with pytest.raises(InputError, match="site 'shop'"):
        Ground(Liar(), "shop", Component("plugin", "tidy-forms")).look()


def test_a_refusal_is_shown_without_what_could_move_the_cursor(tmp_path):
    class Rude:
        def php(self, *_args, **_more):
            return b'{"refused": "made up", "detail": "\\u001b[2J' + b"x" * 5000 + b'"}'

    with pytest.raises(SiteRefusedError) as caught:
        Ground(Rude(), "shop", Component("plugin", "tidy-forms")).look()

    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_snapshot_that_is_not_what_was_seen_is_not_kept(sites, tmp_path):
    ground, folder = ground_of(sites, tmp_path)
    look = ground.look()
    (folder / "tidy-forms" / "readme.txt").write_text("meanwhile")

    with pytest.raises(PlugwatchError, match="does not hold what was seen"):
        ground.snapshot(look, tmp_path / "kept" / "it.zip")

    assert not list((tmp_path / "kept").iterdir())


def test_a_server_that_goes_away_in_the_middle_is_told_as_unknown(sites, tmp_path):
    ground, _folder = ground_of(sites, tmp_path)
    package, copy = new_package(tmp_path)
    look = ground.look()
    sites.plan(before=f"posix_kill(getpid(), {signal.SIGKILL});", php=["-d", "extension=posix"])

    with pytest.raises((UnknownError, PlugwatchError)):
        ground.place(package, copy, look, "JOB")
