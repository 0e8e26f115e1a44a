"""WP-CLI aimed at one site, and PHP of ours run there through it.

Every question is one run of ``wp`` with a list of arguments and a time limit. What a site prints beside its answer may
hold secrets (PHP writes the arguments of failing calls), so only known words of it reach an error. Of PHP that runs
there neither code nor values stand on a command line, where all users of a machine read them and 128 KiB is the end of
it: a short line reads both from stdin, which WP-CLI hands through ssh and containers.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from tempfile import TemporaryFile
from typing import IO

from plugwatch.errors import InputError, PlugwatchError, UnknownError
from plugwatch.inventories.containers import shorten
from plugwatch.inventories.sources.aliases import load_aliases
from plugwatch.inventories.sources.spec import SourceSite, Spec, WpSpec, resolve
from plugwatch.process import Completed, ProgramError, clean_environment, find, run

TIMEOUT = 60.0  # seconds

# ssh asks for passwords on the terminal, whatever its stdin is; with these (OpenSSH 8.4) it asks a program that fails.
_NO_QUESTIONS = {"SSH_ASKPASS": "false", "SSH_ASKPASS_REQUIRE": "force"}
# The global options of WP-CLI that keep the code of plugins and themes from running.
WITHOUT_CODE = ("--skip-plugins", "--skip-themes")
_MAGIC = "plugwatch"
# On the site's command line, so without quotation marks of the shell. It reads unbuffered: what follows is the code's.
# Errors go to stderr, since the site's own settings may print them into the answer.
_READER = (
    'ini_set("display_errors","stderr");'
    '$plugwatch_in=fopen("php://stdin","rb");stream_set_read_buffer($plugwatch_in,0);'
    '$plugwatch_take=function($n)use($plugwatch_in){$s="";while(strlen($s)<$n){'
    '$p=fread($plugwatch_in,min($n-strlen($s),65536));if($p===false||$p==="")break;$s.=$p;}return $s;};'
    '$plugwatch_head=explode(" ",trim($plugwatch_take(64)));'
    'if(count($plugwatch_head)!==4||$plugwatch_head[0]!=="plugwatch"){fwrite(STDERR,"plugwatch: no stdin");exit(3);}'
    "$plugwatch_code=$plugwatch_take((int)$plugwatch_head[2]);"
    "$plugwatch=json_decode($plugwatch_take((int)$plugwatch_head[3]),true);"
    "fclose($plugwatch_in);"
    'echo "\\n<<",$plugwatch_head[1],"\\n";eval($plugwatch_code);echo "\\n>>",$plugwatch_head[1],"\\n";'
)
_HEAD = 64  # bytes
_NOISE = 1 << 20  # bytes: what a site prints before and after our answer, at the most

_BROKEN = re.compile(r"critical error on (?:this|your) website|PHP (?:Fatal|Parse) error|^(?:Fatal|Parse) error:", re.M)
_SSH = re.compile(
    r"Permission denied(?: \([a-z,-]+\))?|Host key verification failed|Could not resolve hostname|No route to host"
    r"|Connection (?:refused|timed out|reset|closed)"
)
_SSH_REFUSED = ("Permission denied", "Host key")
_FAILURES: tuple[tuple[str, type[PlugwatchError], str], ...] = (
    (
        "Error establishing a database connection",
        UnknownError,
        "the site cannot reach its database; see whether the site works at all, then try again",
    ),
    (
        "This does not seem to be a WordPress install",
        PlugwatchError,
        "there is no WordPress in that folder; correct the path in the source",
    ),
    (
        "The site you have requested is not installed",
        PlugwatchError,
        "that WordPress has no tables in its database; correct the path or --url in the source",
    ),
    (
        "running this as root",
        PlugwatchError,
        "WP-CLI does not run as root unasked; run plugwatch as another user, or add --allow-root to the source",
    ),
    (
        "plugwatch: no stdin",
        PlugwatchError,
        "what plugwatch sends does not reach WP-CLI there; a container must be entered with its stdin open (-i)",
    ),
    (
        r"command has been disabled from the config file",
        PlugwatchError,
        "its WP-CLI does not run 'wp eval'; take 'eval' out of disabled_commands in its wp-cli.yml",
    ),
    ("Verify `--url=<url>`", PlugwatchError, "the network has no site at that address; correct --url in the source"),
    (r"Alias '@?[\w.-]+' not found", PlugwatchError, "WP-CLI does not know that alias; correct the source"),
    (
        r"\bphp'?: (?:command )?not found|\bphp'?: No such file",
        PlugwatchError,
        "WP-CLI needs PHP's command line, which is not installed there; install it, or give the site another source",
    ),
    (
        r"\bwp'?: (?:command )?not found|\bwp'?: No such file",
        PlugwatchError,
        "WP-CLI is not installed there; install it on the site's server as 'wp', or give the site another source",
    ),
)


class BrokenSiteError(UnknownError):
    """The site's own code ends in a fatal error."""


