"""The ledger: every payment has two sides, the day closes only if it balances, snapshots lose nothing."""

import numpy as np
import pytest

from sim.accounts import ACCOUNT_CODES, ACCOUNTS, KINDS
from sim.errors import ConfigError
from sim.ledger import Ledger, LedgerError


def two_days() -> Ledger:
    ledger = Ledger()
    ledger.book(10, "members", "merchants", "sale", 9_900)
    ledger.book(10, "platform", "merchants", "discount_subsidy", 1_100, action=2)
    ledger.book(10, "members", "merchants", "sale", 100)
    ledger.close(10)
    ledger.mark(11)
    ledger.book_many(
        11, "brand", np.array([4, 8]), "creator_fee", np.array([500, 50]), action=np.array([1, 1])
    )
    ledger.close(11)
    return ledger


def test_both_sides_are_booked() -> None:
    ledger = two_days()
    balance = dict(zip(ACCOUNT_CODES, ledger.balances.tolist(), strict=True))
    assert balance["members"] == -10_000
    assert balance["merchants"] == 11_100
    assert balance["platform"] == -1_100
    assert balance["brand"] == -550
    assert sum(balance.values()) == 0


def test_close_merges_and_keeps_actions_apart() -> None:
    ledger = two_days()
    assert len(ledger) == 4
    assert ledger.amount(10, 10, what="sale") == 10_000
    assert ledger.amount(10, 11, debit="brand") == 550
    by_action = ledger.by_action(-1, 0)
    assert by_action["amount"].tolist() == [550, 1_100]
    assert by_action["action"].tolist() == [1, 2]


def test_frame_counts_days_from_the_mark() -> None:
    ledger = two_days()
    assert ledger.frame()["day"].tolist() == [0, 0]
    frame = ledger.frame("zh", warmup=True, actions=["a", "b", "c"])
    assert frame["day"].tolist() == [-1, -1, 0, 0]
    assert set(frame["what"]) == {"销售", "优惠补贴", "达人费用"}
    assert frame["action"].tolist() == ["c", "", "b", "b"]


def test_impossible_entries_are_refused() -> None:
    ledger = Ledger()
    with pytest.raises(LedgerError, match="negative"):
        ledger.book(0, "members", "platform", "sale", -1)
    with pytest.raises(LedgerError, match="itself"):
        ledger.book(0, "platform", "platform", "sale", 1)
    with pytest.raises(LedgerError, match="whole fen"):
        ledger.book_many(0, "members", "platform", "sale", np.array([1.5]))
    with pytest.raises(ConfigError, match="there are: platform"):
        ledger.book(0, "bank", "platform", "sale", 1)
    with pytest.raises(ConfigError, match="there are: sale"):
        ledger.book(0, "members", "platform", "bribe", 1)
    ledger.book(0, "members", "platform", "sale", 0)
    assert len(ledger) == 0


def test_books_that_were_tampered_with_do_not_close() -> None:
    ledger = Ledger()
    ledger.book(0, "members", "platform", "sale", 5)
    ledger.entries["amount"][0] = 6
    with pytest.raises(LedgerError, match="does not balance"):
        ledger.close(0)
    ledger = Ledger()
    ledger.book(0, "members", "platform", "sale", 5)
    with pytest.raises(LedgerError, match="still open"):
        ledger.book(1, "members", "platform", "sale", 5)
    with pytest.raises(LedgerError, match="after its close"):
        ledger.arrays()


def test_snapshot_goes_on_where_it_stopped() -> None:
    one, other = two_days(), Ledger()
    other.load(one.arrays())
    for ledger in (one, other):
        ledger.book(12, "members", "brand", "sale", 7)
        ledger.close(12)
    assert np.array_equal(one.entries, other.entries)
    assert np.array_equal(one.balances, other.balances)
    assert one.frame().equals(other.frame())


def test_vocabulary_is_complete() -> None:
    for words in (ACCOUNTS, KINDS):
        assert len({word.key for word in words}) == len(words) < 256
        assert all(word.en and word.zh and word.meaning for word in words)
