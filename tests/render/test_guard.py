"""The must-use plugin as a file: whose it is, from where it may update, and that PHP from 7.4 to 8.4 can read it."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise

import pytest
from services import require

from plugwatch.errors import ConfigError, InputError
from plugwatch.render.guard import check_base, render_guard

BASE = "https://updates.fernhill.example/wp"

# What the file needs of PHP itself; all of them are in PHP 7.4, and none is deprecated in 8.4.
PHP_FUNCTIONS = {
    "array_column",
    "array_diff",
    "array_filter",
    "array_intersect",
    "base64_encode",
    "basename",
    "define",
    "defined",
    "dirname",
    "file_get_contents",
    "filesize",
    "glob",
    "hash_equals",
    "hash_file",
    "implode",
    "in_array",
    "is_array",
    "is_file",
    "is_int",
    "is_object",
    "is_string",
    "json_decode",
    "json_encode",
    "min",
    "preg_grep",
    "preg_match",
    "preg_replace",
    "printf",
    "rawurldecode",
    "sprintf",
    "str_replace",
    "stripos",
    "strlen",
    "strpos",
    "strtolower",
    "substr",
    "time",
    "ucfirst",
    "unlink",
    "version_compare",
}
# Syntax that came after 7.4, and what 8.x calls deprecated; whatever else it can mean, the file does without.
NOT_IN_74 = {
    "T_MATCH",
    "T_ENUM",
    "T_READONLY",
    "T_ATTRIBUTE",
    "T_NULLSAFE_OBJECT_OPERATOR",
    "T_ELLIPSIS",
    "T_THROW",
    "T_CATCH",
    "T_FN",
    "T_INTERFACE",
    "T_TRAIT",
    "T_EXTENDS",
    "T_DOLLAR_OPEN_CURLY_BRACES",
    "T_UNSET_CAST",
}
IN_PARAMETERS = {"T_VARIABLE", "T_WHITESPACE", "T_ARRAY", "T_CONSTANT_ENCAPSED_STRING"}
TOKENS = """
$list = array();
foreach ( token_get_all( stream_get_contents( STDIN ), TOKEN_PARSE ) as $token ) {
	$list[] = is_array( $token ) ? array( token_name( $token[0] ), $token[1] ) : array( $token, $token );
}
echo json_encode( $list );
"""
KNOWN = """
$functions = array_filter( json_decode( stream_get_contents( STDIN ) ), 'function_exists' );
echo json_encode( array_values( $functions ) );
"""
CONSTANTS = """
define( 'ABSPATH', '/' );
function wp_parse_url( $url, $part ) { return parse_url( $url, $part ); }
function add_filter() {}
function add_action() {}
function remove_filter() {}
function doing_filter() { return false; }
eval( '?>' . stream_get_contents( STDIN ) );
echo json_encode( array( Plugwatch_Updates::BASE, Plugwatch_Updates::AGENCY, PLUGWATCH_UPDATES ) );
"""


def php(code: str, given: str) -> object:
    options = ["-d", "error_reporting=-1", "-d", "display_errors=stderr"]
    command = [require("php", "php-cli"), *options, "-r", code]
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def tokens() -> list[tuple[str, str]]:
    """The file's tokens, without comments."""
    found = php(TOKENS, render_guard(BASE, "Fernhill Web", "0.1.0"))
    assert isinstance(found, list)
    return [(name, text) for name, text in found if name not in ("T_COMMENT", "T_DOC_COMMENT")]


@pytest.mark.services
@pytest.mark.parametrize(
    "agency",
    [
        "Fernhill Web",
        "Ada's \\ Web",
        "*/ die; /* ?> <?php",
        "Ä'; die; //",
        "{$x} ${y} {{ base }} {% raw %}",
        "ends with \\",
        "\\'; die; //",
    ],
)
def test_no_name_of_an_agency_ends_a_string_or_a_comment(agency):
    assert php(CONSTANTS, render_guard(BASE + "/", agency, "0.1.0")) == [BASE, agency, "0.1.0"]


@pytest.mark.services
def test_it_uses_no_syntax_that_came_after_php_74_and_none_that_goes_away(tokens):
    meaningful = [token for token in tokens if token[0] != "T_WHITESPACE"]
    names = {name for name, _text in tokens}
    assert names.isdisjoint(NOT_IN_74)
    assert {text for name, text in tokens if name == "T_VARIABLE"}.isdisjoint({"$this"}), "no objects, no properties"
    for (name, text), (after, _text) in pairwise(tokens):
        assert not (name == "T_STRING" and after == ":"), f"a named argument: {text}"
        assert not (name == "T_VARIABLE" and after == "T_DOUBLE_COLON"), f"{text}::"
        assert not (name == "T_LNUMBER" and text.lower().startswith("0o"))
    for place, (name, _text) in enumerate(meaningful):
        if name == "T_CONST":
            assert meaningful[place + 2][0] == "=", "a constant with a type"


