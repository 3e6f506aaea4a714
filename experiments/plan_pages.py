"""`seedbed show plan=NAME`, `seedbed check plan=NAME` and `seedbed new plan NAME`: a plan in plain words, what is
doubtful about it, and a commented one to start from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.text import Text

from experiments.chinese import spoken
from experiments.chinese.terms import term
from experiments.compose import Config, compose
from experiments.figures import Lang, figure
from experiments.options import Options
from experiments.tables import show
from scenarios.action_specs import ActionSpec
from scenarios.lever_files import EVERYONE
from scenarios.operations import PREFIX, mechanism
from scenarios.plans import Plan
from scenarios.review import Finding, findings, fixed_cost, most_cost, people_findings
from scenarios.rules import Rule
from sim.errors import ConfigError

CHART = 60
"""Columns of the chart; each is a day, or as many days as the run has too many of."""
MARKS = {"error": "✗", "warning": "!", "note": "·"}
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_\-]*")

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "plan": "Plan {name}: {title} ({party}'s), {start} to {end}",
        "empty": "This plan has no actions: it is the baseline.",
        "actions": ("action", "lever", "from", "to", "days", "for", "strength", "payer", "by itself", "at most"),
        "open": "as many as respond",
        "everyone": "everyone",
        "budget": "At most {budget} may be spent: {costs}.",
        "no_budget": "There is no budget for the whole: {costs}.",
        "costs": "{fixed} by themselves, {most} at most",
        "open_costs": "{fixed} by themselves, and {names} as many as respond",
        "others": "; others pay {others} of it",
        "more": "; ",
        "execution": "Carried out at {execution} of what is possible{more}.",
        "goals": "Wanted: {goals}.",
        "rules": "It adapts in reviews every {days} days, on figures {delay} days old with an error of {noise}:",
        "rule": "  {name}: when {when}, then {then}{times}",
        "times": " (at most {times} times)",
        "steps": {"pause": "pause {}", "resume": "let {} go on", "stop": "stop {}"},
        "strength": "set the strength of {name} to {value:g}",
        "move": "move {yuan} from {giver} to {taker}",
        "brand": "Products: {products}.",
        "product": "{name} at {price}, margin {margin:.0%}, {units} units a week",
        "chart": "{first} to {last}, a column is {days} day(s); ░ growing, █ in full",
        "clean": "Nothing to object to.",
        "cannot": "plan {name} cannot do what it says: {count} error(s)",
        "counts": "{errors} error(s), {warnings} warning(s), {notes} note(s)",
        "world": "Asking a world of {members} members, not warmed up, who belongs to the segments.",
        "made": "{path} is yours to edit. Look at it with `seedbed show plan={name}`, check it with "
        "`seedbed check plan={name}`, play it with `seedbed run plan={name}`.",
    },
    "zh": {
        "plan": "方案 {name}：{title}（{party}），{start} 至 {end}",
        "empty": "该方案没有动作：它就是基准。",
        "actions": ("动作", "手段", "开始", "结束", "天数", "人群", "力度", "付费方", "固定花费", "最多花费"),
        "open": "视响应人数",
        "everyone": "所有人",
        "budget": "最多可花 {budget}：{costs}。",
        "no_budget": "未设总预算：{costs}。",
        "costs": "固定花费 {fixed}，最多 {most}",
        "open_costs": "固定花费 {fixed}，{names} 视响应人数而定",
        "others": "；其中他方承担 {others}",
        "more": "；",
        "execution": "执行水平为最佳的 {execution}{more}。",
        "goals": "目标：{goals}。",
        "rules": "每 {days} 天复盘一次，依据 {delay} 天前、误差 {noise} 的数据调整：",
        "rule": "  {name}：当 {when}，则 {then}{times}",
        "times": "（最多 {times} 次）",
        "steps": {"pause": "暂停 {}", "resume": "恢复 {}", "stop": "停止 {}"},
        "strength": "将 {name} 的力度设为 {value:g}",
        "move": "把 {yuan} 从 {giver} 移给 {taker}",
        "brand": "商品：{products}。",
        "product": "{name} 售价 {price}，毛利率 {margin:.0%}，每周供货 {units} 件",
        "chart": "{first} 至 {last}，每列 {days} 天；░ 逐步生效，█ 全效",
        "clean": "没有发现问题。",
        "cannot": "方案 {name} 无法照此执行：{count} 个错误",
        "counts": "{errors} 个错误，{warnings} 个警告，{notes} 个提示",
        "world": "在一个 {members} 名成员（未预热）的世界中查看人群。",
        "made": "{path} 供你修改。用 `seedbed show plan={name}` 查看，`seedbed check plan={name}` 检查，"
        "`seedbed run plan={name}` 运行。",
    },
}  # fmt: skip


def show_plan(overrides: list[str], options: Options, lang: Lang) -> None:
    """A plan in plain words, with a chart of its actions and what they cost."""
    text = TEXT[lang]
    config = compose(overrides, options.folder)
    plan, file = config.plan(), config.resolved["plan"]
    start, last = _span(config)
    title = text["plan"].format(
        name=file["name"], title=file.get(lang) or "", party=term(file["as"], lang), start=start, end=last
    )
    show(Text(title, style="bold"))
    specs = list(plan)
    if not specs:
        show(text["empty"])
        return
    from experiments.explain import plain_table

    rows = [_row(spec, lang) for spec in specs]
    show(plain_table(text["actions"], rows, right=(4, 6, 8, 9)))
    show(*_chart(specs, start, last, lang), "")
    show(*_words(plan, config, lang), "")


def _span(config: Config) -> tuple[date, date]:
    start = config.community.start
    return start, start + timedelta(days=config.days - 1)


def _row(spec: ActionSpec, lang: Lang) -> list[str]:
    file = spec.lever.file
    most = most_cost(spec)
    return [
        spec.name,
        file.zh if lang == "zh" else file.en,
        str(spec.start),
        str(spec.end),
        str(spec.days),
        people_of(spec, lang),
        f"{spec.strength:g}",
        term(spec.payer, lang),
        figure(fixed_cost(spec), "yuan", lang),
        TEXT[lang]["open"] if most is None else figure(most, "yuan", lang),
    ]


def people_of(spec: ActionSpec, lang: Lang) -> str:
    """Whom an action is for, in words."""
    if spec.segment is None or spec.segment.name in EVERYONE:
        return str(TEXT[lang]["everyone"])
    return (spec.segment.zh if lang == "zh" else spec.segment.en) or spec.segment.name


def _chart(specs: Sequence[ActionSpec], start: date, last: date, lang: Lang) -> list[str]:
    """A line an action: when it is on, and when it has its full effect."""
    days = (last - start).days + 1
    step = -(-days // CHART)
    width = max(len(spec.name) for spec in specs)
    lines = [TEXT[lang]["chart"].format(first=start, last=last, days=step)]
    for spec in specs:
        cells = ""
        for column in range(-(-days // step)):
            day = start + timedelta(days=column * step)
            end = day + timedelta(days=step - 1)
            if end < spec.start or day > spec.end:
                cells += "·"
            else:
                cells += "█" if (end - spec.start).days + 1 >= spec.slow_ramp else "░"
        lines.append(f"  {spec.name:<{width}} {cells}")
    return lines


def _words(plan: Plan, config: Config, lang: Lang) -> list[str]:
    """Money, execution, goals, products and rules as sentences."""
    text, file = TEXT[lang], plan.file
    most = {spec.name: most_cost(spec) for spec in plan}
    without = [name for name, value in most.items() if value is None]
    costs = text["open_costs" if without else "costs"].format(
        fixed=figure(sum(fixed_cost(spec) for spec in plan), "yuan", lang),
        most=figure(sum(value or 0.0 for value in most.values()), "yuan", lang),
        names=", ".join(without),
    )
    others = sum(most[spec.name] or 0.0 for spec in plan if spec.assumed)
    if others:
        costs += text["others"].format(others=figure(others, "yuan", lang))
    if file.budget is not None:
        lines = [text["budget"].format(budget=figure(file.budget, "yuan", lang), costs=costs)]
    else:
        lines = [text["no_budget"].format(costs=costs)]
    own = [
        f"{mechanism(PREFIX + key).zh} {key} {value:g}" if lang == "zh" else f"{key} {value:g}"
        for key, value in file.operations.items()
    ]
    more = text["more"] + ", ".join(own) if own else ""
    lines.append(text["execution"].format(execution=f"{file.execution:.0%}", more=more))
    if file.goals:
        lines.append(text["goals"].format(goals=", ".join(f"{k} {v}" for k, v in file.goals.items())))
    if file.products:
        products = ", ".join(_product(name, config, lang) for name in file.products)
        lines.append(text["brand"].format(products=products))
    if plan.rules:
        works = plan.operations(config.community.start)
        facts = {
            "days": f"{works['review']:g}",
            "delay": f"{works['delay']:g}",
            "noise": f"{works['noise']:.0%}",
        }
        lines.append(text["rules"].format(**facts))
        lines += [_rule(rule, lang) for rule in plan.rules]
    return lines


def _product(name: str, config: Config, lang: Lang) -> str:
    product = next(p for p in config.community.brand.products if p.name == name)
    return str(
        TEXT[lang]["product"].format(
            name=name,
            price=figure(product.price, "yuan", lang),
            margin=product.margin,
            units=figure(product.weekly_units, "", lang),
        )
    )


def _rule(rule: Rule, lang: Lang) -> str:
    text = TEXT[lang]
    steps = [
        text["steps"][step].format(", ".join(getattr(rule, step)))
        for step in text["steps"]
        if getattr(rule, step)
    ]
    steps += [text["strength"].format(name=name, value=value) for name, value in rule.strength.items()]
    steps += [
        text["move"].format(yuan=figure(m.yuan, "yuan", lang), giver=m.giver, taker=m.taker)
        for m in rule.moves
    ]
    times = text["times"].format(times=rule.times) if rule.times else ""
    return str(text["rule"].format(name=rule.name, when=rule.text, then="; ".join(steps), times=times))


def check(words: Sequence[str], lang: Lang) -> int:
    """Say what is doubtful about a plan; exit code 2 if it cannot do what it says."""
    text = TEXT[lang]
    options = Options.read(words)
    config = compose(options.overrides, options.folder)
    plan = config.plan()
    found = findings(plan, config.community.start, config.days)
    if list(plan):
        show(Text(text["world"].format(members=f"{config.community.world.members:,}"), style="dim"))
        found += people_findings(plan, _desk(config, plan))
    if not found:
        show(text["clean"])
    for finding in sorted(found, key=_gravity):
        said = f"{finding.where}: {finding.text(lang)}"
        show(f"{MARKS[finding.severity]} {spoken([said], lang)[0]}")
    counts = {kind: sum(f.severity == kind for f in found) for kind in MARKS}
    show(text["counts"].format(errors=counts["error"], warnings=counts["warning"], notes=counts["note"]))
    if counts["error"]:
        raise ConfigError(text["cannot"].format(name=plan.file.name, count=counts["error"]))
    return 0


def _gravity(finding: Finding) -> tuple[int, str]:
    return list(MARKS).index(finding.severity), finding.where


def _desk(config: Config, plan: Plan) -> Any:
    """The desk of a world as it is before anything has been played."""
    from dataclasses import replace

    from sim.levers import Desk
    from sim.model import Community

    world = replace(config.community, warmup_days=0)
    return Desk(Community(world, config.seed, policy=plan, calendar=config.calendar()))


STARTER = """\
# {name}: say in one sentence what this plan is for.
name: {name}
en: {name}
zh: {name}
as: brand                     # whose plan | platform, brand, creator
brand: brand                  # whose products (conf/brand)
products: [serum]             # which of them (conf/product: price, margin, units a week)
budget: 1500000               # yuan | the most that its actions may spend together
execution: 0.9                # 0.5 to 1 | how well it is carried out; weak teamwork also slows ramps
goals:                        # KPI: bound | `seedbed kpis` lists them
  brand_gmv: ">= 1.5e7"

