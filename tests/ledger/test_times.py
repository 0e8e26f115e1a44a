from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugwatch.errors import LedgerError
from plugwatch.ledger.times import from_text, to_text

MOMENTS = st.datetimes(
    min_value=datetime(1000, 1, 2),  # noqa: DTZ001
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([timezone.utc, timezone(timedelta(hours=5, minutes=45)), timezone(timedelta(hours=-8))]),
)


@settings(deadline=None, max_examples=200)
@given(MOMENTS, MOMENTS)
def test_text_order_is_time_order_and_whole_seconds_survive(one, other):
    texts = to_text(one), to_text(other)

    assert from_text(texts[0]) == one.replace(microsecond=0)
    assert {len(text) for text in texts} == {20}
    assert (texts[0] < texts[1]) == (one.replace(microsecond=0) < other.replace(microsecond=0))


def test_time_without_zone_is_refused():
    with pytest.raises(LedgerError, match=r"2026-03-01 09:15:00 has no time zone"):
        to_text(datetime(2026, 3, 1, 9, 15))  # noqa: DTZ001
