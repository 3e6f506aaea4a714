"""The small language of segments and rules: comparisons of what can be seen, joined by and, or, not; parsed,
never executed.

Text becomes a Python syntax tree, a walker keeps the few kinds of node on a white list and turns them into
nodes of its own, and those know how to make a NumPy mask. Nothing is ever handed to ``eval``; length, depth
and size are limited.
"""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from scenarios.records import unknown
from sim.errors import ConfigError

MAX_LENGTH = 1_000
MAX_DEPTH = 24
MAX_NODES = 300
MAX_NUMBER = 1e15

Kind = Literal["number", "code", "flag"]
Values = npt.NDArray[Any]
Lookup = Callable[[str, tuple[float, ...]], "Values | Coded"]
"""Values of a column or function, one a person, by its name and arguments."""


@dataclass(frozen=True)
class Column:
    """A word of the language.

    Attributes
    ----------
    name, en, zh
        Key and names.
    kind
        ``number``, ``code`` (one of ``codes``, in an order that ``<`` understands) or ``flag``.
    unit
        Unit of a number.
    codes
        Keys and Chinese names of the codes, in the order of their numbers.
    arguments
        For functions: the permitted range of each argument.
    """

    name: str
    en: str
    zh: str
    kind: Kind
    unit: str = ""
    codes: tuple[tuple[str, str], ...] = ()
    arguments: tuple[tuple[float, float], ...] = ()

    def code(self, word: str) -> int | None:
        """Number of a code, by key or Chinese name."""
        for number, names in enumerate(self.codes):
            if word in names or word in {_plain(n) for n in names}:
                return number
        return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


