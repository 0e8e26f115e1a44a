from __future__ import annotations

import pytest

from plugwatch.errors import PlugwatchError
from plugwatch.model.vendors.vendor import parse_domain


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("tidyworks.example", "tidyworks.example"),
        (" WWW.Tidy-Works.example ", "tidy-works.example"),
        ("https://shop.tidyworks.example:8443/forms?x=1#top", "shop.tidyworks.example"),
        ("http://me@tidyworks.example", "tidyworks.example"),
        ("tidyworks.example/forms", "tidyworks.example"),
    ],
)
def test_a_domain_is_taken_out_of_an_address(text, domain):
    assert parse_domain(text) == domain


@pytest.mark.parametrize(
    "text", ["", "tidyworks", "tidy works.example", "-x.example", "a..example", "a\n.example", "ü.example"]
)
def test_what_holds_no_domain_is_said(text):
    with pytest.raises(PlugwatchError, match=r" is not a domain; write tidyworks\.example$"):
        parse_domain(text)
