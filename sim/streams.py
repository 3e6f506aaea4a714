"""The register of random streams: which draws there are, what their keys mean, what each word is for.

A stream is one row below. Its number enters every address drawn from it, so a number is never changed or used
again: a retired stream keeps its row. `docs/randomness.md` prints this table.
"""

# ruff: noqa: E501  (a row of the register is one line)

from __future__ import annotations

from dataclasses import dataclass

MAX_STREAMS = 256
"""Stream numbers fill the top eight bits of the fourth counter word."""


@dataclass(frozen=True)
class Stream:
    """One kind of draw.

    Attributes
    ----------
    id
        Number from 0 to 255, permanent.
    name
        The module constant is ``S_<name>``.
    key
        Meaning of the counter words (a, b, c), each a uint32; a word that is not named is 0.
    words
        What is drawn, and which of the four words of a block serves for what.
    n
        Meaning of the block number (24 bits).
    seed
        How the Philox key is made, where it is not the run's seed itself.
    """

    id: int
    name: str
    key: tuple[str, ...]
    words: str
    n: str = "0"
    seed: str = "seed"


STREAMS: dict[str, Stream] = {}
"""All streams by name, in the order of their rows."""


def _stream(number: int, name: str, key: str, words: str, n: str = "0", seed: str = "seed") -> int:
    """Enter one row and return its number."""
    if not 0 <= number < MAX_STREAMS:
        raise ValueError(f"stream {name}: number {number} is outside 0 to {MAX_STREAMS - 1}")
    taken = [row.name for row in STREAMS.values() if row.id == number or row.name == name]
    if taken:
        raise ValueError(f"stream {name}, number {number}: already registered as {', '.join(taken)}")
    parts = tuple(part.strip() for part in key.split(","))
    if len(parts) > 3:
        raise ValueError(f"stream {name}: a key has at most three words, not {len(parts)}")
    STREAMS[name] = Stream(number, name, parts, words, n, seed)
    return number


# fmt: off
# The run itself
S_SUBKEY = _stream(1, "SUBKEY", "word, stream", "w0, w1: the key that replaces the seed where an address has four words")
S_DERIVE = _stream(2, "DERIVE", "integer low, integer high, position", "w0, w1: seed derived from a seed and integers")
S_LEAF = _stream(3, "LEAF", "item key low, item key high", "w0: first leaf to try in a keyed tree", seed="0")
S_ASSIGN = _stream(4, "ASSIGN", "unit, experiment", "w0, w1: arm of an experiment")
S_SEGMENT = _stream(5, "SEGMENT", "member, segment", "w0: place in a random share of members")
S_OBSERVE = _stream(6, "OBSERVE", "KPI, day", "w0, w1: noise of an observation; w2: delay")

# People
S_PERSON = _stream(10, "PERSON", "member", "traits drawn at birth", n="trait group")
S_PERSON2 = _stream(11, "PERSON2", "member, attribute", "traits added later", n="trait group")
S_JOIN = _stream(12, "JOIN", "prospect, day", "w0: whether the prospect joins, or who left comes back; w1: whether who left is forgotten")
S_CHANNEL = _stream(13, "CHANNEL", "prospect, day", "w0: channel credited with joining; w1: inviter")
S_TRANSITION = _stream(14, "TRANSITION", "member, day", "a word for each of the four axes", n="group of axes")
S_WELLBEING = _stream(15, "WELLBEING", "member, day", "w0, w1: mood of the day; w2: trust")
S_REWARD = _stream(16, "REWARD", "member, action, day", "w0: whether a reward is given; w1: its size")
S_GROUP = _stream(17, "GROUP", "member, group, day", "w0: join, then the waiting time of each group; w1: leave; w2: show a note in it")
S_ADAPT = _stream(18, "ADAPT", "creator, week", "w0: whether to change; w1: what; w2, w3: by how much", n="decision")

# The follower graph
S_ARC = _stream(20, "ARC", "follower, followee", "w0: whether the generated arc exists; w1: reciprocated")
S_PICK = _stream(21, "PICK", "follower, ordinal", "the generator's choice of a followee", n="block of the choice")
S_FOLLOW = _stream(22, "FOLLOW", "follower, followee, day", "w0: whether to follow")
S_SKETCH = _stream(24, "SKETCH", "sketch", "w0, w1: the member from which influence is followed back")
S_CHOOSE = _stream(25, "CHOOSE", "member", "w0, w1: place in a random choice of seed members")
S_STRENGTH = _stream(26, "STRENGTH", "follower, followee", "w0: which of three strengths an arc has (trivalency)")
S_FAN = _stream(27, "FAN", "creator, member", "w0, w1: place among those who may be a listed creator's fan", n="kind of choice")
S_UNFOLLOW = _stream(23, "UNFOLLOW", "follower, followee, day", "w0: whether to unfollow anybody (followee 0xFFFFFFFF), then the waiting time of each arc")

# Notes
S_POST = _stream(30, "POST", "member, day, counter", "w0, w1: number of notes; w2: hour; w3: effort")
S_NOTE = _stream(31, "NOTE", "author, day<<16|slot<<8|k", "an organic note's topic, format, purpose, quality", n="attribute group")
S_CONTRACT = _stream(32, "CONTRACT", "contract, deliverable", "a commissioned note, its acceptance", n="attribute group")
S_MODERATE = _stream(33, "MODERATE", "note key low, note key high, day", "w0: caught or not; w1: false alarm; w2: delay")

