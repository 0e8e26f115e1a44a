"""The files of one component as a site has them, from wherever the site's source is.

A WordPress folder on this machine is read where it lies. From another machine comes a tar stream over ssh, which needs
neither WP-CLI nor a working WordPress there; it is hostile until read: plain files and folders below the component's
own name, limited in number and size. Other sources list components but do not hand out their files.
"""

from __future__ import annotations

import re
import shlex
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from plugwatch.errors import InputError, NotFoundError, PlugwatchError, UnknownError
from plugwatch.inventories.containers import shorten
from plugwatch.inventories.sources.aliases import load_aliases
from plugwatch.inventories.sources.spec import FileSpec, RestSpec, SourceSite, Spec, WpSpec, resolve
from plugwatch.model.component import Component
from plugwatch.process import ProgramError, clean_environment, pipe

# Where the content stands below a WordPress folder: plain WordPress, Bedrock, Bedrock's web/; or it is a wp-content.
_CONTENTS = ("wp-content", "web/app", "app", ".")
_FOLDERS = {"plugin": "plugins/", "theme": "themes/", "mu-plugin": "mu-plugins/", "dropin": ""}
# As parse_ssh_url in WP-CLI's php/utils.php takes it apart.
_SSH = re.compile(
    r"(?:(?P<scheme>ssh|vagrant|docker|docker-compose|docker-compose-run):)?(?P<host>[^:/~]+)(?::(?P<port>[0-9]{1,5}))?(?P<path>[/~].*)?"
)
_SSH_OPTIONS = (
    *("-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=20"),
    *("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4"),
)
_HOME = re.compile(r"(~[A-Za-z0-9_.-]*)(?:/(.*))?")
_MOST_ENTRIES = 50_000
_MOST_BYTES = 1 << 30
_CHUNK = 1 << 16
_NOT_THERE, _NO_FOLDER = "plugwatch: not there", "plugwatch: no such folder"


@dataclass(frozen=True)
class _Remote:
    """A WordPress folder behind ssh; ``path`` is None for the folder that ssh logs in to."""

    host: str
    port: str | None
    path: str | None


@contextmanager
def component_files(spec: Spec, site: SourceSite, component: Component) -> Iterator[Path]:
    """The component's folder, or its file where it is a single one, for the block.

    Raises UnknownError where the site does not answer, PlugwatchError where its source has no files, or not these.
    """
    place = f"site '{site.slug}'"
    if isinstance(spec, RestSpec):
        raise PlugwatchError(
            f"{place}: its REST API lists components but does not hand out their files; download the folder of "
            f"{component} and give that, or give the site a 'wp' source"
        )
    root = _locate(spec, site)
    if isinstance(root, Path):
        yield _find_here(root, component, place)
        return
    with TemporaryDirectory(prefix="plugwatch-") as folder:
        yield _fetch(root, component, Path(folder), place)


def _locate(spec: FileSpec | WpSpec, site: SourceSite) -> Path | _Remote:
    """The WordPress folder that a source means, here or elsewhere."""
    if isinstance(spec, FileSpec):
        path = resolve(spec.path, site.workspace)
        if not path.is_dir():
            raise PlugwatchError(
                f"site '{site.slug}': its source is a list in a file, which holds no plugin's files; give the site a "
                "folder or a 'wp' source"
            )
        return path
    ssh, path_text = spec.ssh, spec.path
    if spec.alias is not None:
        config = resolve(spec.config, site.workspace) if spec.config else None
        found = load_aliases(site.workspace, config).expand(spec.alias)
        if len(found) != 1:
            raise PlugwatchError(f"site '{site.slug}': {spec.alias} stands for several sites; give the alias of one")
        ssh, path_text = found[0].ssh, path_text or found[0].path
    if ssh is None:
        if path_text is None:
            raise PlugwatchError(f"site '{site.slug}': its source names no folder; write wp --path=FOLDER")
        return resolve(path_text, site.workspace)
    return _parse_ssh(ssh, path_text, site)


def _parse_ssh(text: str, path: str | None, site: SourceSite) -> _Remote:
    match = _SSH.fullmatch(text)
    if match is None or match["host"].startswith("-"):
        raise PlugwatchError(f"site '{site.slug}': the ssh address in its source cannot be read; correct it")
    if match["scheme"] not in (None, "ssh"):
        raise PlugwatchError(
            f"site '{site.slug}': files are not fetched out of {match['scheme']}; copy the folder out and give that"
        )
    return _Remote(match["host"], match["port"], path or match["path"])


