"""The JSON of WooCommerce's system status, as its REST API answers it, also cut.

Source: woocommerce/woocommerce, class-wc-rest-system-status-v2-controller.php. A plugin is named by its file, which
gives its folder. ``environment.version`` is WooCommerce's own version. ``version_latest`` once came from a guess at the
directory's name of a plugin, so it counts only for WooCommerce's own plugins, as on WooCommerce's screen.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from plugwatch.errors import InputError
from plugwatch.inventories.containers import Text, mask
from plugwatch.inventories.json_text import Document, Documents, find_json, leftovers, mapping, plain
from plugwatch.inventories.limits import check_count
from plugwatch.inventories.reports.report import Report, find_platform_version, installed
from plugwatch.model.component import is_slug
from plugwatch.model.inventory import Installed
from plugwatch.model.version import compare

Row = Mapping[str, Any]

_LISTS = {
    "active_plugins": ("plugin", "active"),
    "inactive_plugins": ("plugin", "inactive"),
    "dropins": ("dropin", "dropin"),
    "mu_plugins": ("mu-plugin", "must-use"),
}
_KINDS = {
    "plugin": ("active_plugins", "inactive_plugins"),
    "dropin": ("dropins",),
    "mu-plugin": ("mu_plugins",),
}
_CUES = ('"environment"', '"inactive_plugins"', '"dropins_mu_plugins"', '"wp_version"', '"network_activated"')
_LIST_KEY = re.compile(r'"(active_plugins|inactive_plugins|dropins|mu_plugins)"\s{0,20}:\s{0,20}\[')
_OWN_URLS = ("woocommerce.com", "woothemes.com", "woo.com")
_ENVELOPES = ("data", "body")
_MAX_MISSED = 20


def stands_in(text: Text) -> bool:
    """Whether the text has such JSON; a plain look, before anything is decoded."""
    joined = text.joined
    return '"active_plugins"' in joined and '"plugin"' in joined and any(cue in joined for cue in _CUES)


def read_json(text: Text) -> Report:
    """The answer in the text, or of one that was cut the parts that are whole.

    Raises InputError where there is none or there are several, or it is nested too deeply.
    """
    check_count(text.joined.count('"plugin"'), text.source)
    documents = find_json(text)
    report = Report(text, warnings=documents.warnings())
    answers = [document for document in documents.found if _answer_of(document.value)]
    if len(answers) > 1:
        raise InputError("it holds several answers; give one site's answer at a time", source=text.source)
    if answers:
        answer, read = _answer_of(answers[0].value), answers
    else:
        answer, read = _gather(text, documents)
    _read_versions(report, mapping(answer.get("environment")))
    for key in _LISTS:
        _read_list(report, key, _list_of(answer, key), text.line_at(read[0].start) if read else text.first)
    _read_theme(report, mapping(answer.get("theme")))
    if not report.components and not report.missed.lines:
        raise InputError("no woocommerce-status answer with plugins stands in it", source=text.source)
    report.missed.lines += leftovers(text, read, lambda _piece: False)
    _judge(report, answer, whole=bool(answers))
    return report


def _answer_of(value: object) -> Row:
    """The answer in a document, which may stand in an envelope; empty where it is none."""
    found = mapping(value)
    inner = [mapping(found.get(key)) for key in _ENVELOPES]
    return next((one for one in (found, *inner) if isinstance(one.get("active_plugins"), list)), {})


def _gather(text: Text, documents: Documents) -> tuple[Row, list[Document]]:
    """What is whole of an answer that was cut: values after their keys, and single rows in the list where they are."""
    starts = [(match.end() - 1, match[1]) for match in _LIST_KEY.finditer(text.joined)]
    offsets = [offset for offset, _ in starts]
    gathered: dict[str, Any] = {}
    read = []
    for document in documents.found:
        place = bisect_right(offsets, document.start) - 1
        if document.key in _LISTS or document.key in ("environment", "theme", "dropins_mu_plugins"):
            gathered.setdefault(document.key, document.value)
        elif place >= 0 and document.key is None and "plugin" in mapping(document.value):
            rows = gathered.setdefault(starts[place][1], [])
            if isinstance(rows, list):
                rows.append(document.value)
        read.append(document)
    return gathered, read


def _list_of(answer: Row, key: str) -> list[Any] | None:
    value = answer.get(key, mapping(answer.get("dropins_mu_plugins")).get(key))
    return value if isinstance(value, list) else None


def _read_versions(report: Report, environment: Row) -> None:
    report.wordpress_version = find_platform_version(plain(environment.get("wp_version")))
    report.php_version = find_platform_version(plain(environment.get("php_version")))


def _read_list(report: Report, key: str, entries: Sequence[Any] | None, line: int) -> None:
    kind, status = _LISTS[key]
    files = [plain(mapping(entry).get("plugin")) for entry in entries or ()]
    folders = Counter(file.partition("/")[0] for file in files if "/" in file)
    for number, (entry, file) in enumerate(zip(entries or (), files, strict=True), start=1):
        row = _read_row(mapping(entry), kind, status, _slug(kind, file, folders))
        if row is not None:
            report.take(row)
            continue
        report.gaps.setdefault(kind, f"entry {number} of {key} could not be read")
        if len(report.missed.lines) < _MAX_MISSED:
            report.missed.add(line, mask(f"entry {number} of {key}: {file or 'no plugin'}"))


def _slug(kind: str, file: str, folders: Mapping[str, int]) -> str:
    if kind != "plugin":
        return file
    folder, slash, _ = file.partition("/")
    return folder if slash and folders[folder] < 2 else file.removesuffix(".php")


def _read_row(row: Row, kind: str, status: str, slug: str) -> Installed | None:
    if not is_slug(slug):
        return None
    if status == "active" and row.get("network_activated") is True:
        status = "active-network"
    own = any(url in plain(row.get("url")) for url in _OWN_URLS)
    update = _newer(row, "version", "version_latest") if own else ""
    name = html.unescape(plain(row.get("name")))
    return installed(kind, status, name, plain(row.get("version")), update, slug)


def _newer(row: Row, version: str, latest: str) -> str:
    """The latest version where it is above the one that runs; "0" says that none was found."""
    runs, offered = plain(row.get(version)), plain(row.get(latest))
    return offered if offered not in ("", "0") and compare(offered, runs) > 0 else ""


def _read_theme(report: Report, theme: Row) -> None:
    for prefix, status in (("", "active"), ("parent_", "parent")):
        name = html.unescape(plain(theme.get(f"{prefix}name")))
        if name:
            update = _newer(theme, f"{prefix}version", f"{prefix}version_latest")
            report.take(installed("theme", status, name, plain(theme.get(f"{prefix}version")), update))


def _judge(report: Report, answer: Row, *, whole: bool) -> None:
    for kind, keys in _KINDS.items():
        missing = [key for key in keys if _list_of(answer, key) is None]
        if not whole:
            report.gaps.setdefault(kind, "the JSON is cut or damaged")
        elif missing:
            report.gaps.setdefault(kind, f"the answer has no {missing[0]}")
        report.whole.add(kind)