# Reading and passing on
S_ATTEND = _stream(40, "ATTEND", "member, day", "w0: whether present; w1: which slots; w2, w3: length")
S_SESSION = _stream(41, "SESSION", "viewer, day<<8|slot, k", "choice of the k-th impression; two blocks descend a keyed tree", n="block of the choice")
S_REACT = _stream(42, "REACT", "viewer, day<<8|slot, k", "reactions to the k-th impression, a word for each", n="group of four reactions")
S_TASTE = _stream(43, "TASTE", "viewer, note key low, note key high", "w0, w1: lasting taste of a viewer for a note")
S_SEARCH = _stream(44, "SEARCH", "member, day<<8|slot, k", "w0: whether to search; w1: intent; w2: rank read", n="block of the choice")
S_PASS = _stream(45, "PASS", "note key low, follower, followee", "w0: whether passed on; w1: minutes of delay", seed="subkey(seed, S_PASS, note key high)")
S_DIFFUSE = _stream(46, "DIFFUSE", "run, member", "the library's cascades: which of a member's arcs are live, in the order of its row", n="block", seed="seed; subkey(seed, S_DIFFUSE, step) in the steps after infection")
S_THRESHOLD = _stream(47, "THRESHOLD", "run, member >> 2", "a word a member: its threshold, or the one followee whom it heeds")
S_RECOVER = _stream(48, "RECOVER", "run, member, step", "w0: whether an infected member recovers")
S_ADOPT = _stream(49, "ADOPT", "run, member", "w0, w1: hazard that a member takes before it adopts")
S_DISCOVER = _stream(36, "DISCOVER", "run, member", "w0, w1: how many strangers meet what a member passes on; then who, a word each", n="block")

# Trade
S_PRODUCT = _stream(50, "PRODUCT", "product", "attributes of a product", n="attribute group")
S_MERCHANT = _stream(51, "MERCHANT", "merchant", "attributes of a merchant", n="attribute group")
S_BRAND = _stream(52, "BRAND", "brand", "attributes of a brand", n="attribute group")
S_BASKET = _stream(53, "BASKET", "member, day<<8|slot, item", "w0: whether to buy; w1: how many; w2: where; w3: when")
S_SETTLE = _stream(54, "SETTLE", "member, item, day<<8|slot", "w0, w1: priority for a scarce thing")
S_DELIVERY = _stream(55, "DELIVERY", "order key low, order key high", "w0, w1: days until delivered")
S_RETURN = _stream(56, "RETURN", "order key low, order key high", "w0: whether returned; w1: when")
S_REVIEW = _stream(57, "REVIEW", "order key low, order key high", "w0: whether reviewed; w1: stars; w2: when")
S_COUPON = _stream(58, "COUPON", "member, action, day", "w0: claimed; w1: used; w2: waited for")
S_PREFER = _stream(59, "PREFER", "member, product", "w0: lasting liking of a member for a product, in the choice of one")

# What acts on the world
S_LEVER = _stream(60, "LEVER", "action, day, item", "w0, w1: how well the action is carried out", n="block")
S_SHOCK = _stream(61, "SHOCK", "shock, day, item", "w0, w1: whether and how hard it strikes", n="block")
S_PRICE = _stream(62, "PRICE", "creator, action", "w0: scatter of the price that a creator asks")
S_ACTIVITY = _stream(63, "ACTIVITY", "member, action<<16|wave, day", "w0: takes part; w1: place in the queue; w2: wins; w3: tied to whom comes next")
S_MESSAGE = _stream(64, "MESSAGE", "member, action, day", "w0: opens a message; w1: wants no more")
S_MEMBERSHIP = _stream(65, "MEMBERSHIP", "member, day", "w0: becomes a paying member, or stays one")
S_RUMOUR = _stream(66, "RUMOUR", "member, shock, day", "w0: passes bad news on of their own accord")

# Members handled as agents in Python
S_OVERRIDE = _stream(70, "OVERRIDE", "member, day<<8|slot, ordinal", "w0, w1: a draw of a decision overridden in Python", n="the draw's name, hashed")
S_SHUFFLE = _stream(71, "SHUFFLE", "member, day<<8|slot, shuffle", "w0, w1: place in a shuffled list of members")
# fmt: on

STREAM_NAMES: dict[int, str] = {row.id: row.name for row in STREAMS.values()}
"""Name of a stream by its number."""


def streams_markdown() -> str:
    """The register as a Markdown table, one row a stream, in the order of the numbers."""
    lines = [
        "| id | stream | key (a, b, c) | block number n | words | Philox key |",
        "|---:|---|---|---|---|---|",
    ]
    for row in sorted(STREAMS.values(), key=lambda stream: stream.id):
        key, words = (text.replace("|", "\\|") for text in (", ".join(row.key), row.words))
        lines.append(f"| {row.id} | `S_{row.name}` | {key} | {row.n} | {words} | {row.seed} |")
    return "\n".join(lines) + "\n"
