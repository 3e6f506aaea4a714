"""A programme: whatever mix of offers a lever's file lists, made day by day from the keys that it declares.

Most levers of operations are such mixes: a challenge, a message with a coupon, a group with a code of its own. The file
names its offers and their sizes, and needs no class; what a key is left out of it is neutral.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from scenarios.levers import Lever
from scenarios.registry import behaviour
from sim.levers import (
    ActivityOffer,
    BoostOffer,
    CouponOffer,
    GrantOffer,
    GroupOffer,
    InviteOffer,
    MembershipOffer,
    MessageOffer,
    TrendOffer,
)
from sim.numerics import exp, log
from sim.randomness import S_LEVER, uniforms
from sim.state.schema import GROUP_KINDS, REGIONS, TOPICS, demographic

if TYPE_CHECKING:
    from scenarios.actions import Action
    from sim.levers import Desk

NEUTRAL: dict[str, Any] = {
    # activities
    "run_days": 7, "appeal": -4.0, "visits": 1.0, "posting": 1.0, "on_topic": 0.0, "slump": 1.0, "ties": 0.0,
    "joy": 0.0, "winners": 0.0, "prize": 0.0, "places": 1.0, "offline": False,
    # messages
    "opens": 0.0, "pull": 1.0,
    # coupons
    "depth": 0.0, "threshold": 0.0, "valid_days": 7,
    # groups
    "group_kind": "interest", "number": 1, "by": "nothing", "joins": 0.0,
    # invitations, grants, boosts, membership, trends
    "accepts": 0.0, "reward": 0.0, "fake": 0.0, "grant": 0.0, "factor": 1.0, "quality_floor": -9.0, "max_age": 3,
    "boost_places": 0.0, "fee": 0.0, "sign_up": -6.0, "heat": 0.0, "half_life": 1.0, "share": 0.0,
    "topic": "any",
}  # fmt: skip
"""What a key is where a lever's file does not declare it: without effect (definition)."""
UNLIMITED = 2**62
SLOT = 2
"""Block of the stream of levers by which offline activities fall through and topics are chosen."""
TOPIC_NAMES = [en for en, _ in TOPICS]
GROUP_NAMES = [en for en, _ in GROUP_KINDS]
NO_REGION = 255


