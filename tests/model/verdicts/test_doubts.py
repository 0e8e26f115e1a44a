"""Merges that would go through, and that a person should look at all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from judging import assert_stops, triple, verdict

from plugwatch.model.verdicts.verdict import judge

SHOP = """<?php
class Shop {
	private $rates = array();

	public function __construct() {
		$this->load();
	}

	public function hooks() {
		add_action( 'init', array( $this, 'register' ) );
	}

	public function total( $order, $rate ) {
		$sum = $order->sum();
		$sum = $this->taxed( $sum, $rate );
		return $sum;
	}

	public function taxed( $sum, $rate ) {
		return $sum * $rate;
	}
}
"""
HOOK = "\t\tadd_action( 'save_post', array( $this, 'forget_rates' ), 10, 2 );\n"


def changed(old: str, new: str, text: str = SHOP) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


@pytest.mark.parametrize(
    "there",
    [
        HOOK,
        HOOK.replace("array( $this, 'forget_rates' )", "[ $this, 'forget_rates' ]"),
        HOOK.replace("'", '"'),
        HOOK.replace("( 'save_post', ", "(\n\t\t\t'save_post',\n\t\t\t").replace(
            ", 10, 2 );", ",\n\t\t\t10,\n\t\t\t2\n\t\t);"
        ),
    ],
    ids=["the same", "short array", "other quotes", "wrapped"],
)
def test_a_hook_that_the_vendor_adds_in_another_method_would_run_twice(tmp_path: Path, there: str) -> None:
    ours = changed("'register' ) );\n", "'register' ) );\n" + HOOK)
    judgement = verdict(tmp_path, SHOP, ours, changed("\t\t$this->load();\n", "\t\t$this->load();\n" + there))
    assert_stops(judgement, verdict="would-double")


def test_a_hook_of_another_kind_does_not_stop_the_patch(tmp_path: Path) -> None:
    ours = changed("'register' ) );\n", "'register' ) );\n" + HOOK)
    other = HOOK.replace("save_post", "delete_post")
    theirs = changed("\t\t$this->load();\n", "\t\t$this->load();\n" + other)
    assert verdict(tmp_path, SHOP, ours, theirs).verdict == "carried"


def test_the_words_of_a_hook_apart_from_each_other_do_not_stop_the_patch(tmp_path: Path) -> None:
    ours = changed("'register' ) );\n", "'register' ) );\n" + HOOK)
    words = HOOK.replace("save_post", "delete_post") + "\t\tdo_action( 'save_post' );\n"
    theirs = changed("\t\t$this->load();\n", "\t\t$this->load();\n" + words)
    assert verdict(tmp_path, SHOP, ours, theirs).verdict == "carried"


def test_a_hook_that_the_vendor_writes_otherwise_is_not_a_new_one(tmp_path: Path) -> None:
    base = changed("\t\t$this->load();\n", "\t\t$this->load();\n" + HOOK)
    ours = changed("'register' ) );\n", "'register' ) );\n" + HOOK, base)
    assert verdict(tmp_path, base, ours, changed(HOOK, HOOK.replace("'", '"'), base)).verdict == "carried"


def test_what_came_in_one_of_two_files_only_is_still_needed(tmp_path: Path) -> None:
    ours = changed("'register' ) );\n", "'register' ) );\n" + HOOK)
    theirs = changed("\t\t$this->load();\n", "\t\t$this->load();\n" + HOOK.replace("'", '"'))
    more = changed(
        "\t\treturn $sum * $rate;\n", "\t\tif ( $rate < 0 ) {\n\t\t\treturn $sum;\n\t\t}\n\t\treturn $sum * $rate;\n"
    )
    files = [triple(tmp_path, SHOP, ours, theirs, path="a.php"), triple(tmp_path, SHOP, more, SHOP, path="b.php")]
    assert judge(files).verdict in ("carried", "landed-variant")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("$sum", "$amount", "\t\t$sum = round( $sum, 2 );\n"),
        ("$sum", "$amount", "\t\t$this->note( $sum );\n\t\t$this->clear();\n"),
        ("taxed", "with_tax", "\t\t$sum = $this->taxed( $sum, 1.0 );\n"),
    ],
    ids=["a variable", "a variable further up", "a method"],
)
def test_a_name_that_the_vendor_has_changed_throughout_stops_lines_that_use_the_old_one(
    tmp_path: Path, old: str, new: str, line: str
) -> None:
    ours = (
        changed("\t\treturn $sum;\n", line + "\n\t\treturn $sum;\n")
        if old == "taxed"
        else changed("\t\t$this->load();\n", "\t\t$this->load();\n" + line)
    )
    judgement = verdict(tmp_path, SHOP, ours, SHOP.replace(old, new))
    assert_stops(judgement, f"the patch uses '{old}', which the release does not have there any more")


@pytest.mark.parametrize(
    "line",
    [
        "\t\t$sum = 0;\n\t\t$this->note( $sum );\n",
        "\t\tforeach ( $this->all() as $sum ) {\n\t\t\t$this->note( $sum );\n\t\t}\n",
        "\t\t$each = function ( $sum ) {\n\t\t\treturn $sum;\n\t\t};\n",
        "\t\tlist( $sum ) = $this->all();\n\t\t$this->note( $sum );\n",
        "\t\t[ $sum ] = $this->all();\n\t\t$this->note( $sum );\n",
        "\t\t$summary = $this->all();\n\t\t$this->note( $summary );\n",
        "\t\tglobal $sum;\n\t\t$this->note( $sum );\n",
        "\t\tpreg_match( '/a/', $this->name(), $found );\n",
        "\t\t$sum = 0;\n\t\t$twice = 2;\n\t\t$this->note( $sum, $twice );\n",
        "\t\tforeach ( $this->all() as $sum ) { $this->note( $sum ); }\n",
    ],
)
def test_a_name_that_the_lines_make_themselves_does_not(tmp_path: Path, line: str) -> None:
    ours = changed("\t\t$this->load();\n", "\t\t$this->load();\n" + line)
    assert verdict(tmp_path, SHOP, ours, SHOP.replace("$sum", "$amount")).verdict == "carried"


@pytest.mark.parametrize(("path", "expected"), [("a.php", "conflict"), ("a.INC", "conflict"), ("a.js", "carried")])
def test_variables_are_looked_for_in_php_only(tmp_path: Path, path: str, expected: str) -> None:
    ours = changed("\t\t$this->load();\n", "\t\t$this->load();\n\t\t$this->note( $sum );\n")
    file = triple(tmp_path, SHOP, ours, SHOP.replace("$sum", "$amount"), path=path)
    assert judge([file]).verdict == expected


def test_a_variable_that_the_release_has_at_the_end_of_a_line_is_not_gone(tmp_path: Path) -> None:
    ours = changed("\t\t$this->load();\n", "\t\t$this->load();\n\t\t$this->note( $sum );\n")
    theirs = SHOP.replace("$sum", "$amount").replace("return $amount * $rate;", "return $rate *\n\t\t\t$sum\n\t\t;")
    assert verdict(tmp_path, SHOP, ours, theirs).verdict == "carried"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("\tconst MOST = 5;\n", "\tpublic const MOST = 9;\n"),
        ("\tprivate $cache = array();\n", "\tprotected static ?array $cache;\n"),
        ("\tvar $old;\n", "\tpublic $old = 1;\n"),
        ("\tpublic function clear() {\n\t}\n", "\tprotected static function clear( $all ) {\n\t\t$all = 1;\n\t}\n"),
    ],
)
def test_a_member_that_both_bring_is_declared_twice(tmp_path: Path, ours: str, theirs: str) -> None:
    judgement = verdict(
        tmp_path,
        SHOP,
        changed("\n\tpublic function hooks", ours + "\n\tpublic function hooks"),
        changed("\n\tpublic function taxed", theirs + "\n\tpublic function taxed"),
    )
    assert_stops(judgement, "so merging would declare it twice", verdict="would-double")


def test_members_of_two_classes_may_have_one_name(tmp_path: Path) -> None:
    two = SHOP + "\nclass Log {\n\tpublic function all() {\n\t\treturn 1;\n\t}\n}\n"
    method = "\n\tpublic function clear() {\n\t\t%s();\n\t}\n"
    ours = changed("\n\tpublic function hooks", method % "forget" + "\n\tpublic function hooks", two)
    theirs = changed("\t\treturn 1;\n\t}\n", "\t\treturn 1;\n\t}\n" + method % "truncate", two)
    assert verdict(tmp_path, two, ours, theirs).verdict != "would-double"


def test_the_functions_and_classes_that_a_patch_brings_are_named(tmp_path: Path) -> None:
    plain = "<?php\nfunction one() {\n}\n"
    brings = plain + "\nfunction two() {\n}\n\nfinal class Three {\n\tpublic function four() {}\n}\n"
    assert judge([triple(tmp_path, plain, brings, plain)]).declares == (b"Three", b"two")
    assert judge([triple(tmp_path, plain, brings, plain, path="a.inc")]).declares == (b"Three", b"two")
    assert judge([triple(tmp_path, plain, brings, plain, path="a.js")]).declares == ()


def test_the_lines_whose_absence_is_all_that_shows_a_landing_are_named(tmp_path: Path) -> None:
    hook = "\t\tadd_action( 'init', array( $this, 'register' ) );\n"
    gone, replaced = changed(hook, ""), changed(hook, HOOK)
    assert judge([triple(tmp_path, SHOP, gone, gone)]).removes == (hook.strip().encode(),)
    assert judge([triple(tmp_path, SHOP, replaced, replaced)]).removes == ()
