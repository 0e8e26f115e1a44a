from __future__ import annotations

from dataclasses import replace

import pytest

from plugwatch.model.roads.disclosure import DoorFacts, find_contacts, private_doors

FACTS = DoorFacts("plugin", "tidy-forms")
ALL = DoorFacts(
    "plugin",
    "tidy-forms",
    said="vdp@vendor.example",
    repository="tidyworks/tidy-forms",
    policy="Write to security@vendor.example.",
    private_reporting=True,
    vendor_email="support@vendor.example",
    listed=True,
)


def doors(facts: DoorFacts) -> list[tuple[str, str]]:
    return [(door.door, door.address) for door in private_doors(facts)]


def test_the_vendor_comes_first_and_the_directory_last() -> None:
    assert doors(ALL) == [
        ("chosen", "vdp@vendor.example"),
        ("policy", "security@vendor.example"),
        ("github", "https://github.com/tidyworks/tidy-forms/security/advisories/new"),
        ("vendor", "support@vendor.example"),
        ("patchstack", "https://patchstack.com/database/report"),
        ("wordfence", "https://www.wordfence.com/threat-intel/vulnerabilities/submit"),
        ("directory", "plugins@wordpress.org"),
    ]
    assert [door.is_mail for door in private_doors(ALL)] == [True, True, False, True, False, False, True]
    assert all(door.why for door in private_doors(ALL))


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        (FACTS, ["patchstack", "wordfence", "directory"]),
        (replace(FACTS, listed=False), ["patchstack", "wordfence"]),
        (replace(FACTS, kind="theme"), ["patchstack", "wordfence", "directory"]),
        (replace(FACTS, kind="mu-plugin"), []),
        (replace(ALL, kind="core", said=None), ["hackerone"]),
        (replace(ALL, kind="core"), ["chosen", "hackerone"]),
        (replace(FACTS, kind="dropin", vendor_email="a@b.example"), ["vendor"]),
        (replace(FACTS, kind="dropin", repository="a/b", private_reporting=False), []),
        (replace(FACTS, kind="dropin", repository="a/b"), ["github"]),
        (replace(FACTS, kind="dropin", repository="https://evil.example/a/b", vendor_email="no address"), []),
    ],
)
def test_only_doors_that_there_are_are_named(facts: DoorFacts, names: list[str]) -> None:
    assert [name for name, _ in doors(facts)] == names


def test_a_programme_that_the_readme_names_is_a_door() -> None:
    programme = "https://patchstack.com/database/vdp/tidy-forms"
    links = ("https://vendor.example/security", "https://patchstack.com/", programme, "https://hackerone.com/")
    assert doors(replace(FACTS, links=links))[0] == ("programme", programme)
    assert len(private_doors(replace(FACTS, links=links))) == len(private_doors(FACTS)) + 1


def test_an_address_stands_there_once_at_its_first_place() -> None:
    facts = replace(ALL, vendor_email="Security@Vendor.example", said=None)
    assert doors(facts)[0] == ("policy", "security@vendor.example")
    assert "vendor" not in [name for name, _ in doors(facts)]


def test_themes_have_a_team_of_their_own_and_what_is_unsure_says_so() -> None:
    door = private_doors(replace(FACTS, kind="theme"))[-1]
    assert door.address == "themes@wordpress.org"
    assert door.why.endswith("where the vendor is silent, if it is in the directory")
    assert private_doors(ALL)[2].why == "GitHub's form: the repository takes private reports"
    unsure = private_doors(replace(ALL, private_reporting=None))[2]
    assert unsure.why == "GitHub's form: where the repository has switched it on"


@pytest.mark.parametrize(
    ("policy", "contacts"),
    [
        (
            "See https://docs.github.com/en/code-security/security-advisories and https://wordpress.org/about/security/",
            (),
        ),
        ("https://github.com/tidyworks/tidy-forms/security/policy or https://www.cve.org/security", ()),
        ("", ()),
        ("# Security\n\nPlease be kind.", ()),
        (
            "Mail <security@vendor.example>, or [us](mailto:team@vendor.example).",
            ("security@vendor.example", "team@vendor.example"),
        ),
        ("jo@vendor.example or psirt@vendor.example", ("psirt@vendor.example", "jo@vendor.example")),
        (
            "Report it at https://hackerone.com/tidyworks. See https://vendor.example/blog and x@vendor.example.",
            ("https://hackerone.com/tidyworks", "x@vendor.example"),
        ),
        (
            "[Report](https://patchstack.com/database/vdp/tidy-forms)",
            ("https://patchstack.com/database/vdp/tidy-forms",),
        ),
        (
            "(https://github.com/tidyworks/tidy-forms/security/advisories/new)",
            ("https://github.com/tidyworks/tidy-forms/security/advisories/new",),
        ),
        ("https://vendor.example/responsible-disclosure/", ("https://vendor.example/responsible-disclosure/",)),
        ("not git@github.com:tidyworks/tidy-forms.git nor no-reply@vendor.example nor you@example.com", ()),
        ("https://user@hackerone.com.evil.example/x http://hackerone.com/x", ()),
        ("a@b.example " * 9, ("a@b.example",)),
    ],
)
def test_a_policy_names_whom_to_write_to(policy: str, contacts: tuple[str, ...]) -> None:
    assert find_contacts(policy) == contacts
