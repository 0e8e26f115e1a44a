"""Mails as files, for whoever sends them by hand: one for mail programs, one to read and to paste from."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from plugwatch.channels.mail import build_mail, normalise
from plugwatch.errors import PlugwatchError
from plugwatch.model.messages.message import Answer, Mail, Receipt
from plugwatch.model.roads.markup import one_line


class FileRoad:
    """The way into a folder; a file is there as a whole or not at all, and another try writes it again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: Mail, addresses: Sequence[str], about_to_hand: Callable[[Receipt], bool | None]) -> Receipt:
        """Write ``NAME.eml`` and ``NAME.txt``; each address ends as ``written``, with the name of the first one.

        ``about_to_hand`` gets each address as ``handing``; False, or an exception, which is passed on, leaves nothing
        behind. Raises PlugwatchError where the folder cannot be written.
        """
        files = {".eml": build_mail(mail).as_bytes(), ".txt": _as_read(mail).encode()}
        with self._partial(mail.name, files) as partial:
            if about_to_hand(Receipt(dict.fromkeys(addresses, Answer("handing")))) is False:
                return Receipt(dict.fromkeys(addresses, Answer("waiting")))
            return Receipt(dict.fromkeys(addresses, self._keep(mail.name, partial)))

    def _keep(self, name: str, partial: dict[Path, Path]) -> Answer:
        try:
            for path, target in partial.items():
                path.replace(target)
        except OSError as error:
            return Answer("waiting", f"{self._folder}: {error.strerror}")
        return Answer("written", str(self._folder / f"{name}.eml"))

    @contextmanager
    def _partial(self, name: str, files: dict[str, bytes]) -> Iterator[dict[Path, Path]]:
        """The files under passing names, each with the name that it shall have; what is left of them goes."""
        if Path(name).name != name:
            raise PlugwatchError(f"'{one_line(name)}' cannot be the name of a file")
        partial = {self._folder / f".{name}{end}.{os.getpid()}": self._folder / f"{name}{end}" for end in files}
        try:
            self._write(partial, files)
            yield partial
        finally:
            for path in partial:
                with suppress(OSError):
                    path.unlink()

    def _write(self, paths: Iterable[Path], files: dict[str, bytes]) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for path, content in zip(paths, files.values(), strict=True):
                path.write_bytes(content)
        except OSError as error:
            raise PlugwatchError(
                f"{self._folder} cannot be written ({error.strerror}), so nothing was; make room or mend its rights"
            ) from error


def _as_read(mail: Mail) -> str:
    """The mail as a person reads it."""
    to = ", ".join(one_line(str(contact)) for contact in mail.to)
    return normalise(f"To: {to}\nSubject: {one_line(mail.subject)}\n\n{mail.body}").rstrip("\n") + "\n"
