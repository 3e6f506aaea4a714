"""The `seedbed` command: the first word is the verb, the rest are overrides of the configuration.

This module imports nothing heavy, so that help appears at once; a verb's own module is imported when it is
called. What a user can do wrong ends as one sentence on standard error and exit code 2, an interrupt as code
130.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from experiments.interrupts import interrupts_kept
from experiments.verb_options import COMPOSING, options_of

if TYPE_CHECKING:
    from experiments.figures import Lang

USAGE_ERROR = 2
INTERRUPTED = 130


class Verb(NamedTuple):
    """One word of the command line: where it stands in the help, what does it, what it is for, an example."""

    name: str
    group: str
    target: str
    en: str
    zh: str
    example: str


GROUPS = {
    "plan": ("Plan", "计划"),
    "run": ("Run", "运行"),
    "compare": ("Compare", "比较"),
    "experiment": ("Experiment", "实验"),
    "data": ("Data", "数据"),
    "about": ("About", "说明"),
}

VERBS = (
    Verb(
        "show",
        "plan",
        "experiments.explain:show_choice",
        "explain a plan, a scenario or any other choice",
        "说明一个计划、场景或任何配置选项",
        "seedbed show scenario=double_eleven",
    ),
    Verb(
        "new",
        "plan",
        "experiments.plan_pages:new",
        "write a commented plan to start from",
        "写出一份带注释的方案模板",
        "seedbed new plan spring",
    ),
    Verb(
        "check",
        "plan",
        "experiments.plan_pages:check",
        "find what is doubtful about a plan before it is played",
        "在运行之前检查方案的问题",
        "seedbed check plan=launch",
    ),
    Verb(
        "levers",
        "plan",
        "experiments.lever_pages:levers",
        "list the levers, or those that match a word",
        "列出运营手段，可按中英文关键词查找",
        "seedbed levers coupon",
    ),
    Verb(
        "segments",
        "plan",
        "experiments.explain:segments",
        "list the segments that an action can aim at",
        "列出可以定向的人群",
        "seedbed segments",
    ),
    Verb(
        "pick",
        "plan",
        "experiments.pick:pick",
        "choose first spreaders from a graph, or from your sheet of creators under a budget",
        "从关系图或你的达人表格中按预算选出首批传播者",
        "seedbed pick --creators my.xlsx --budget 500000 --rule imm",
    ),
    Verb(
        "reach",
        "plan",
        "experiments.reach:reach",
        "how far something spreads from members that you name, over a graph of yours",
        "在你的关系图上，从指定成员出发能传播多远",
        "seedbed reach follows.txt --members 17,42 --model ic --probability wc",
    ),
    Verb(
        "demo",
        "run",
        "experiments.demo:demo",
        "a baseline and Double 11, paired: what changes, and how sure",
        "基准与双十一方案配对比较：变了什么，有多确定",
        "seedbed demo",
    ),
    Verb(
        "run",
        "run",
        "experiments.run:run",
        "play one scenario with one seed and keep the results",
        "以一个随机种子运行一个场景并保存结果",
        "seedbed run scenario=double_eleven world.members=20000",
    ),
    Verb(
        "sweep",
        "compare",
        "experiments.studies.verbs:sweep",
        "play every combination of choices on the same seeds",
        "在同一批种子上运行所有组合",
        "seedbed sweep plan=none,launch plan.actions.kols.share.koc=0.2,0.4,0.6 seeds=0:32",
    ),
    Verb(
        "resume",
        "compare",
        "experiments.studies.verbs:resume",
        "play exactly what a study lacks",
        "补齐研究中缺失的运行",
        "seedbed resume sweep-1a2b3c4d5e6f",
    ),
    Verb(
        "extend",
        "compare",
        "experiments.studies.verbs:extend",
        "add seeds to a study",
        "为研究增加种子",
        "seedbed extend sweep-1a2b3c4d5e6f seeds=32:64",
    ),
    Verb(
        "studies",
        "compare",
        "experiments.studies.verbs:studies",
        "list the studies that there are",
        "列出已有的研究",
        "seedbed studies",
    ),
    Verb(
        "compare",
        "compare",
        "experiments.compare:compare",
        "which plan, by how much, how sure, at what cost",
        "哪个方案更好、好多少、有多确定、代价多大",
        "seedbed compare sweep-1a2b3c4d5e6f --baseline plan=none --until 'gmv < 1%'",
    ),
    Verb(
        "report",
        "compare",
        "experiments.report.build:report",
        "write one HTML file that answers what a decision needs, with its tables",
        "写出一个能支持决策的 HTML 报告及其表格",
        "seedbed report sweep-1a2b3c4d5e6f lang=en",
    ),
    Verb(
        "export",
        "compare",
        "experiments.studies.exporting:export",
        "write a study's figures as CSV, a workbook or Parquet, with the true effect of each action if asked",
        "将研究数据导出为 CSV、工作簿或 Parquet，可含各动作的真实效果",
        "seedbed export sweep-1a2b3c4d5e6f what=mix --csv panel.csv",
    ),
    Verb(
        "review",
        "compare",
        "experiments.review:review",
        "set a finished campaign's actual KPIs beside what was to be expected",
        "将已结束活动的实际指标与预期区间对照",
        "seedbed review launch actuals.xlsx",
    ),
    Verb(
        "abtest",
        "experiment",
        "experiments.abtest.verb:abtest",
        "what an A/B test of a plan would say, beside what the plan really does",
        "A/B 实验会得出什么结论，与方案的真实效果对照",
        "seedbed abtest incentive=[coupons] unit=member share=0.5 measure=spend seeds=0:8",
    ),
    Verb(
        "tiers",
        "experiment",
        "experiments.recovery:tiers",
        "how well what can be seen recovers the true tiers of members",
        "由可见指标能在多大程度上还原用户的真实分层",
        "seedbed tiers world=community seeds=0:3",
    ),
    Verb(
        "sensitivity",
        "experiment",
        "experiments.search.sensitivity:sensitivity",
        "which strengths and uncertain numbers a plan's effect hangs on",
        "方案的效果取决于哪些强度与不确定的数值",
        "seedbed sensitivity plan=launch method=morris of=net seeds=0:4",
    ),
    Verb(
        "optimise",
        "experiment",
        "experiments.search.optimise:optimise",
        "search for the best plan, or the cheapest that reaches a goal",
        "搜索最优方案，或达到目标的最低预算",
        "seedbed optimise plan=launch 'plan.actions.coupons.depth=interval(0.05,0.4)' maximise=net trials=24 seeds=0:6",
    ),
    Verb(
        "data",
        "data",
        "experiments.data.verb:data",
        "import your own notes, schedules, reports, orders; ids are hashed, nothing leaves the machine",
        "导入自己的笔记、排期、报表、订单；名称加密，数据不离开本机",
        "seedbed data import notes my_notes.xlsx",
    ),
    Verb(
        "calibrate",
        "data",
        "experiments.calibration.verb:calibrate_verb",
        "fit numbers of the platform to targets, with intervals and what the targets cannot tell",
        "将平台参数拟合到目标数据，给出区间及无法确定之处",
        "seedbed calibrate my_targets.yaml world.members=5000",
    ),
    Verb(
        "validate",
        "data",
        "experiments.validation.verb:validate",
        "hold the model against facts that nobody here made",
        "用外部事实检验模型",
        "seedbed validate tier=quick to=validation.json",
    ),
    Verb(
        "template",
        "data",
        "experiments.template:template",
        "write a blank sheet for data of yours",
        "生成空白表格，填入你自己的数据",
        "seedbed template creators my.xlsx",
    ),
    Verb(
        "info",
        "about",
        "experiments.explain:info",
        "tables and their bytes, versions, folders",
        "数据表及其字节数、版本、目录",
        "seedbed info",
    ),
    Verb(
        "kpis",
        "about",
        "experiments.explain:kpis",
        "list the KPIs, or those that match a word",
        "列出指标，可按中英文关键词查找",
        "seedbed kpis gmv",
    ),
    Verb(
        "bench",
        "about",
        "experiments.bench:bench",
        "measure the speed on this machine (in a checkout)",
        "测量本机速度（需要源码目录）",
        "seedbed bench",
    ),
)

TEXT = {
    "en": {
        "about": "seedbed plays a social-commerce community person by person: try a plan before you pay.",
        "usage": "Usage: seedbed VERB [key=value ...]",
        "more": "seedbed VERB --help explains a verb; lang=zh is Chinese; --config-dir FOLDER adds your own.",
        "example": "Example",
        "keys": "Any key of the configuration can be set: seedbed run --cfg job prints them all.",
        "hydra": "run is a Hydra application: --cfg, --info, --multirun (-m) and --hydra-help work as there.",
        "unknown": "unknown verb {word!r}; {hint}the verbs are: {verbs}",
        "hint": "did you mean {word}? ",
        "interrupted": "interrupted; nothing half-written was kept",
        "lang": "lang={word} is unknown; permitted are en, zh, auto",
        "broken": "seedbed came upon an error of its own: {error}",
        "trace": "SEEDBED_TRACEBACK=1 shows where.",
    },
    "zh": {
        "about": "seedbed 逐人模拟社交电商社区，让方案在花钱之前先试一遍。",
        "usage": "用法：seedbed 命令 [键=值 ...]",
        "more": "seedbed 命令 --help 说明一个命令；lang=en 使用英文；--config-dir 目录 加入自己的配置。",
        "example": "例",
        "keys": "任何配置键都可以设置：seedbed run --cfg job 会全部列出。",
        "hydra": "run 是 Hydra 应用：--cfg、--info、--multirun (-m)、--hydra-help 用法相同。",
        "unknown": "没有命令 {word!r}；{hint}可用的命令：{verbs}",
        "hint": "是否想用 {word}？",
        "interrupted": "已中断；没有留下写到一半的文件",
        "lang": "lang={word} 无效；可选 en、zh、auto",
        "broken": "seedbed 自身出错：{error}",
        "trace": "设置 SEEDBED_TRACEBACK=1 可查看位置。",
    },
}


def main(argv: list[str] | None = None) -> int:
    """Run the command and return its exit code: 0, 2 for what the user can put right, 130 for an interrupt.

    Parameters
    ----------
    argv
        Words after ``seedbed``; those of the process if None.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign shows "?", and no traceback
    lang = language(words)
    try:
        with interrupts_kept():
            return _dispatch(words, lang)
    except KeyboardInterrupt:
        print(f"\n{TEXT[lang]['interrupted']}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; keep the interpreter from flushing into the void.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("SEEDBED_TRACEBACK"):
            raise
        return _complain(error, lang)


def language(words: list[str]) -> Lang:
    """The language asked for: the last ``lang=`` among the words, else the locale's."""
    asked = [word.removeprefix("lang=") for word in words if word.startswith("lang=")]
    if asked and asked[-1] in TEXT:
        return "zh" if asked[-1] == "zh" else "en"
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if os.environ.get(name):
            return "zh" if os.environ[name].lower().startswith("zh") else "en"
    if sys.platform == "win32":
        import locale

        return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"
    return "en"


def help_text(lang: Lang) -> str:
    """The help: verbs in their groups."""
    text = TEXT[lang]
    width = max(len(verb.name) for verb in VERBS)
    lines = [text["about"], "", text["usage"]]
    for group, names in GROUPS.items():
        lines += ["", names[lang == "zh"]]
        for verb in VERBS:
            if verb.group == group:
                lines.append(f"  {verb.name:<{width}}  {verb.zh if lang == 'zh' else verb.en}")
    return "\n".join([*lines, "", text["more"], text["keys"]])


def _verb_help(verb: Verb, lang: Lang) -> str:
    text = TEXT[lang]
    options = options_of(verb.name)
    width = max(len(option.written) for option in options)
    lines = [
        f"seedbed {verb.name}: {verb.zh if lang == 'zh' else verb.en}",
        f"{text['example']}: {verb.example}",
        "",
        *(f"  {option.written:<{width}}  {option.zh if lang == 'zh' else option.en}" for option in options),
        "",
    ]
    lines += [text["keys"]] if verb.name in COMPOSING else []
    return "\n".join([*lines, *([text["hydra"]] if verb.name == "run" else [])]).rstrip("\n")


def _dispatch(words: list[str], lang: Lang) -> int:
    text = TEXT[lang]
    if words[:1] == ["-sc"] or words[:1] == ["--shell-completion"]:
        from experiments.completion import complete

        return complete(words)
    for word in words:
        if word.startswith("lang=") and word[5:] not in ("en", "zh", "auto"):
            print(text["lang"].format(word=word[5:]), file=sys.stderr)
            return USAGE_ERROR
    name = words[0] if words else "help"
    if name in ("help", "-h", "--help") or name.startswith("lang="):
        print(help_text(lang))
        return 0
    if name in ("version", "--version", "-V"):
        import seedbed

        print(f"seedbed {seedbed.__version__}")
        return 0
    verb = next((v for v in VERBS if v.name == name), None)
    if verb is None:
        from difflib import get_close_matches

        near = get_close_matches(name, [v.name for v in VERBS], 1, 0.5)
        hint = text["hint"].format(word=near[0]) if near else ""
        verbs = ", ".join(v.name for v in VERBS)
        print(text["unknown"].format(word=name, hint=hint, verbs=verbs), file=sys.stderr)
        return USAGE_ERROR
    if any(word in ("-h", "--help") for word in words[1:]):
        print(_verb_help(verb, lang))
        return 0
    from importlib import import_module

    from sim.warm import helped

    module, _, function = verb.target.partition(":")
    with helped():
        code = getattr(import_module(module), function)(words[1:], lang)
    sys.stdout.flush()
    return int(code)


def _complain(error: Exception, lang: Lang) -> int:
    """One sentence about an error; code 2 if it is the user's to put right, 1 if it is ours."""
    from experiments.complaints import sentence

    said = sentence(error, lang)
    if said:
        print(said, file=sys.stderr)
        return USAGE_ERROR
    text = TEXT[lang]
    print(text["broken"].format(error=f"{type(error).__name__}: {error}"), file=sys.stderr)
    print(text["trace"], file=sys.stderr)
    return 1