class ShellError(PlugwatchError):
    """Nothing can be asked of the site, since its source is none of WP-CLI."""


@dataclass(frozen=True)
class Wp:
    """WP-CLI, aimed at one site; ``options`` are global ones for every question."""

    program: str
    spec: WpSpec
    site: SourceSite
    options: tuple[str, ...] = ()

    def ask(
        self, *command: str, timeout: float = TIMEOUT, stdin: IO[bytes] | None = None, out: IO[bytes] | None = None
    ) -> bytes:
        """What WP-CLI prints; nothing where it goes to ``out``. Both streams are files on disk.

        Raises PlugwatchError or UnknownError where it fails.
        """
        variables = dict(_NO_QUESTIONS)
        if self.spec.config is not None:
            variables["WP_CLI_CONFIG_PATH"] = str(resolve(self.spec.config, self.site.workspace))
        try:
            done = run(
                [self.program, *_target(self.spec, self.site), *self.options, *command],
                stdin=stdin,
                stdout=out,
                cwd=self.site.workspace,
                env=clean_environment(variables),
                timeout=timeout,
                check=False,
                with_children=True,  # an ssh must not outlive its wp
            )
        except ProgramError as error:
            raise UnknownError(f"site '{self.site.slug}': {error}; try again later") from error
        except OSError as error:
            raise PlugwatchError(f"'{self.program}' cannot be run ({error.strerror}); install WP-CLI anew") from error
        if done.returncode:
            raise _failure(done, _start(out) if out else done.stdout, self.site.slug)
        return done.stdout

    def source(self, *command: str) -> str:
        """A question's name in errors."""
        return f"site '{self.site.slug}': wp {' '.join(command[:2])}"


@dataclass(frozen=True)
class SiteShell:
    """PHP of ours, run inside a site's WordPress without the code of its plugins and themes."""

    wp: Wp

    def php(
        self,
        code: str,
        values: Mapping[str, object] = {},
        *,
        stdin: IO[bytes] | None = None,
        out: IO[bytes] | None = None,
        timeout: float = TIMEOUT,
    ) -> bytes:
        """What the code prints; with ``out`` it is written there, from its position on, and the answer is empty.

        ``values`` (of JSON) are the array ``$plugwatch`` there, ``stdin`` is ``php://stdin``. A code that ends itself
        (``exit``) has failed. Raises UnknownError where the site did not answer, PlugwatchError where its source or
        its server must be corrected.
        """
        token = secrets.token_hex(8)
        with TemporaryFile() as sent, TemporaryFile() as answer:
            _write_question(sent, token, code, values)
            if stdin is not None:
                shutil.copyfileobj(stdin, sent, 1 << 20)
            sent.seek(0)
            self.wp.ask("eval", _READER, timeout=timeout, stdin=sent, out=answer)
            if not _cut(answer, token):
                raise UnknownError(
                    f"site '{self.wp.site.slug}': its answer is cut off, so what was done there is not known; "
                    "try again later"
                )
            if out is None:
                return answer.read()
            shutil.copyfileobj(answer, out, 1 << 20)
            return b""

    def starts(self, timeout: float = TIMEOUT) -> bool | None:
        """Whether the site's WordPress starts with the code of its plugins and theme; None where nobody can tell."""
        try:
            replace(self.wp, options=()).ask("eval", "echo 1;", timeout=timeout)
        except BrokenSiteError:
            return False
        except PlugwatchError:
            return None
        return True