@behaviour("programme")
class Programme(Lever):
    """Makes the offers that its file lists; each kind has a maker below."""

    def make_offers(self, desk: Desk, action: Action, day: int, share: float) -> None:
        """Let every maker of the file's offers speak, in the order of the file."""
        for kind in self.spec.file.offers:
            MAKERS[kind](self, desk, action, day)

    def of(self, action: Action, key: str) -> Any:
        """A key of the action, neutral where the lever does not declare it."""
        return action.spec.parameters.get(key, NEUTRAL[key])

    def fen(self, action: Action, key: str) -> int:
        """Yuan to a person of the sample as fen, who gets what each of those they stand for gets."""
        return round(float(self.of(action, key)) * 100.0)

    def topic(self, action: Action, day: int) -> int:
        """What it is about: -1 anything; ``rotating`` takes the sixteen in turn, one a wave."""
        name = str(self.of(action, "topic"))
        if name == "rotating":
            cadence = max(1.0, action.spec.cadence)
            return (action.key + int(day / cadence)) % len(TOPIC_NAMES)
        return TOPIC_NAMES.index(name) if name in TOPIC_NAMES else -1

    def activity(self, desk: Desk, action: Action, day: int) -> None:
        """Hold an activity every ``cadence`` days (0: once), for ``run_days`` each."""
        cadence = action.spec.cadence
        wave = int(day / cadence) if cadence > 0.0 else 0
        began = int(np.ceil(wave * cadence))
        if not began <= day < began + self.of(action, "run_days"):
            return
        if self.of(action, "offline"):
            # a venue, a host or the weather fails: keyed by the wave
            falls = uniforms(desk.seed, S_LEVER, action.key, wave, 0, SLOT)[0]
            if falls < action.operations["failure"]:
                return
        people, power = action.members(desk), action.power(day)
        places = self.of(action, "places")
        last = min(began + int(self.of(action, "run_days")), action.days) - 1
        desk.offer(
            ActivityOffer(
                action=action.row,
                wave=wave,
                segment=people,
                topic=self.topic(action, began),
                last=desk.world_day + last - day,
                appeal=self.of(action, "appeal") + log(action.operations["appeal"] * max(power, 1e-9)),
                visits=1.0 + (self.of(action, "visits") - 1.0) * power,
                posting=1.0 + (self.of(action, "posting") - 1.0) * power,
                on_topic=self.of(action, "on_topic"),
                slump=1.0 + (self.of(action, "slump") - 1.0) * power,
                ties=self.of(action, "ties"),
                joy=self.of(action, "joy") * power,
                winners=self.of(action, "winners"),
                prize=self.fen(action, "prize"),
                capacity=-1 if places >= 1.0 else int(np.ceil(places * np.count_nonzero(people))),
                payer=action.spec.payer,
            )
        )

    def message(self, desk: Desk, action: Action, day: int) -> None:
        """Send a message on the days of a wave."""
        if action.wave(day):
            pull = 1.0 + (self.of(action, "pull") - 1.0) * action.power(day)
            desk.offer(MessageOffer(action.row, action.members(desk), self.of(action, "opens"), pull))

    def coupon(self, desk: Desk, action: Action, day: int) -> None:
        """Hand out a coupon on the days of a wave, for no more than what is left of the budget."""
        budget = action.budget_fen(desk)
        left = UNLIMITED if budget is None else budget - action.spent(desk)
        if not action.wave(day) or left <= 0:
            return
        focal = np.flatnonzero(desk.visible("brands.focal"))
        desk.offer(
            CouponOffer(
                action=action.row,
                segment=action.members(desk),
                depth=min(0.9, self.of(action, "depth") * action.power(day)),
                threshold=self.fen(action, "threshold"),
                days=int(self.of(action, "valid_days")),
                budget=left,
                payer=action.spec.payer,
                topic=self.topic(action, day),
                brand=int(focal[0]) if action.spec.payer == "brand" and len(focal) else -1,
            )
        )

    def group(self, desk: Desk, action: Action, day: int) -> None:
        """Found groups in waves until there are ``number``: one a topic, one a region, or for all alike."""
        people, by = action.members(desk), self.of(action, "by")
        if not action.wave(day):
            return
        for number in range(int(self.of(action, "number"))):
            topic, region, mask = self.topic(action, day), NO_REGION, people
            if topic < 0:
                topic = number % len(TOPIC_NAMES)
            if by == "topic":
                mask = people & (desk.visible("members.interest")[:, topic] >= 32)
            elif by == "region":
                region = number % len(REGIONS)
                mask = people & (demographic(desk.visible("profiles.demographics"), "region") == region)
            joins = self.of(action, "joins") * action.power(day)
            kind = GROUP_NAMES.index(self.of(action, "group_kind"))
            desk.offer(GroupOffer(action.row, number, mask, kind, topic, region, joins))

    def invite(self, desk: Desk, action: Action, day: int) -> None:
        """Reward those who bring others."""
        chance = min(1.0, self.of(action, "accepts") * action.power(day))
        reward, fake = self.fen(action, "reward"), self.of(action, "fake")
        desk.offer(InviteOffer(action.row, action.members(desk), chance, reward, fake, action.spec.payer))

    def grant(self, desk: Desk, action: Action, day: int) -> None:
        """Pay authors on the days of a wave, in proportion to strength."""
        amount = round(self.of(action, "grant") * 100.0 * action.strength)
        if action.wave(day) and amount > 0:
            desk.offer(GrantOffer(action.row, action.members(desk), amount, action.spec.payer))

    def boost(self, desk: Desk, action: Action, day: int) -> None:
        """Hold places in the feed for notes of its authors."""
        desk.offer(
            BoostOffer(
                action=action.row,
                authors=action.members(desk),
                factor=1.0 + (self.of(action, "factor") - 1.0) * action.power(day),
                quality_floor=self.of(action, "quality_floor"),
                max_age=int(self.of(action, "max_age")),
                places=self.of(action, "boost_places"),
            )
        )

    def membership(self, desk: Desk, action: Action, day: int) -> None:
        """Offer paid membership."""
        visits = 1.0 + (self.of(action, "visits") - 1.0) * action.power(day)
        appeal = self.of(action, "sign_up") + log(max(action.power(day), 1e-9))
        fee = self.fen(action, "fee")
        desk.offer(MembershipOffer(action.row, action.members(desk), fee, appeal, visits))

    def trend(self, desk: Desk, action: Action, day: int) -> None:
        """Ride a topic that everybody talks of; its heat halves every ``half_life`` days of a wave."""
        cadence = action.spec.cadence
        age = day - int(np.ceil(int(day / cadence) * cadence)) if cadence > 0.0 else day
        topic = self.topic(action, day - age)
        if topic < 0:
            topic = action.key % len(TOPIC_NAMES)
        fades = exp(-0.6931471805599453 * age / self.of(action, "half_life"))
        share = min(1.0, self.of(action, "share") * action.power(day) * fades)
        heat = self.of(action, "heat") * action.power(day) * fades
        desk.offer(TrendOffer(action.row, topic, heat, action.members(desk), share))


MAKERS: dict[str, Callable[[Programme, Desk, Action, int], None]] = {
    "ActivityOffer": Programme.activity,
    "BoostOffer": Programme.boost,
    "CouponOffer": Programme.coupon,
    "GrantOffer": Programme.grant,
    "GroupOffer": Programme.group,
    "InviteOffer": Programme.invite,
    "MembershipOffer": Programme.membership,
    "MessageOffer": Programme.message,
    "TrendOffer": Programme.trend,
}
"""Kind of offer -> who makes it."""
