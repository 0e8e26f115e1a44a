"""The only place that starts other people's programs: list arguments, a time limit, an environment of our choosing."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, cast

from plugwatch.errors import PlugwatchError


@dataclass(frozen=True)
class Completed:
    """What a program left behind."""

    args: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def complaint(self) -> str:
        """The first line that the program wrote to stderr, for an error sentence."""
        lines = self.stderr.decode("utf-8", "replace").strip().splitlines()
        return lines[0] if lines else f"exit status {self.returncode}"


@dataclass(frozen=True)
class Pipe:
    """The two ends of a running program."""

    stdin: IO[bytes]
    stdout: IO[bytes]


class ProgramError(PlugwatchError):
    """A program failed, is not installed, or ran past its time limit."""


class ProgramTimeoutError(ProgramError):
    """A program ran past its time limit, and was ended."""


def find(program: str) -> str | None:
    """The full path of a program on PATH, or None."""
    return shutil.which(program)


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without what would change another program's meaning or language.

    ``GIT_*`` is dropped because a caller may be a git hook; secrets of ours (``PLUGWATCH_*`` and the token for GitHub)
    are nobody else's.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PLUGWATCH_")) and k != "GITHUB_TOKEN"}
    return kept | {"LC_ALL": "C", "LANGUAGE": "C"} | dict(extra or {})


def run(
    args: Sequence[str],
    *,
    stdin: bytes | IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 60,
    check: bool = True,
    with_children: bool = False,
    keep_open: Sequence[int] = (),
) -> Completed:
    """Run a program to its end and keep what it printed. It gets the descriptors ``keep_open`` beside its streams.

    ``stdin`` and ``stdout`` may be files on disk, for what is too long to be kept; nothing is returned of the latter.
    ``env`` is the whole environment (default: :func:`clean_environment`), ``timeout`` is in seconds; one that runs too
    long is killed, ``with_children`` together with the programs that it has started. Raises ProgramError when the
    program is missing, runs too long or, with ``check``, ends with another status than 0.
    """
    try:
        child = subprocess.Popen(
            list(args),
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE if isinstance(stdin, bytes) else stdin,
            stdout=stdout or subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=dict(env) if env is not None else clean_environment(),
            start_new_session=with_children,
            pass_fds=tuple(keep_open),
        )
    except FileNotFoundError as error:
        raise _not_found(args[0], cwd) from error
    with child:
        try:
            printed, stderr = child.communicate(stdin if isinstance(stdin, bytes) else None, timeout)
        except subprocess.TimeoutExpired as error:
            raise ProgramTimeoutError(f"'{args[0]}' did not end within {timeout:g} seconds") from error
        finally:
            _end(child, with_children)
    result = Completed(tuple(args), child.returncode, printed or b"", stderr)
    if check and result.returncode:
        raise ProgramError(f"'{' '.join(args[:2])}' failed: {result.complaint}")
    return result


@contextmanager
def pipe(
    args: Sequence[str], *, env: Mapping[str, str], cwd: Path | None = None, keep_open: Sequence[int] = ()
) -> Iterator[Pipe]:
    """A program that is fed and read while it runs; it is ended and reaped when the block is left.

    Raises ProgramError when the program is missing or, at a clean end of the block, failed.
    """
    with TemporaryFile() as errors:
        try:
            child = subprocess.Popen(
                list(args),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=dict(env),
                cwd=cwd,
                pass_fds=tuple(keep_open),
            )
        except FileNotFoundError as error:
            raise _not_found(args[0], cwd) from error
        stdin, stdout = cast("IO[bytes]", child.stdin), cast("IO[bytes]", child.stdout)
        try:
            yield Pipe(stdin, stdout)
            stdin.close()
            stdout.close()
            status = child.wait()
        except BrokenPipeError:
            status = child.wait()
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
            for stream in (stdin, stdout):
                with suppress(BrokenPipeError):
                    stream.close()
        if status:
            errors.seek(0)
            raise ProgramError(
                f"'{' '.join(args[:2])}' failed: {Completed(tuple(args), status, b'', errors.read()).complaint}"
            )


def _end(child: subprocess.Popen[bytes], with_children: bool) -> None:
    """Kill a program that is still running."""
    if child.poll() is None:
        with suppress(ProcessLookupError):
            (os.killpg if with_children else os.kill)(child.pid, signal.SIGKILL)


def _not_found(program: str, cwd: Path | None) -> ProgramError:
    """Python raises the same error for a program and for a folder that are not there."""
    if cwd and not cwd.is_dir():
        return ProgramError(f"{cwd}: there is no such folder to run '{program}' in")
    return ProgramError(f"'{program}' is not installed or not on PATH")
