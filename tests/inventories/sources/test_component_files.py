"""The files of a component as a site has them."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest
from peers.fake_ssh import FakeSsh
from workbench import plugin, write_files

from plugwatch.errors import PlugwatchError, UnknownError
from plugwatch.inventories.sources.component_files import component_files
from plugwatch.inventories.sources.spec import SourceSite, parse_spec
from plugwatch.model.component import Component

TIDY = Component("plugin", "tidy-forms")
PLACES = {
    TIDY: "plugins/tidy-forms/tidy-forms.php",
    Component("plugin", "hello"): "plugins/hello.php",
    Component("plugin", "Old Thing"): "plugins/Old Thing/a b.php",
    Component("theme", "evensong"): "themes/evensong/style.css",
    Component("mu-plugin", "tweaks.php"): "mu-plugins/tweaks.php",
    Component("dropin", "object-cache.php"): "object-cache.php",
}


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """The home folder on a site's server, with a WordPress in ``public html``."""
    content = tmp_path / "server" / "public html" / "wp-content"
    write_files(content, {path: path.encode() for path in PLACES.values()})
    write_files(content / "plugins" / "tidy-forms", plugin())
    (content / "plugins" / "tidy-forms" / "includes" / "mail.php").chmod(0o755)
    return tmp_path / "server"