def _places(component: Component) -> list[str]:
    """Where a component may be below a WordPress folder; a plugin may be a single file."""
    names = [component.slug, f"{component.slug}.php"] if component.kind == "plugin" else [component.slug]
    return [f"{content}/{_FOLDERS[component.kind]}{name}" for content in _CONTENTS for name in names]


def _find_here(root: Path, component: Component, place: str) -> Path:
    places = _places(component)
    if root.name == _FOLDERS[component.kind].rstrip("/"):  # the source is the folder of all plugins itself
        places += [component.slug, f"{component.slug}.php"]
    for below in places:
        if (root / below).exists():
            return root / below
    raise NotFoundError(f"{place}: {component} is not in {root}; see 'plugwatch site show'")


def _fetch(remote: _Remote, component: Component, folder: Path, place: str) -> Path:
    """Unpack what tar sends; the folder or file of the component."""
    port = ("-p", remote.port) if remote.port else ()
    args = ["ssh", *_SSH_OPTIONS, *port, "--", remote.host, _script(remote.path, component)]
    try:
        with pipe(args, env=clean_environment()) as ends:
            ends.stdin.close()
            problem = _unpack(ends.stdout, component.slug, folder, place)
    except ProgramError as error:
        said = str(error)
        if _NOT_THERE in said:
            raise NotFoundError(f"{place}: {component} is not on its server; see 'plugwatch site show'") from error
        if _NO_FOLDER in said:
            raise NotFoundError(f"{place}: its server has no {remote.path}; correct the path in its source") from error
        raise UnknownError(
            f"{place}: its files could not be fetched over ssh ({shorten(said.rpartition('failed: ')[2], 150)}); "
            "log in there by hand with ssh once: it must work by key, without a question"
        ) from error
    if problem:
        raise problem
    found = [path for name in (component.slug, f"{component.slug}.php") if (path := folder / name).exists()]
    if not found:
        raise InputError(f"its server sent no files of {component}", source=place)
    return found[0]


def _script(path: str | None, component: Component) -> str:
    """What the shell at the other end runs: the first place where the component is, as a tar stream."""
    lines = [f"cd {_quoted(path)} 2>/dev/null || {{ echo '{_NO_FOLDER}' >&2; exit 66; }}"] if path else []
    for below in _places(component):
        parent, _slash, name = below.rpartition("/")
        lines.append(f"test -e {shlex.quote(below)} && exec tar -C {shlex.quote(parent)} -chf - {shlex.quote(name)}")
    return "; ".join([*lines, f"echo '{_NOT_THERE}' >&2; exit 66"])


def _quoted(path: str) -> str:
    """A path for the shell, whose ``~`` at the beginning stays one."""
    home = _HOME.fullmatch(path)
    return f"{home[1]}/{shlex.quote(home[2] or '.')}" if home else shlex.quote(path)


def _unpack(stream: IO[bytes], slug: str, folder: Path, place: str) -> InputError | None:
    """Write the files of a tar stream; the error where it is cut or none, of which ssh may know the reason.

    Raises InputError for what is not taken.
    """
    left = _MOST_BYTES
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for number, member in enumerate(archive, 1):
                left -= max(member.size, 0)
                if number > _MOST_ENTRIES or left < 0:
                    raise InputError("it has more files or bytes than any plugin", source=place)
                if not _is_safe(member, slug):
                    raise InputError(
                        f"its server sent {member.name[:100]!r}, which is no plain file of it", source=place
                    )
                _write(archive, member, folder, place)
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        return InputError(f"its server sent no readable tar stream ({error})", source=place)
    return None


def _is_safe(member: tarfile.TarInfo, slug: str) -> bool:
    """Whether it is a plain file or folder below the component's own name."""
    parts = member.name.split("/")
    inside = parts[0] == slug or (parts == [f"{slug}.php"] and member.isreg())
    plain = member.isreg() or member.isdir()
    return inside and plain and not {"", ".", ".."} & set(parts) and "\0" not in member.name


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, place: str) -> None:
    target = folder / member.name
    content = archive.extractfile(member) if member.isreg() else None
    try:
        if content is None:
            target.mkdir(parents=True, exist_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with content, target.open("wb") as file:
            while chunk := content.read(_CHUNK):
                file.write(chunk)
        target.chmod(0o755 if member.mode & 0o100 else 0o644)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise InputError(
            f"its server sent {member.name[:100]!r}, and there a file is a folder as well; download the folder by hand "
            "and give that",
            source=place,
        ) from error
