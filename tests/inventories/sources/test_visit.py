from __future__ import annotations

import pytest
from peers.script import serve_script

from plugwatch.inventories.sources.visit import visit
from plugwatch.model.deployments.deploying import Visit


def page(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (page("200 OK", b"<html><body>Hello</body></html>\n<!-- cached -->"), Visit(200, False, True)),
        (page("200 OK", b"<html><body>Hel"), Visit(200, False, False)),
        (page("500 Oops", b"<p>There has been a critical error on this website.</p></html>"), Visit(500, True, True)),
        (page("200 OK", b"<html><br />\n<b>Fatal error</b>:  Uncaught Error"), Visit(200, True, False)),
        (page("401 No", b""), Visit(401, False, False)),
        (b"nonsense\r\n\r\n", Visit(None)),
    ],
)
def test_what_a_visitor_gets(answer, seen):
    with serve_script(b"", answer) as server:
        assert visit(f"http://127.0.0.1:{server.port}/", "http://shop.example/") == seen

    assert server.heard[0].startswith("GET /?plugwatch="), "no cache may answer"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://a..b/", "no address"])
def test_no_answer_is_told_as_none(url):
    assert visit(url, "http://shop.example/") == Visit(None)


def moved(to: str) -> bytes:
    return f"HTTP/1.1 301 Moved\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("home", "seen"), [("http://localhost/", Visit(200, False, True)), ("http://other.example/", Visit(None))]
)
def test_a_redirect_counts_where_it_stays_with_the_site_and_no_cache_answers_there(home, seen):
    with (
        serve_script(b"", page("200 OK", b"<html></html>")) as server,
        serve_script(b"", moved(f"http://localhost:{server.port}/de/")) as first,
    ):
        assert visit(f"http://127.0.0.1:{first.port}/", home) == seen

    asked = [line for line in server.heard if line.startswith("GET")]
    assert asked[-1].startswith("GET /de/?plugwatch="), "the redirect dropped what keeps caches out"