@pytest.mark.services
def test_its_functions_have_plain_parameters_and_no_types(tokens):
    functions = [place for place, (name, _text) in enumerate(tokens) if name == "T_FUNCTION"]
    assert len(functions) > 20
    for place in functions:
        start = next(at for at in range(place, len(tokens)) if tokens[at][0] == "(")
        end, depth = start + 1, 1
        while depth:
            depth += {"(": 1, ")": -1}.get(tokens[end][0], 0)
            end += 1
        inside = tokens[start + 1 : end - 1]
        assert {name for name, _text in inside} <= IN_PARAMETERS | {",", "=", "(", ")", "T_STRING"}
        assert {text for name, text in inside if name == "T_STRING"} <= {"null"}
        assert [name for name, _text in inside if name != "T_WHITESPACE"][-1:] != [","]
        after = next(name for name, _text in tokens[end:] if name != "T_WHITESPACE")
        assert after in ("{", "T_USE")


@pytest.mark.services
def test_it_calls_only_functions_that_every_php_from_74_on_has(tokens):
    meaningful = [token for token in tokens if token[0] != "T_WHITESPACE"]
    before = ("T_FUNCTION", "T_DOUBLE_COLON", "T_OBJECT_OPERATOR", "T_NEW")
    called = {
        text
        for (previous, _), (name, text), (after, _) in zip(meaningful, meaningful[1:], meaningful[2:], strict=False)
        if name == "T_STRING" and after == "(" and previous not in before
    }
    assert len(called) > 40
    assert set(php(KNOWN, json.dumps(sorted(called)))) <= PHP_FUNCTIONS  # the others are WordPress's


@pytest.mark.parametrize(
    "base",
    [
        "https://updates.agency.example",
        "https://updates.agency.example:8443/wp/x_1~y",
        "http://127.0.0.1:8080",
        "http://localhost/builds",
        "http://[::1]:8080",
    ],
)
def test_builds_come_over_https_or_from_this_machine(base):
    assert check_base(base) == check_base(f" {base}// ") == base


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        ("", "builds.update_uri"),
        ("  ", "builds.update_uri"),
        ("false", "plain https URL"),
        ("http://updates.agency.example", "must be https"),
        ("http://127.0.0.1.agency.example", "must be https"),
        ("http://localhost.agency.example", "must be https"),
        ("http://10.0.0.1", "must be https"),
        ("ftp://updates.agency.example", "plain https URL"),
        ("https:///x", "plain https URL"),
        ("https://user:secret@updates.agency.example", "plain https URL"),
        ("https://updates.agency.example?site=1", "plain https URL"),
        ("https://updates.agency.example#x", "plain https URL"),
        ("https://updates.agency.example/a b", "plain https URL"),
        ("https://updates.agency.example/a/../b", "plain https URL"),
        ("https://updates.agency.example/%2e%2e", "plain https URL"),
        ("https://updates.agency.example:99999", "plain https URL"),
        ("https://updates.agency.example:x", "plain https URL"),
        ("https://updätes.example", "plain https URL"),
        ("https://[::1", "plain https URL"),
        ("https://updates.agency.example/'.die.'", "plain https URL"),
        ("https://wordpress.org/plugins", "WordPress's own"),
        ("https://api.WordPress.org", "WordPress's own"),
    ],
)
def test_any_other_address_is_refused(base, reason):
    with pytest.raises(ConfigError, match=reason):
        check_base(base)


def test_an_agency_may_write_its_own_and_hears_where_it_is_wrong(tmp_path):
    own = tmp_path / "site" / "plugwatch-updates.php.j2"
    own.parent.mkdir()
    own.write_text("<?php const A = {{ agency }}; // {{ agency | comment }}\n", encoding="utf-8")
    assert render_guard(BASE, "Ada's */", "1", [tmp_path]) == "<?php const A = 'Ada\\'s */'; // Ada's  \n"
    own.write_text("<?php\n{{ agncy }}\n", encoding="utf-8")
    with pytest.raises(InputError, match="agncy") as caught:
        render_guard(BASE, "Ada", "1", [tmp_path])
    assert (caught.value.source, caught.value.line) == (str(own), 2)
