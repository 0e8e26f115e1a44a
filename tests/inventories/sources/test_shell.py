from __future__ import annotations

import io

import pytest
from peers.bare_wp import BareSites
from peers.fake_wp import FakeWp

from plugwatch.errors import PlugwatchError, UnknownError
from plugwatch.inventories.sources.shell import BrokenSiteError, ShellError, open_shell
from plugwatch.inventories.sources.spec import SourceSite, parse_spec

AWKWARD = 'it\'s "quoted" $HOME `id` \\ ü 漢 \x00 <?php ?> %s'
ECHO = "<?php\necho $plugwatch['said'] . '|' . stream_get_contents(fopen('php://stdin', 'rb'));"


@pytest.fixture
def sites(tmp_path, monkeypatch):
    made = BareSites(tmp_path / "server")
    monkeypatch.setenv("PATH", made.path)
    return made


@pytest.fixture
def shell(sites, tmp_path):
    root = sites.add("shop", {})
    return open_shell(parse_spec(f"wp --path={root}"), SourceSite("shop", None, tmp_path))


def test_code_values_and_stdin_arrive_as_they_are(shell):
    sent = bytes(range(256)) * 1000

    assert shell.php(ECHO, {"said": AWKWARD}, stdin=io.BytesIO(sent)) == AWKWARD.encode() + b"|" + sent


def test_without_stdin_the_code_reads_nothing(shell):
    assert shell.php(ECHO, {"said": "x"}) == b"x|"


def test_an_answer_may_go_to_a_file_and_keeps_what_stands_there(shell, tmp_path):
    with (tmp_path / "answer").open("w+b") as file:
        file.write(b"before ")

        assert shell.php("echo str_repeat('a', 3000000);", out=file) == b""

        file.seek(0)
        assert file.read() == b"before " + b"a" * 3_000_000


def test_nothing_of_it_stands_on_the_command_line(shell, sites):
    shell.php(f"{ECHO} // a secret of the code", {"said": "a secret of the values"}, stdin=io.BytesIO(b"a secret"))

    (call,) = sites.calls
    assert call["args"][1:4] == ["--skip-plugins", "--skip-themes", "eval"]
    assert "secret" not in " ".join(call["args"])
    assert "'" not in call["args"][-1], "which every shell on the way would have to double"


def test_what_a_site_prints_around_the_answer_is_not_part_of_it(shell, sites):
    sites.plan(
        before="echo \"Deprecated: something in wp-config.php\\n\"; register_shutdown_function(fn() => print('bye'));"
    )

    assert shell.php("echo 'the answer';") == b"the answer"


def test_warnings_of_the_code_do_not_reach_its_answer(shell):
    assert shell.php("echo 'a', $nothing, 'b';") == b"ab"


@pytest.mark.parametrize("code", ["exit(0);", "exit('done');", "echo 1; die;"])
def test_a_code_that_ends_itself_has_not_answered(shell, code):
    with pytest.raises(UnknownError, match="site 'shop': its answer is cut off"):
        shell.php(code)


@pytest.mark.parametrize("code", ["no_such_function();", "this is no PHP", "throw new Exception('secret');"])
def test_a_code_that_fails_is_told_without_its_words(shell, code):
    with pytest.raises(BrokenSiteError) as caught:
        shell.php(code)

    assert "secret" not in str(caught.value)


def test_whether_a_site_starts_at_all(shell, sites):
    assert shell.starts() is True
    sites.plan(before="a_plugin_that_fails();")
    assert shell.starts() is False
    sites.plan(before="", down=["shop"])
    assert shell.starts() is None


@pytest.mark.parametrize(
    ("stderr", "status", "sentence"),
    [
        ("plugwatch: no stdin", 3, "with its stdin open"),
        (
            "Error: The 'eval' command has been disabled from the config file.",
            1,
            "take 'eval' out of disabled_commands",
        ),
        ("Error: YIKES! It looks like you're running this as root.", 1, "add --allow-root"),
        ("Error: Cannot connect over SSH using provided configuration.", 255, "was not reached over ssh"),
    ],
)
def test_what_wp_cli_says_becomes_a_sentence(tmp_path, monkeypatch, stderr, status, sentence):
    wp = FakeWp(tmp_path / "bin")
    monkeypatch.setenv("PATH", wp.path)
    program = wp.program.read_text().replace(
        'command = " ".join(words[:2])', f"fail({stderr!r}, {status})\ncommand = ''"
    )
    wp.program.write_text(program)
    shell = open_shell(parse_spec("wp --ssh=web1.example"), SourceSite("shop", None, tmp_path))

    with pytest.raises(PlugwatchError, match=sentence):
        shell.php("echo 1;")


def test_an_answer_that_takes_too_long_is_unknown(shell):
    with pytest.raises(UnknownError, match="did not end within"):
        shell.php("sleep(60);", timeout=0.3)


@pytest.mark.parametrize("source", ["list.csv", "rest:https://ada@shop.example"])
def test_only_wp_cli_runs_something(tmp_path, source):
    with pytest.raises(ShellError, match="plugwatch site set shop --source"):
        open_shell(parse_spec(source), SourceSite("shop", None, tmp_path))