# operations:                 # what else is known of those who carry it out; `seedbed levers process`
#   review: 7                 # days between reviews, at which rules are applied
#   latency: 0                # days by which actions start late

actions:                      # name: {{lever, start, end, segment, strength, budget, ... and the lever's own keys}}
  notes:
    lever: kol_koc_mix        # `seedbed levers` lists them, `seedbed levers show kol_koc_mix` explains its keys
    start: start              # a date, start, a day of the calendar (double_eleven - 2w) or another action's
    budget: 500000            # yuan
  coupons:
    lever: coupons
    start: notes.start + 10d
    end: notes.start + 30d
    segment: price_sensitive  # `seedbed segments` lists them; or a condition: orders >= 2 and interest.beauty > 0.3
    strength: 1               # 0 to 2; 0 changes nothing
    budget: 1000000           # yuan
    depth: 0.15               # share of the price

rules:                        # name: {{when, then}} | on figures as the operator sees them: late, and with an error
  too_dear:
    when: "cpe_7d > 10"       # a KPI, or over the last 7, 14 or 28 days; coupons.spent, coupons.left
    then: {{pause: coupons}}    # pause, resume, stop, strength: {{name: 0.5}}, move: {{from, to, yuan}}
"""


def new(words: Sequence[str], lang: Lang) -> int:
    """Write a commented plan to start from into ``conf/plan`` of the present folder."""
    options = Options.read(words)
    asked = options.words
    if len(asked) != 2 or asked[0] != "plan":
        raise ConfigError("write seedbed new plan NAME, for example: seedbed new plan spring")
    name = asked[1]
    if not _NAME.fullmatch(name):
        raise ConfigError(
            f"plan name {name!r} must begin with a letter and hold letters, digits, _ and - only"
        )
    path = Path(options.folder or "conf") / "plan" / f"{name}.yaml"
    if path.exists():
        raise ConfigError(f"{path} exists already; choose another name, or edit it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(STARTER.format(name=name), encoding="utf-8")
    show(TEXT[lang]["made"].format(path=path, name=name))
    return 0