def open_shell(spec: Spec, site: SourceSite) -> SiteShell:
    """The shell of a site. Raises PlugwatchError where its source is none of WP-CLI, or WP-CLI is not installed."""
    if not isinstance(spec, WpSpec):
        raise ShellError(
            f"site '{site.slug}': only WP-CLI runs something on a site, and its source is another one; give it "
            f"'wp --path=FOLDER', 'wp --ssh=HOST' or 'wp @ALIAS' with 'plugwatch site set {site.slug} --source'"
        )
    return SiteShell(replace(aim_wp(spec, site), options=WITHOUT_CODE))


def aim_wp(spec: WpSpec, site: SourceSite) -> Wp:
    """WP-CLI for this site. Raises PlugwatchError where it is not installed, or the source stands for several sites."""
    check_alias(spec, site)
    program = find("wp")
    if program is None:
        raise PlugwatchError("'wp' is not installed or not on PATH; install WP-CLI, or give the site another source")
    return Wp(program, spec, site)


def check_alias(spec: WpSpec, site: SourceSite) -> None:
    """Raise PlugwatchError where the source is an alias that stands for several sites.

    A configuration that we cannot read is left to WP-CLI, whose own reader takes more than YAML.
    """
    if spec.alias is None:
        return
    try:
        known = load_aliases(site.workspace, resolve(spec.config, site.workspace) if spec.config else None)
    except InputError:
        return
    if known.is_group(spec.alias):
        members = [alias.name for alias in known.expand(spec.alias)]
        shown = ", ".join(members[:8]) + (", …" if len(members) > 8 else "")
        raise PlugwatchError(f"{spec.alias} stands for several sites ({shown or 'none yet'}); give the alias of one")


def _target(spec: WpSpec, site: SourceSite) -> list[str]:
    """The arguments that aim WP-CLI; it knows an alias only as the first, and not every version knows ``~``."""
    path = spec.path
    if path is not None and path.startswith("~") and spec.ssh is None and spec.alias is None:
        path = str(resolve(path, site.workspace))
    options = [f"--{name}={value}" for name, value in (("ssh", spec.ssh), ("path", path), ("url", spec.url)) if value]
    return [*([spec.alias] if spec.alias else []), *options, *(["--allow-root"] if spec.allow_root else [])]


def _write_question(sent: IO[bytes], token: str, code: str, values: Mapping[str, object]) -> None:
    program = code.removeprefix("<?php").encode()
    told = json.dumps(values).encode()
    sent.write(f"{_MAGIC} {token} {len(program)} {len(told)}".ljust(_HEAD).encode() + program + told)


def _cut(answer: IO[bytes], token: str) -> bool:
    """Leave in the file what stands between the two marks, and its position there; False where one is missing."""
    first, last = f"\n<<{token}\n".encode(), f"\n>>{token}\n".encode()
    size = answer.seek(0, 2)
    answer.seek(0)
    begin = answer.read(_NOISE).find(first)
    answer.seek(max(0, size - _NOISE))
    tail = answer.read()
    end = tail.rfind(last)
    if begin < 0 or end < 0:
        return False
    answer.truncate(size - len(tail) + end)
    answer.seek(begin + len(first))
    return True


def _start(answer: IO[bytes]) -> bytes:
    answer.seek(0)
    return answer.read(_NOISE)


def _failure(done: Completed, printed: bytes, slug: str) -> PlugwatchError:
    said = b"\n".join((done.stderr, printed)).decode("utf-8", "replace")
    place = f"site '{slug}'"
    for words, kind, sentence in _FAILURES:
        if re.search(words, said):
            return kind(f"{place}: {sentence}")
    if _BROKEN.search(said):
        return BrokenSiteError(f"{place}: the site ends in a fatal error, whatever is asked; see its error log")
    reason = _SSH.search(said)
    if reason or "Cannot connect over SSH" in said:
        refused = reason is not None and reason[0].startswith(_SSH_REFUSED)
        return (PlugwatchError if refused else UnknownError)(
            f"{place}: its server was not reached over ssh ({reason[0] if reason else 'no reason given'}); "
            "log in there by hand with ssh once: it must work by key, without a question"
        )
    own_words = re.search(r"^Error: ([^\n]+)", said, re.M)
    quoted = f" ('{shorten(own_words[1], 120)}')" if own_words else ""
    return PlugwatchError(f"{place}: WP-CLI failed with status {done.returncode}{quoted}; run 'wp plugin list' by hand")