@dataclass(frozen=True)
class Coded:
    """Values of a column that is kept as bytes; comparing the bytes is many times as fast as comparing what they stand for.

    Attributes
    ----------
    raw
        uint8 [persons].
    levels
        float64 [256], what each byte stands for.
    """

    raw: npt.NDArray[np.uint8]
    levels: npt.NDArray[np.float64]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Values:
        """The values themselves, one a person."""
        return self.levels[self.raw].astype(dtype or np.float64, copy=False)

    def which(self, levels: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Whose byte stands for one of some levels (bool [256]), bool [persons]."""
        first = int(levels.argmax())
        if not levels[first]:
            return np.zeros(len(self.raw), bool)
        last = len(levels) - 1 - int(levels[::-1].argmax())
        if not levels[first : last + 1].all():
            return levels[self.raw]
        mask: npt.NDArray[np.bool_] = self.raw >= first
        return mask & (self.raw <= last) if last < len(levels) - 1 else mask


@dataclass(frozen=True)
class Expression:
    """A parsed expression; ``text`` is how it was written."""

    text: str
    node: Node

    def mask(self, lookup: Lookup, size: int) -> npt.NDArray[np.bool_]:
        """Who it describes, bool [persons]."""
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(self.node.values(lookup), bool), (size,)).copy()


class Node:
    """A node of a parsed expression."""

    kind: Kind = "flag"

    def values(self, lookup: Lookup) -> Any:
        """Its value for every person."""
        raise NotImplementedError


@dataclass(frozen=True)
class Word(Node):
    """A column, or a function with its arguments."""

    column: Column
    arguments: tuple[float, ...] = ()

    def values(self, lookup: Lookup) -> Any:
        """The column."""
        return lookup(self.column.name, self.arguments)


@dataclass(frozen=True)
class Fixed(Node):
    """A number."""

    number: float

    def values(self, lookup: Lookup) -> Any:
        """The number itself; a whole one as such, so that codes and counts are compared in their own small type."""
        return int(self.number) if self.number.is_integer() else self.number


@dataclass(frozen=True)
class Sum(Node):
    """Arithmetic of two numbers."""

    operator: str
    left: Node
    right: Node

    def values(self, lookup: Lookup) -> Any:
        """float64; a division by zero gives inf or nan, which no comparison finds."""
        left = np.asarray(self.left.values(lookup), float)
        right = np.asarray(self.right.values(lookup), float)
        return _ARITHMETIC[self.operator](left, right)


@dataclass(frozen=True)
class Compare(Node):
    """A comparison of two values."""

    operator: str
    left: Node
    right: Node

    def values(self, lookup: Lookup) -> Any:
        """bool."""
        compare = _COMPARISONS[self.operator]
        left, right = self.left.values(lookup), self.right.values(lookup)
        if isinstance(left, Coded) and np.ndim(right) == 0:
            return left.which(compare(left.levels, right))
        if isinstance(right, Coded) and np.ndim(left) == 0:
            return right.which(compare(left, right.levels))
        return compare(left, right)


@dataclass(frozen=True)
class Within(Node):
    """A value among a few."""

    left: Node
    choices: tuple[float, ...]

    def values(self, lookup: Lookup) -> Any:
        """bool."""
        return np.isin(self.left.values(lookup), self.choices)


@dataclass(frozen=True)
class Join(Node):
    """``and`` or ``or`` of some conditions, or ``not`` of one."""

    operator: str
    parts: tuple[Node, ...]

    def values(self, lookup: Lookup) -> Any:
        """bool."""
        masks = [np.asarray(part.values(lookup), bool) for part in self.parts]
        if self.operator == "not":
            return ~masks[0]
        whole = masks[0]
        for mask in masks[1:]:
            whole = whole & mask if self.operator == "and" else whole | mask
        return whole


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "Add": np.add,
    "Sub": np.subtract,
    "Mult": np.multiply,
    "Div": np.divide,
}
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "Eq": np.equal,
    "NotEq": np.not_equal,
    "Lt": np.less,
    "LtE": np.less_equal,
    "Gt": np.greater,
    "GtE": np.greater_equal,
}


class Parser:
    """Turns text into an `Expression`.

    Parameters
    ----------
    columns
        The words that exist.
    named
        Text of a named segment, or None; a segment may use others.
    example
        A condition to show to somebody who wrote none.
    known
        What is listed for somebody who wrote an unknown word; the words themselves if left out.
    """

    def __init__(
        self,
        columns: Mapping[str, Column],
        named: Callable[[str], str | None] | None = None,
        example: str = "stage == churn_warning and interest.beauty > 0.3",
        known: Iterable[str] | None = None,
    ) -> None:
        self.columns = columns
        self.named = named or (lambda name: None)
        self.example = example
        self.known = list(columns if known is None else known)
        self._words = dict(columns) | {c.zh: c for c in columns.values()}

    def parse(
        self, text: str, where: str, _within: tuple[str, ...] = (), _count: list[int] | None = None
    ) -> Expression:
        """Parse an expression; ``where`` is the file or key it stands in.

        Raises
        ------
        ConfigError
            For anything that is not of the language, in one sentence that names what is allowed.
        """
        return _Walk(self, text, where, _within, _count if _count is not None else [0]).expression()


class _Walk:
    def __init__(
        self, parser: Parser, text: str, where: str, within: tuple[str, ...], count: list[int]
    ) -> None:
        self.parser, self.text, self.where, self.within = parser, str(text), where, within
        self.count = count  # shared with the segments that are referred to, so that the whole is bounded

    def fail(self, why: str) -> ConfigError:
        shown = self.text if len(self.text) <= 80 else self.text[:77] + "..."
        return ConfigError(f"{self.where}: {shown!r} {why}")

    def stranger(self, name: str) -> ConfigError:
        """The error for a word that does not exist."""
        close = get_close_matches(name, list(self.parser.columns), n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(close)}? " if close else ""
        known = ", ".join(sorted(self.parser.known))
        return ConfigError(f"{self.where}: column {name!r} is unknown; {hint}permitted are: {known}")

    def expression(self) -> Expression:
        if len(self.text) > MAX_LENGTH:
            raise self.fail(f"is longer than {MAX_LENGTH} characters")
        try:
            tree = ast.parse(self.text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self.fail(f"is no condition; write for example: {self.parser.example}") from None
        return Expression(self.text, self.condition(tree.body, 0))

    def enter(self, depth: int) -> int:
        self.count[0] += 1
        if depth > MAX_DEPTH or self.count[0] > MAX_NODES:
            raise self.fail(f"is nested deeper than {MAX_DEPTH} or has more than {MAX_NODES} parts")
        return depth + 1

    # --- conditions -----------------------------------------------------------------------------------------

    def condition(self, tree: ast.expr, depth: int) -> Node:
        depth = self.enter(depth)
        if isinstance(tree, ast.BoolOp):
            parts = tuple(self.condition(part, depth) for part in tree.values)
            return Join("and" if isinstance(tree.op, ast.And) else "or", parts)
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
            return Join("not", (self.condition(tree.operand, depth),))
        if isinstance(tree, ast.Compare):
            return self.comparison(tree, depth)
        if isinstance(tree, ast.Constant) and isinstance(tree.value, bool):
            return Fixed(float(tree.value))
        node = self.word(tree, depth, segments=True)
        if node is None:
            raise self.fail(f"uses {_shown(tree)}, which is no condition")
        if isinstance(node, Word) and node.column.kind != "flag":
            raise self.fail(
                f"uses {node.column.name} without a comparison, for example {_example(node.column)}"
            )
        return node

    def comparison(self, tree: ast.Compare, depth: int) -> Node:
        found: list[Node] = []
        left = tree.left
        for operator, right in zip(tree.ops, tree.comparators, strict=True):
            found.append(self.pair(left, operator, right, depth))
            left = right
        return found[0] if len(found) == 1 else Join("and", tuple(found))

    def pair(self, left: ast.expr, operator: ast.cmpop, right: ast.expr, depth: int) -> Node:
        name = type(operator).__name__
        if name in ("In", "NotIn"):
            node = self.value(left, depth)
            if not isinstance(right, (ast.List, ast.Tuple, ast.Set)):
                raise self.fail('needs a list behind "in", for example: tier in [koc, top]')
            choices = tuple(self.fixed(item, node, depth) for item in right.elts)
            inside = Within(node, choices)
            return inside if name == "In" else Join("not", (inside,))
        if name not in _COMPARISONS:
            raise self.fail(
                "compares in a way that is not allowed; permitted are ==, !=, <, <=, >, >=, in, not in"
            )
        if self.coded(left) is None and self.coded(right) is not None:
            flipped = {"Lt": "Gt", "LtE": "GtE", "Gt": "Lt", "GtE": "LtE"}
            left, right, name = right, left, flipped.get(name, name)
        column = self.coded(left)
        if column is not None and self.coded(right) is None:
            return Compare(name, self.value(left, depth), Fixed(self.fixed(right, Word(column), depth)))
        return Compare(name, self.value(left, depth), self.value(right, depth))

    # --- values ---------------------------------------------------------------------------------------------

    def coded(self, tree: ast.expr) -> Column | None:
        """The column of codes that a name stands for, if it does."""
        column = self.parser._words.get(tree.id) if isinstance(tree, ast.Name) else None
        return column if column is not None and column.kind == "code" else None

    def value(self, tree: ast.expr, depth: int) -> Node:
        depth = self.enter(depth)
        if isinstance(tree, ast.BinOp):
            operator = type(tree.op).__name__
            if operator not in _ARITHMETIC:
                raise self.fail("calculates in a way that is not allowed; permitted are + - * /")
            return Sum(operator, self.numeric(tree.left, depth), self.numeric(tree.right, depth))
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, (ast.USub, ast.UAdd)):
            sign = -1.0 if isinstance(tree.op, ast.USub) else 1.0
            return Sum("Mult", Fixed(sign), self.numeric(tree.operand, depth))
        if isinstance(tree, ast.Constant):
            return Fixed(self.number(tree.value))
        node = self.word(tree, depth, segments=False)
        if node is None:
            raise self.fail(f"uses {_shown(tree)}, which is not allowed here")
        return node

    def numeric(self, tree: ast.expr, depth: int) -> Node:
        node = self.value(tree, depth)
        if isinstance(node, Word) and node.column.kind == "code":
            raise self.fail(f"calculates with {node.column.name}, which is no number")
        return node

    def number(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= MAX_NUMBER:
            raise self.fail(f"uses {_short(value)}, which is not a number up to {MAX_NUMBER:g}")
        return float(value)

    def fixed(self, tree: ast.expr, left: Node, depth: int) -> float:
        """A constant to compare ``left`` with: a code's word, or a number."""
        self.enter(depth)
        column = left.column if isinstance(left, Word) else None
        if column is not None and column.kind == "code":
            word = (
                tree.id
                if isinstance(tree, ast.Name)
                else tree.value
                if isinstance(tree, ast.Constant)
                else None
            )
            code = column.code(str(word)) if isinstance(word, str) else None
            if code is None:
                shown = word if isinstance(word, str) else _shown(tree)
                raise unknown(f"{self.where}: {column.name}", shown, [key for key, _ in column.codes])
            return float(code)
        node = self.value(tree, depth)
        if isinstance(node, Sum) and isinstance(node.left, Fixed) and isinstance(node.right, Fixed):
            node = Fixed(float(_ARITHMETIC[node.operator](node.left.number, node.right.number)))
        if not isinstance(node, Fixed):
            raise self.fail('may only have numbers or words behind "in"')
        return node.number

    def word(self, tree: ast.expr, depth: int, segments: bool) -> Node | None:
        """A column, a function call or a named segment; None if the tree is none of these."""
        words = self.parser._words
        if isinstance(tree, ast.Attribute) and isinstance(tree.value, ast.Name):
            name = f"{tree.value.id}.{tree.attr}"
            if name not in words:
                raise self.stranger(name)
            return Word(words[name])
        if isinstance(tree, ast.Name):
            column = words.get(tree.id)
            if column is not None and not column.arguments:
                return Word(column)
            text = self.parser.named(tree.id) if segments else None
            if text is not None:
                if tree.id in self.within:
                    raise self.fail(f"refers to the segment {tree.id} in a circle")
                if len(self.within) >= MAX_DEPTH:
                    raise self.fail(f"is nested deeper than {MAX_DEPTH}")
                inner = (*self.within, tree.id)
                return self.parser.parse(text, f"segment {tree.id}", inner, self.count).node
            raise self.stranger(tree.id)
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
            return self.call(tree, tree.func.id, depth)
        return None

    def call(self, tree: ast.Call, name: str, depth: int) -> Node:
        functions = {key: c for key, c in self.parser.columns.items() if c.arguments}
        column = functions.get(name)
        if column is None:
            raise unknown(f"{self.where}: function", name, functions)
        if tree.keywords or len(tree.args) != len(column.arguments):
            raise self.fail(f"must give {name} {len(column.arguments)} number(s)")
        arguments = []
        for argument, (low, high) in zip(tree.args, column.arguments, strict=True):
            self.enter(depth)
            value = self.number(argument.value) if isinstance(argument, ast.Constant) else None
            if value is None or not low <= value <= high:
                raise self.fail(f"must give {name} a number from {low:g} to {high:g}")
            arguments.append(value)
        return Word(column, tuple(arguments))


def _short(value: object) -> str:
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**30 else "a very large number"
    return text if len(text) <= 40 else text[:37] + "..."


def _shown(tree: ast.expr) -> str:
    return _short(tree.value) if isinstance(tree, ast.Constant) else f"a {type(tree).__name__}"


def _example(column: Column) -> str:
    if column.kind == "code":
        return f"{column.name} == {column.codes[0][0]}"
    call = f"({column.arguments[0][1]:g})" if column.arguments else ""
    return f"{column.name}{call} > 0"
