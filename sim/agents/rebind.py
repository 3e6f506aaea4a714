"""One protocol, three ways to run it: compiled, interpreted, and interpreted with decisions taken in Python.

A protocol is a plain function that calls decisions by their module-level names. `rebind` gives a copy of it
that looks some of those names up elsewhere; `call_view` turns a decision of a member into a function of the
shape that the protocol calls.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Mapping
from types import FunctionType
from typing import Any

from sim._numba import interpreted
from sim.agents.tiers import DECISIONS, AgentError

__all__ = ["call_view", "rebind"]

Function = Callable[..., Any]


def rebind(
    protocol: Function, replacements: Mapping[str, Function], protocols: Collection[str] = ()
) -> Function:
    """An interpreted copy of a protocol in which some functions it calls are replaced.

    Parameters
    ----------
    protocol
        A module-level function, plain or compiled. Its own module is not touched.
    replacements
        Name as it stands in the protocol to what is called instead. Without any, the copy calls the compiled
        decisions: the protocol as the agents engine runs it.
    protocols
        Names of functions which the protocol calls and which are protocols too: they are copied likewise, so
        that a replacement reaches them. All others stay compiled, for only then is float arithmetic the same.

    Returns
    -------
    function
        It sees its module's names as they were when it was made. The same arguments give the same object, if
        the replacements come from `call_view` or there are none.

    Raises
    ------
    AgentError
        If a replacement or a named protocol is called nowhere.
    """
    # Kept on a replacement, not in the module: a replacement holds a community, which must be free to go.
    keeper = next((vars(f)["_rebound"] for f in replacements.values() if hasattr(f, "_rebound")), None)
    kept: dict[Any, Function] = _COPIES if not replacements else {} if keeper is None else keeper
    key = (protocol, frozenset(replacements.items()), frozenset(protocols))
    if key not in kept:
        kept[key] = _rebound(protocol, replacements, protocols)
    return kept[key]


_COPIES: dict[Any, Function] = {}
"""Interpreted copies without replacements."""


def _rebound(
    protocol: Function, replacements: Mapping[str, Function], protocols: Collection[str]
) -> Function:
    missing = {*replacements, *protocols}
    copy = _copy(interpreted(protocol), replacements, protocols, missing, {})
    if missing:
        raise AgentError(
            f"{getattr(protocol, '__name__', protocol)} calls nothing named {', '.join(sorted(missing))}, "
            "so that replacing it would change nothing"
        )
    return copy


def _copy(
    function: Function,
    replacements: Mapping[str, Function],
    protocols: Collection[str],
    missing: set[str],
    done: dict[Function, Function],
) -> Function:
    if function in done:
        return done[function]
    assert isinstance(function, FunctionType), function
    scope = {**function.__globals__, **replacements}
    copy = FunctionType(
        function.__code__, scope, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__doc__ = function.__doc__
    copy.__module__ = function.__module__
    done[function] = copy
    called = set(function.__code__.co_names)
    missing -= called
    for name in protocols:
        if name in called:
            inner = interpreted(function.__globals__[name])
            scope[name] = _copy(inner, replacements, protocols, missing, done)
    return copy


def call_view(
    model: Any,
    decision: str,
    unpack: Callable[..., tuple[Any, ...]],
    pack: Callable[..., int] | None = None,
) -> Function:
    """A member's decision in the shape of the compiled one, to be given to `rebind`.

    Parameters
    ----------
    model
        The community.
    decision
        One of `DECISIONS`.
    unpack
        Takes the compiled decision's arguments and returns the member's row, then the arguments of the
        method.
    pack
        Takes the method's result and the compiled decision's arguments and returns what the protocol expects;
        the result itself if None.

    Returns
    -------
    function
        Makes a view of the row, of the class of its tier now, and asks it. AgentError if the answer is not an
        integer or a truth value.
    """
    if decision not in DECISIONS:
        raise AgentError(f"there is no decision {decision!r}; decisions are {', '.join(DECISIONS)}")

    def ask(*arguments: Any) -> int:
        row, *rest = unpack(*arguments)
        view = model.agents.view(int(row))
        answer = getattr(view, decision)(*rest)
        try:
            number = operator.index(answer)
        except TypeError:
            raise AgentError(
                f"{type(view).__name__}.{decision} must return an integer or a truth value, not {answer!r}"
            ) from None
        return number if pack is None else pack(number, *arguments)

    ask.__name__ = ask.__qualname__ = decision
    vars(ask)["_rebound"] = {}
    return ask
