"""Double-entry money: every fen has a payer, a payee, a reason and, where there is one, the action behind it.

Amounts are int64 fen of sample money (rule 7). Entries of a day are merged when it closes, so that a year is
a few thousand rows at any number of members; the close also proves that the books balance.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.accounts import ACCOUNTS, ACTION_COSTS, KINDS, account_code, kind_code
from sim.errors import SeedbedError

ENTRY = np.dtype(
    [("day", "i4"), ("debit", "u1"), ("credit", "u1"), ("what", "u1"), ("action", "i2"), ("amount", "i8")]
)
"""One entry: world day, account that pays, account that is paid, reason, row of the action or -1, fen."""
IS_ACTION_COST = np.isin(np.arange(len(KINDS)), ACTION_COSTS)
"""By code of a kind: whether it is a cost of the action that is named beside it."""

Names = Literal["key", "en", "zh"]


class LedgerError(SeedbedError):
    """Books that do not balance, or an entry that cannot be one."""


class Ledger:
    """The books of one world.

    Attributes
    ----------
    balances
        int64 [accounts], what each account was paid less what it paid, fen.
    marked
        First world day that is reported; days of frames count from it.
    """

    def __init__(self) -> None:
        self._rows: npt.NDArray[Any] = np.zeros(256, ENTRY)
        self._n = 0
        self._open = 0  # first entry of the running day
        self._opening = np.zeros(len(ACCOUNTS), np.int64)
        self.balances: npt.NDArray[np.int64] = np.zeros(len(ACCOUNTS), np.int64)
        self._outlays: npt.NDArray[np.int64] = np.zeros((0, len(ACCOUNTS)), np.int64)
        self.marked = 0

    def __len__(self) -> int:
        return self._n

    @property
    def entries(self) -> npt.NDArray[Any]:
        """All entries so far, a view of dtype `ENTRY`."""
        return self._rows[: self._n]

    # ------------------------------------------------------------------ booking

    def book(self, day: int, debit: str, credit: str, what: str, amount: int, action: int = -1) -> None:
        """One payment.

        Parameters
        ----------
        day
            World day.
        debit, credit
            Accounts that pay and are paid, which differ.
        what
            Kind of entry.
        amount
            Fen of sample money, not negative; nothing is booked for 0.
        action
            Row of the action of the plan that caused it; -1 none.
        """
        self.book_many(day, account_code(debit), account_code(credit), kind_code(what), [amount], action)

    def book_many(self, day: int, debit: Any, credit: Any, what: Any, amount: Any, action: Any = -1) -> None:
        """Many payments of one day, merged by (debit, credit, what, action).

        Parameters
        ----------
        day
            World day.
        debit, credit, what, action
            Codes of `sim.accounts` (or one name), each one value or an array as long as ``amount``.
        amount
            int array [payments], fen.

        Raises
        ------
        LedgerError
            For a negative amount, or an account that pays itself.
        """
        amounts = np.atleast_1d(np.asarray(amount))
        if amounts.dtype.kind not in "iu":
            raise LedgerError(f"amounts are whole fen, not {amounts.dtype}")
        rows = np.zeros(len(amounts), ENTRY)
        rows["day"] = day
        rows["debit"] = account_code(debit) if isinstance(debit, str) else debit
        rows["credit"] = account_code(credit) if isinstance(credit, str) else credit
        rows["what"] = kind_code(what) if isinstance(what, str) else what
        rows["action"] = action
        rows["amount"] = amounts
        if len(rows) and int(amounts.min()) < 0:
            raise LedgerError(f"{int(amounts.min())} fen is negative: book the reverse entry instead")
        rows = rows[rows["amount"] > 0]
        if not len(rows):
            return
        if np.any(rows["debit"] == rows["credit"]):
            name = ACCOUNTS[int(rows["debit"][rows["debit"] == rows["credit"]][0])].key
            raise LedgerError(f"account {name} cannot pay itself")
        if self._open < self._n and day != self._rows["day"][self._open]:
            running = int(self._rows["day"][self._open])
            raise LedgerError(f"day {running} is still open, nothing goes to day {day}")
        self._append(_merged(rows) if len(rows) > 1 else rows)

    def _append(self, rows: npt.NDArray[Any]) -> None:
        if self._n + len(rows) > len(self._rows):
            grown = np.zeros(max(2 * len(self._rows), self._n + len(rows)), ENTRY)
            grown[: self._n] = self.entries
            self._rows = grown
        self._rows[self._n : self._n + len(rows)] = rows
        self._n += len(rows)
        np.subtract.at(self.balances, rows["debit"], rows["amount"])
        np.add.at(self.balances, rows["credit"], rows["amount"])
        self._note_outlays(rows)

    def _note_outlays(self, rows: npt.NDArray[Any]) -> None:
        """Keep what actions cost each account, less what came back."""
        acted = rows["action"] >= 0
        if not acted.any():  # most payments are nobody's plan
            return
        rows = rows[acted & IS_ACTION_COST[rows["what"]]]
        if not len(rows):
            return
        more = int(rows["action"].max()) + 1 - len(self._outlays)
        if more > 0:
            self._outlays = np.concatenate([self._outlays, np.zeros((more, len(ACCOUNTS)), np.int64)])
        np.add.at(self._outlays, (rows["action"], rows["debit"]), rows["amount"])
        np.subtract.at(self._outlays, (rows["action"], rows["credit"]), rows["amount"])

    def close(self, day: int) -> None:
        """End a day: merge its entries and prove the books.

        Raises
        ------
        LedgerError
            If an entry of another day is open, an amount is not positive, balances do not sum to zero, or
            opening balances plus the day's flows are not the closing ones.
        """
        today = self._rows[self._open : self._n]
        if len(today):
            if np.any(today["day"] != day):
                raise LedgerError(f"entries of another day than {day} are open")
            if int(today["amount"].min()) <= 0:
                raise LedgerError(f"day {day} holds an amount that is not positive")
            merged = _merged(today)
            self._n = self._open + len(merged)
            self._rows[self._open : self._n] = merged
        flows = _flows(self._rows[self._open : self._n])
        if np.any(self._opening + flows != self.balances):
            wrong = int(np.flatnonzero(self._opening + flows != self.balances)[0])
            raise LedgerError(f"account {ACCOUNTS[wrong].key} does not balance on day {day}")
        if int(self.balances.sum()) != 0:
            raise LedgerError(f"balances sum to {int(self.balances.sum())} fen on day {day}, not to zero")
        self._opening = self.balances.copy()
        self._open = self._n

    # ------------------------------------------------------------------ reading

    def outlay(self, action: int, payer: str) -> int:
        """What an account has paid for an action since the first entry, less what came back, fen."""
        return int(self._outlays[action, account_code(payer)]) if action < len(self._outlays) else 0

    def mark(self, day: int) -> None:
        """Report from world day ``day`` on; earlier entries (the warm-up) stay in the balances."""
        self.marked = int(day)

    def between(self, first: int, last: int) -> npt.NDArray[Any]:
        """Entries of the world days first..last, both included."""
        days = self.entries["day"]
        return self.entries[np.searchsorted(days, first) : np.searchsorted(days, last, side="right")]

    def amount(
        self, first: int, last: int, *, debit: str = "", credit: str = "", what: str | Iterable[str] = ""
    ) -> int:
        """Fen paid on the world days first..last, by account and kind where they are given."""
        rows = self.between(first, last)
        keep = np.ones(len(rows), bool)
        if debit:
            keep &= rows["debit"] == account_code(debit)
        if credit:
            keep &= rows["credit"] == account_code(credit)
        if what:
            kinds = [what] if isinstance(what, str) else list(what)
            keep &= np.isin(rows["what"], [kind_code(kind) for kind in kinds])
        return int(rows["amount"][keep].sum())

    def frame(self, names: Names = "key", warmup: bool = False, actions: Sequence[str] = ()) -> pd.DataFrame:
        """The reported entries with names instead of codes.

        Parameters
        ----------
        names
            Keys, English or Chinese names.
        warmup
            Include the days before `mark`, as negative days.
        actions
            Names of the actions by row, for a column ``action`` of names ("" where there is none).

        Returns
        -------
        DataFrame
            Columns ``day`` (from the mark), ``debit``, ``credit``, ``what``, ``action``, ``amount`` (fen).
        """
        rows = self.entries
        if not warmup:
            rows = rows[rows["day"] >= self.marked]
        accounts = np.array([getattr(word, names) for word in ACCOUNTS], object)
        kinds = np.array([getattr(word, names) for word in KINDS], object)
        action: Any = rows["action"].astype(np.int64)
        if len(actions):
            action = np.array([*actions, ""], object)[action]
        return pd.DataFrame(
            {
                "day": rows["day"].astype(np.int64) - self.marked,
                "debit": accounts[rows["debit"]],
                "credit": accounts[rows["credit"]],
                "what": kinds[rows["what"]],
                "action": action,
                "amount": rows["amount"].copy(),
            }
        )

    def by_action(self, first: int, last: int, names: Names = "key") -> pd.DataFrame:
        """Fen by action, payer and kind over the days first..last, counted from the mark."""
        frame = self.frame(names, warmup=True)
        frame = frame[(frame["day"] >= first) & (frame["day"] <= last) & (frame["action"] >= 0)]
        sums = frame.groupby(["action", "debit", "what"])["amount"].sum()
        return sums.reset_index()

    # ------------------------------------------------------------------ snapshots

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """The books as plain arrays, for a snapshot at the end of a day."""
        if self._open != self._n:
            raise LedgerError("a day is open: a snapshot of the books is taken after its close")
        return {
            "entries": self.entries.copy(),
            "balances": self.balances.copy(),
            "marked": np.array([self.marked], np.int64),
        }

    def load(self, arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Take over what `arrays` gave."""
        self._rows = np.array(arrays["entries"], ENTRY)
        self._n = self._open = len(self._rows)
        if not self._n:
            self._rows = np.zeros(256, ENTRY)
        self.balances = np.array(arrays["balances"], np.int64)
        self._opening = self.balances.copy()
        self._outlays = self._outlays[:0]
        self._note_outlays(self.entries)
        self.marked = int(arrays["marked"][0])


def _merged(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Entries of one day, one for each (debit, credit, what, action), in that order."""
    key = rows["debit"].astype(np.int64)
    for column, width in (("credit", 8), ("what", 8)):
        key = key << width | rows[column]
    key = key << 16 | (rows["action"].astype(np.int64) + 1)
    if (key == key[0]).all():
        one = rows[:1].copy()
        one["amount"] = rows["amount"].sum()
        return one
    distinct, first, group = np.unique(key, return_index=True, return_inverse=True)
    merged = rows[first]
    totals = np.zeros(len(distinct), np.int64)
    np.add.at(totals, group, rows["amount"])
    merged["amount"] = totals
    return merged


def _flows(rows: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Net flow into each account, int64 [accounts]."""
    flows = np.zeros(len(ACCOUNTS), np.int64)
    np.subtract.at(flows, rows["debit"], rows["amount"])
    np.add.at(flows, rows["credit"], rows["amount"])
    return flows
