"""Shares of a whole, one at a time: ``share.koc: 0.4`` sets that share, and the others keep their proportions.

A lever whose parameters are shares (``share_top``, ``share_mid``, ``share_koc``) can be swept along one of them:
the rest of the whole is divided as it was before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scenarios.records import number, unknown
from sim.errors import ConfigError


def unfolded(keys: Mapping[str, Any], parameters: Mapping[str, Any], where: str) -> dict[str, Any]:
    """An action's keys with every nested family of shares written out.

    Parameters
    ----------
    keys
        What a plan says about an action; ``share: {koc: 0.4}`` stands for parameters ``share_...``.
    parameters
        The lever's parameters as its file has them, each with a ``default``.
    where
        The action's place, for messages.

    Returns
    -------
    dict
        The same without nested families; their shares sum to 1.

    Raises
    ------
    ConfigError
        For a family or a share that the lever does not have, or shares beyond a whole.
    """
    flat = {key: value for key, value in keys.items() if not isinstance(value, Mapping)}
    for family, given in keys.items():
        if not isinstance(given, Mapping):
            continue
        members = [name for name in parameters if name.startswith(f"{family}_")]
        if not members:
            raise unknown(f"{where}: key", family, parameters)
        fixed: dict[str, float] = {}
        for short, value in given.items():
            name = f"{family}_{short}"
            if name not in members:
                raise unknown(
                    f"{where}.{family}: key", short, [m.removeprefix(f"{family}_") for m in members]
                )
            fixed[name] = number(value, f"{where}.{family}.{short}", 0.0, 1.0)
        left = 1.0 - sum(fixed.values())
        others = {m: float(flat.get(m, parameters[m]["default"])) for m in members if m not in fixed}
        if left < -1e-9 or (not others and abs(left) > 1e-9):
            raise ConfigError(f"{where}.{family}: shares must sum to 1, not {1.0 - left:g}")
        weight = sum(others.values())
        for name, share in others.items():
            fixed[name] = max(left, 0.0) * (share / weight if weight > 0.0 else 1.0 / len(others))
        flat.update(fixed)
    return flat