@pytest.fixture
def ssh(server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeSsh:
    fake = FakeSsh(tmp_path / "bin", home=server)
    monkeypatch.setenv("PATH", fake.path)
    return fake


@pytest.fixture
def site(tmp_path: Path) -> SourceSite:
    (tmp_path / "agency").mkdir()
    return SourceSite("shop", "https://shop.example", tmp_path / "agency")


def _read(source: str, site: SourceSite, component: Component) -> dict[str, tuple[bytes, bool]]:
    with component_files(parse_spec(source), site, component) as path:
        files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
        return {str(p.relative_to(path.parent)): (p.read_bytes(), os.access(p, os.X_OK)) for p in files}


def _fails(source: str, site: SourceSite, component: Component = TIDY) -> PlugwatchError:
    with pytest.raises(PlugwatchError) as caught:
        _read(source, site, component)
    assert "\n" not in str(caught.value)
    return caught.value


def _source(road: str, server: Path) -> str:
    root = f"{server}/public html"
    return {
        "folder": root,
        "content": f"{root}/wp-content",
        "wp": f"wp '--path={root}'",
        "ssh": f"wp --ssh=kim@shop.example:2222 '--path={root}'",
        "ssh path": "wp --ssh=shop.example~/deep '--path=~/public html'",
    }[road]


@pytest.mark.parametrize("component", PLACES, ids=str)
@pytest.mark.parametrize("road", ["folder", "content", "wp", "ssh", "ssh path"])
def test_each_kind_by_each_road(server: Path, ssh: FakeSsh, site: SourceSite, road: str, component: Component) -> None:
    files = _read(_source(road, server), site, component)
    place = PLACES[component]
    if component == TIDY:
        wanted = {f"tidy-forms/{path}": (content, path == "includes/mail.php") for path, content in plugin().items()}
    else:
        _folder, _slash, name = place.partition("/") if component.kind != "dropin" else ("", "", place)
        wanted = {name: (place.encode(), False)}
    assert files == wanted
    assert bool(ssh.calls) == road.startswith("ssh")


def test_how_ssh_is_asked(server: Path, ssh: FakeSsh, site: SourceSite) -> None:
    _read(_source("ssh", server), site, TIDY)
    (call,) = ssh.calls
    assert call[:-2] == [
        *("-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=20"),
        *("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4", "-p", "2222", "--"),
    ]
    assert call[-2] == "kim@shop.example"


def test_an_alias_is_followed_and_a_group_is_not(server: Path, ssh: FakeSsh, site: SourceSite) -> None:
    root = f"{server}/public html"
    (site.workspace / "wp-cli.yml").write_text(
        f"@far:\n  ssh: shop.example{root.replace(' ', '%')}\n  path: '{root}'\n@near:\n  path: '{root}'\n"
        "@both:\n  - @far\n  - @near\n"
    )
    assert len(_read("wp @far", site, TIDY)) == 3
    assert len(ssh.calls) == 1
    assert len(_read("wp @near", site, TIDY)) == 3
    assert "stands for several sites" in str(_fails("wp @both", site))
    assert "there is no alias @nobody" in str(_fails("wp @nobody", site))


def test_bedrock_and_a_folder_of_plugins(tmp_path: Path, site: SourceSite) -> None:
    write_files(tmp_path / "bedrock" / "web" / "app" / "plugins" / "tidy-forms", plugin())
    assert len(_read(str(tmp_path / "bedrock"), site, TIDY)) == 3
    assert len(_read(str(tmp_path / "bedrock" / "web" / "app" / "plugins"), site, TIDY)) == 3


def test_sources_that_have_no_files_say_so(site: SourceSite) -> None:
    (site.workspace / "list.json").write_text("[]")
    assert "its source is a list in a file" in str(_fails("list.json", site))
    assert "its REST API lists components but does not hand out their files" in str(
        _fails("rest:https://kim@shop.example", site)
    )
    assert "files are not fetched out of docker" in str(_fails("wp --ssh=docker:web", site))


def test_what_is_not_on_the_site_is_said(server: Path, ssh: FakeSsh, site: SourceSite) -> None:
    for road in ("folder", "ssh"):
        assert "plugin/nothing is not " in str(_fails(_source(road, server), site, Component("plugin", "nothing")))


def test_a_server_that_is_down_or_has_no_such_folder_is_not_known(ssh: FakeSsh, site: SourceSite) -> None:
    error = _fails("wp --ssh=down.example --path=/srv/shop", site)
    assert isinstance(error, UnknownError)
    assert "(ssh: connect to host down.example port 22: Connection refused)" in str(error)
    gone = _fails("wp --ssh=shop.example --path=/srv/gone", site)
    assert str(gone) == "site 'shop': its server has no /srv/gone; correct the path in its source"


def test_a_path_of_a_source_is_no_command(server: Path, ssh: FakeSsh, site: SourceSite, tmp_path: Path) -> None:
    _fails(f"wp --ssh=shop.example '--path=/srv; touch {tmp_path}/owned; $(touch {tmp_path}/owned)'", site)
    _fails(f"wp --ssh=shop.example '--path=~/x; touch {tmp_path}/owned'", site)
    assert not (tmp_path / "owned").exists()


def _tar(*members: tuple[str, bytes, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, kind, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = kind, len(content), "/etc/passwd"
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize(
    "name",
    ["../escaped.php", "/etc/escaped", "other/a.php", "tidy-forms/../../escaped.php", "tidy-forms//a", "hello.php"],
)
def test_files_outside_the_component_are_refused(ssh: FakeSsh, site: SourceSite, tmp_path: Path, name: str) -> None:
    ssh.send(_tar(("tidy-forms/a.php", tarfile.REGTYPE, b"x"), (name, tarfile.REGTYPE, b"x")))
    assert "which is no plain file of it" in str(_fails("wp --ssh=shop.example", site))
    assert not list(tmp_path.rglob("escaped*"))


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a"), ("a", "a/")])
def test_a_file_that_is_a_folder_as_well_is_refused(
    ssh: FakeSsh, site: SourceSite, tmp_path: Path, names: tuple[str, str]
) -> None:
    kinds = [tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE for name in names]
    ssh.send(_tar(*((f"tidy-forms/{name.rstrip('/')}", kind, b"") for name, kind in zip(names, kinds, strict=True))))
    said = str(_fails("wp --ssh=shop.example", site))
    assert (
        f"its server sent 'tidy-forms/{names[1].rstrip('/')}', and there a file is a folder as well; download" in said
    )
    assert "/plugwatch-" not in said


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(ssh: FakeSsh, site: SourceSite, kind: bytes) -> None:
    ssh.send(_tar(("tidy-forms/a.php", kind, b"")))
    assert "which is no plain file of it" in str(_fails("wp --ssh=shop.example", site))


@pytest.mark.parametrize(
    "content", [b"", b"Welcome to shop.example!\n" * 100, _tar(("tidy-forms/a", b"0", b"x" * 9999))[:3000]]
)
def test_what_is_no_tar_stream_is_refused(ssh: FakeSsh, site: SourceSite, content: bytes) -> None:
    ssh.send(content)
    error = str(_fails("wp --ssh=shop.example", site))
    assert "no readable tar stream" in error or "sent no files" in error
