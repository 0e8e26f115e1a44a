from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest
import requests
import responses

from plugwatch.errors import EXIT_UNKNOWN, InputError, PlugwatchError, UnknownError
from plugwatch.upstream import download as module
from plugwatch.upstream.download import download, is_url

KEY = "licence-key-hunter2"


class _Handler(BaseHTTPRequestHandler):
    """Answers each path in its own bad way; ``seen`` counts the requests."""

    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.seen.append(path)
        getattr(self, f"_{path.strip('/').partition('.')[0].replace('-', '_')}", self._status)()

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, code: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(code)
        headers = {"Content-Length": str(len(body))} | {name.replace("_", "-"): text for name, text in headers.items()}
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def _status(self) -> None:
        """``/404.zip`` answers 404."""
        self._answer(int(self.path.strip("/").partition(".")[0]))

    def _good(self) -> None:
        self._answer(200, b"PK good", Content_Disposition='attachment; filename="../../evil"')

    def _busy(self) -> None:
        if self.seen.count("/busy.zip") < 2:
            self._answer(503, Retry_After="0")
        else:
            self._good()

    def _later(self) -> None:
        self._answer(503, Retry_After="86400")

    def _someday(self) -> None:
        self._answer(503, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT")

    def _cut(self) -> None:
        if self.seen.count("/cut.zip") < 2:
            self._answer(200, b"PK go", Content_Length="7")
        else:
            self._good()

    def _always_cut(self) -> None:
        self._answer(200, b"PK go", Content_Length="7")

    def _huge(self) -> None:
        self._answer(200, b"PK", Content_Length=str(1 << 40))

    def _bomb(self) -> None:
        self._answer(200, gzip.compress(bytes(4 << 20)), Content_Encoding="gzip")

    def _stall(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"PK")
        self.wfile.flush()
        time.sleep(0.6)

    def _trickle(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(20):
            self.wfile.write(b"x" * (1 << 16))
            self.wfile.flush()
            time.sleep(0.03)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b"x")
            time.sleep(0.02)

    def _moved(self) -> None:
        self._answer(302, Location="/good.zip")

    def _to_file(self) -> None:
        self._answer(302, Location="file:///etc/passwd")

    def _to_ftp(self) -> None:
        self._answer(302, Location="ftp://127.0.0.1/x.zip")

    def _to_nowhere(self) -> None:
        self._answer(302, Location="http://[::1")

    def _round(self) -> None:
        self._answer(302, Location="/round.zip")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(module, "_TIMEOUT", (1, 0.3))
    _Handler.seen.clear()
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}"
    http.shutdown()
    http.server_close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, each of which took no time."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


def _refused(url: str, folder: object, kind: type[PlugwatchError]) -> str:
    with pytest.raises(kind) as error:
        download(url, folder)  # type: ignore[arg-type]
    text = str(error.value)
    assert KEY not in text
    assert "secret" not in text
    assert "\n" not in text
    return text


def test_a_file_is_kept_by_the_name_that_its_url_ends_with(server, tmp_path):
    path = download(f"{server}/good.zip?key={KEY}", tmp_path)

    assert path == tmp_path / "good.zip"
    assert path.read_bytes() == b"PK good"
    assert list(tmp_path.iterdir()) == [path]


def test_a_redirect_on_the_same_road_is_followed(server, tmp_path):
    assert download(f"{server}/moved.zip", tmp_path).read_bytes() == b"PK good"


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_what_is_not_there_is_asked_for_once(server, tmp_path, code):
    said = _refused(f"{server}/{code}.zip?key={KEY}", tmp_path, InputError)

    assert said.startswith(f"{server}/{code}.zip: the server answers {code}")
    assert len(_Handler.seen) == 1


@pytest.mark.parametrize("code", [202, 400, 418, 501])
def test_an_odd_answer_is_unknown(server, tmp_path, code):
    assert f"the server answers {code}" in _refused(f"{server}/{code}.zip", tmp_path, UnknownError)
    assert UnknownError.exit_code == EXIT_UNKNOWN


def test_a_busy_server_is_asked_again(server, tmp_path, pauses):
    assert download(f"{server}/busy.zip", tmp_path).read_bytes() == b"PK good"
    assert pauses == [0.0]


@pytest.mark.parametrize(("path", "expected"), [("later", [30.0, 30.0]), ("someday", [0.5, 1.0]), ("429", [0.5, 1.0])])
def test_a_server_that_stays_busy_is_given_up_after_bounded_pauses(server, tmp_path, pauses, path, expected):
    said = _refused(f"{server}/{path}.zip?key={KEY}", tmp_path, UnknownError)

    assert "could not be fetched (the server answers" in said
    assert pauses == expected
    assert len(_Handler.seen) == 3


