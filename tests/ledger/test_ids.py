from __future__ import annotations

import os
import time

from plugwatch.ledger.ids import IdSource, new_id


def test_ids_are_unique_and_each_is_above_the_one_before():
    ids = [new_id() for _ in range(20_000)]

    assert ids == sorted(set(ids))
    assert {len(one) for one in ids} == {26}


def test_ids_of_different_sources_sort_by_time():
    early = IdSource().new_id()
    time.sleep(0.003)

    assert early < IdSource().new_id()


def test_ids_begin_with_the_time_in_crockfords_base_32():
    text = new_id()[:10]
    milliseconds = int("".join(str("0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(c)).zfill(2) for c in text), 10)
    digits = [milliseconds // 100**place % 100 for place in range(9, -1, -1)]

    assert (
        abs(sum(digit * 32**place for digit, place in zip(digits, range(9, -1, -1), strict=True)) - time.time() * 1000)
        < 60_000
    )


def test_ids_still_rise_when_the_clock_is_set_back(monkeypatch):
    source = IdSource()
    first = source.new_id()
    monkeypatch.setattr(time, "time_ns", lambda: 1_000_000)

    assert first < source.new_id()


def test_a_forked_process_makes_other_ids():
    source = IdSource()
    source.new_id()
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(sending, "".join(source.new_id() for _ in range(50)).encode())
        os._exit(0)
    ours = {source.new_id() for _ in range(50)}
    os.waitpid(child, 0)
    text = os.read(receiving, 50 * 26).decode()
    os.close(receiving)
    os.close(sending)

    assert ours.isdisjoint(text[start : start + 26] for start in range(0, len(text), 26))
