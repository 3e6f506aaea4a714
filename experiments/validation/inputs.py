"""Rows that are defaults, that other platforms or growing years state, or that no run can show, and why.

A default that was set from a fact says nothing for the model: it is listed as an empirical input and never counted.
"""

from __future__ import annotations

from experiments.validation.registry import beyond, given

given("N1", "graph.exponent 2.3")
given("N2", "graph.reciprocity 0.08")
given("N3", "graph.mean_followees 17: N3 advises 20 to 60 for a small world, the default lies below")
given("N5", "popularity from graph.exponent; the KPI follower_gini shows what comes of it")
given("N6", "popularity from graph.exponent; weak, of one crawl")
given(
    "E1", "platform.ces_like 1, ces_collect 1, ces_comment 4, ces_share 4, ces_follow 8: folklore, a scenario"
)
given("E2", "platform.pool_first, pool_ratio, pool_floor, pool_top")
given("E3", "ranking by interactions an impression within pools", "micro-face")
given("E5", "platform.surface_search 0.18; searches of everybody, not of 70 %")
given("E10", "purposes and formats shift collects; no multiplier by category")
given("E16", "brand fit with a peak in posting", "micro-face")
given("E17", "platform.elasticity_volume 0.236, elasticity_valence 0.417")
given("R6", "world.represents")
given("R10", "calendar hours of the Chinese calendar")
given("R11", "calendar sales days")
given("I1", "lever social_rewards, its stated effect")
given("P1 P2", "prices of creators: 0.47 F^0.85 with premia")
given("P3", "platform.cpm 35, cpc_feed 1.2, cpc_search 4")
given("P5", "lever kol_koc_mix, shares 10/30/60")
given("P6", "lever feed_search_ads, its split")
given("P8", "segments narrow and broad", "micro-face")
given("P9", "column aips of members", "micro-face")
given("P10", "horizons 7, 29 and 70 days of ROI", "micro-face")
given("P11", "phases of plans", "micro-face")
given("P12", "production costs of placements")
given("K1", "own elasticities of members by income, mean -2.6")
given("K4", "platform.order_delivery 0.17 a day, lever logistics")
given("K6", "product.return_rate 0.12, platform.live_return_odds 4.9")
given("K7", "return rates by category")
given("G2", "fake marketing: 1.4 % of notes, 30 % of those of inauthentic accounts")
given("G3", "audience.bots 0.04")
given("C9", "platform.interaction_half_life 11.7 hours: a setting of the ranking, nothing fits it")

given("H5 H6 H25", "delays, cadences and ramps of levers", "micro-face")
given("H16", "world.represents of conf/world/xiaohongshu_2023.yaml")
given("H17 H19 H22", "conf/audience/documents_2023.yaml; audience=later_reports holds the other profile")
given("H18", "audience.topics: beauty and fashion 42 %")
given("H20", "purposes of notes: no motive of a member is told apart")
given("H21", "skill decides part of quality; tension with N11", "micro-face")
given("H23", "tiers and stages of members", "micro-face")
given("H24", "fan classes, formats, groups, crises", "micro-face")
given("H26", "KPIs of activity, followers and sales", "micro-face")

beyond("I5", "an upper bound that a vendor states, without a control group")
beyond(
    "K9",
    "sales tripled as shops and livestreams came: a growth of supply that no setting here has, of one platform's year",
)
beyond("G4", "a stress value that a vendor states; nobody can know what was inflated")
beyond("G5", "a sector's crackdown of a named year: a shock's size, nothing to reproduce")