def test_a_body_that_is_cut_is_fetched_again(server, tmp_path, pauses):
    assert download(f"{server}/cut.zip", tmp_path).read_bytes() == b"PK good"
    assert pauses == [0.5]


def test_a_body_that_is_always_cut_is_never_taken(server, tmp_path, pauses):
    assert "could not be fetched" in _refused(f"{server}/always-cut.zip", tmp_path, UnknownError)


def test_a_server_that_stalls_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_ATTEMPTS", 1)

    assert "could not be fetched" in _refused(f"{server}/stall.zip", tmp_path, UnknownError)


def test_a_server_that_trickles_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_LONGEST", 0.1)

    assert "came too slowly" in _refused(f"{server}/trickle.zip", tmp_path, UnknownError)


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_LONGEST", 0.1)
    begun = time.monotonic()

    assert "came too slowly" in _refused(f"{server}/drip.zip", tmp_path, UnknownError)
    assert time.monotonic() - begun < 1.0


def test_a_huge_file_is_refused_before_it_is_read(server, tmp_path):
    assert "larger than 512 MiB" in _refused(f"{server}/huge.zip", tmp_path, InputError)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_grows_while_it_is_unpacked_is_refused(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_LIMIT", 1 << 20)

    assert "larger than 1 MiB" in _refused(f"{server}/bomb.zip", tmp_path, InputError)


@pytest.mark.parametrize("path", ["to-file", "to-ftp", "to-nowhere"])
def test_a_redirect_to_another_scheme_is_refused_at_once(server, tmp_path, path):
    said = _refused(f"{server}/{path}.zip?key={KEY}", tmp_path, InputError)

    assert said.startswith(f"{server}/{path}.zip: no address that plugwatch fetches from")
    assert len(_Handler.seen) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_in_a_ring_ends(server, tmp_path, pauses):
    assert "TooManyRedirects" in _refused(f"{server}/round.zip", tmp_path, UnknownError)


@responses.activate
def test_a_redirect_that_gives_up_encryption_is_refused(tmp_path):
    responses.get("https://vendor.example/x.zip", status=302, headers={"Location": "http://vendor.example/x.zip"})
    responses.get("http://vendor.example/x.zip", body=b"PK")

    said = _refused(f"https://vendor.example/x.zip?key={KEY}", tmp_path, InputError)

    assert "leads to an address without encryption" in said
    assert list(tmp_path.iterdir()) == []


@responses.activate
@pytest.mark.parametrize("error", [requests.ConnectionError, requests.exceptions.SSLError, requests.ReadTimeout])
def test_a_line_that_is_down_is_unknown_and_shows_no_secret(tmp_path, pauses, error):
    responses.get("https://user:secret@vendor.example/x.zip", body=error(f"refused ?key={KEY}"))

    said = _refused(f"https://user:secret@vendor.example/x.zip?key={KEY}", tmp_path, UnknownError)

    reason = f"could not be fetched ({error.__name__}); try again later or download it by hand"
    assert said == f"https://vendor.example/x.zip {reason}"
    assert len(responses.calls) == 3
    assert pauses == [0.5, 1.0]


@pytest.mark.parametrize("url", ["http://[::1", "https://host.example:port/x.zip", "https://host.example:99999/x.zip"])
def test_a_url_that_cannot_be_read(tmp_path, url):
    assert "the URL cannot be read" in _refused(url, tmp_path, InputError)


@pytest.mark.parametrize("url", ["https://", "https:///x.zip", "http://.example/x", "http://a..b/x"])
def test_a_url_without_a_host(tmp_path, pauses, url):
    assert "no address that plugwatch fetches from" in _refused(url, tmp_path, InputError)
    assert pauses == []


@responses.activate
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "download"),
        ("", "download"),
        ("/a/..", "download"),
        ("/a/.", "a"),
        ("/%2e%2e%2fx", "%2e%2e%2fx"),
        ("/" + "n" * 300 + ".zip", "n" * 96 + ".zip"),
        ("/x.zip;v=1", "x.zip;v=1"),
    ],
)
def test_a_name_stays_in_the_folder(tmp_path, path, name):
    responses.get(responses.matchers.re.compile(r"https://vendor\.example.*"), body=b"PK")

    assert download(f"https://vendor.example{path}", tmp_path) == tmp_path / name


def test_what_is_a_url():
    assert is_url("https://x")
    assert is_url("http://x")
    assert not any(map(is_url, ("ftp://x", "x.zip", "wporg", "", "git:https://x")))
