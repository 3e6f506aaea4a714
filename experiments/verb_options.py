"""The options of each verb: what its command line takes, what its help and `docs/cli.md` print.

Declared once; nothing heavy is imported, since help appears at once. An option is ``--name VALUE``, a flag without a value, or a
word ``name=VALUE``.
"""

from __future__ import annotations

from typing import NamedTuple


class VerbOption(NamedTuple):
    """One option: its name, with ``=`` behind it for a word; its value, empty for a flag; what it is, in two languages."""

    name: str
    value: str
    en: str
    zh: str

    @property
    def written(self) -> str:
        """As it is written on a command line."""
        return f"{self.name}{'' if self.name.endswith('=') or not self.value else ' '}{self.value}"


def _given(*options: tuple[str, str, str, str]) -> tuple[VerbOption, ...]:
    return tuple(VerbOption(*option) for option in options)


COMMON = _given(
    (
        "--config-dir",
        "FOLDER",
        "a folder of YAML files of one's own, searched first",
        "自己的 YAML 目录，优先查找",
    ),
    (
        "--allow-code",
        "",
        "let agents= name classes, which are then imported",
        "允许 agents= 指明类并导入执行",
    ),
    ("lang=", "en|zh|auto", "language; auto is the locale's", "语言；auto 取自系统"),
)
"""What every verb takes."""

_GRAPH = _given(
    ("--model", "ic|lt", "independent cascade or linear threshold; ic", "独立级联或线性阈值；默认 ic"),
    ("--probability", "P", "of an arc: wc (1 / followees), trivalency, weight (a third column), or a number from 0 to 1; wc",
     "边的概率：wc（1/关注数）、trivalency、weight（第三列）或 0 到 1 的数；默认 wc"),
    ("--runs", "N", "simulations; 1000", "模拟次数；默认 1000"),
    ("--influence", "", "rows point along influence: from who is followed to who follows", "每行沿影响方向：由被关注者指向粉丝"),
    ("--self-loops", "error|drop|keep", "somebody who follows himself; error", "自环：报错、略去或保留；默认 error"),
    ("--columns", "A,B", "names or numbers from 0 of the columns of follower and followee (and weight)",
     "粉丝与被关注者（与权重）各列的名称或从 0 起的序号"),
    ("--ids", "integer|text", "what ids are; found out from the file", "编号是整数还是文字；默认由文件判断"),
    ("seed=", "N", "random seed; 0", "随机种子；默认 0"),
)  # fmt: skip
_OUTPUTS = _given(
    ("--csv", "FILE", "the table as CSV; - is standard output", "将表格写为 CSV；- 为标准输出"),
    ("--xlsx", "FILE", "the table as a workbook", "将表格写为工作簿"),
    ("--json", "FILE", "everything as JSON; - is standard output", "将全部结果写为 JSON；- 为标准输出"),
    ("--plot", "FILE", "a picture: .png, .svg or .pdf", "图片：.png、.svg 或 .pdf"),
)
_PLAYED = _given(
    ("seeds=", "A:B", "random seeds, B excluded, or 1,5,9", "随机种子 A 到 B（不含 B），或 1,5,9"),
    ("executor=", "serial|pool|ray", "who plays the runs: this process, its workers, or a Ray cluster; pool",
     "由谁运行：本进程、多个进程或 Ray 集群；默认 pool"),
    ("workers=", "N", "processes; 0 for all processors", "进程数；0 为全部处理器"),
)  # fmt: skip
_OTHER_CODE = _given(
    ("--other-code", "", "go on although the code has changed since", "即使代码已变也继续"),
)
_OUT = _given(
    ("out=", "FOLDER", "where results and studies lie; seedbed-runs", "结果与研究所在目录；默认 seedbed-runs")
)
_ADDRESS = _given(
    ("executor.address=", "HOST:PORT", "of a Ray cluster", "Ray 集群的地址"),
)

OPTIONS: dict[str, tuple[VerbOption, ...]] = {
    "show": _given(
        ("GROUP=", "NAME", "what to explain, such as plan=launch; nothing lists all", "要说明的选项，如 plan=launch；留空则列出全部"),
    ),
    "new": _given(("plan", "NAME", "the name of the plan", "方案名称")),
    "check": _given(
        ("plan=", "NAME", "the plan; other words set keys of it or of the world", "方案；其他词可设置方案或世界的键"),
    ),
    "levers": _given(
        ("WORD", "...", "words that a lever's names, kind or KPIs hold", "手段名称、类型或指标中包含的词"),
        ("show", "KEY", "all about one lever", "某一手段的全部内容"),
    ),
    "segments": _given(
        ("WORD", "...", "words that a segment's names or condition hold", "人群名称或条件中包含的词"),
        ("world=", "NAME", "the world in which they are counted; small", "用于计数的世界；默认 small"),
    ),
    "pick": (
        *_GRAPH,
        *_given(
            ("-k", "N", "how many to choose", "选择人数"),
            ("--rule", "RULE", "imm, opim, celf++, degree, discount, pagerank, k-core, random or bands; imm",
             "imm、opim、celf++、degree、discount、pagerank、k-core、random 或 bands；默认 imm"),
            ("--candidates", "LABELS|@FILE", "who may be chosen; all", "可选的成员；默认全体"),
            ("--rivals", "LABELS|@FILE", "members whom a rival holds", "竞品已占据的成员"),
            ("--bands", "FROM:N,...", "for --rule bands: least followers and how many", "用于 --rule bands：最少粉丝数与人数"),
            ("--epsilon", "E", "error that imm and opim may make, 0.001 to 0.999; 0.1", "imm 与 opim 允许的误差，0.001 到 0.999；默认 0.1"),
            ("--worlds", "N", "common worlds of celf++; 200", "celf++ 的共同世界数；默认 200"),
            ("--creators", "SHEET", "a sheet of creators instead of a graph", "用达人表格代替关系图"),
            ("--budget", "YUAN", "with --creators: what they may cost together", "与 --creators 一起：总预算"),
            ("--format", "image|video", "with --creators: whose price counts; image", "与 --creators 一起：按图文或视频报价；默认 image"),
            ("--overlap", "SHARE", "with --creators: how much audiences overlap, 0 to 1", "与 --creators 一起：受众重合程度，0 到 1"),
        ),
        *_OUTPUTS,
    ),
    "reach": (
        *_given(
            ("--members", "LABELS|@FILE", "from whom it spreads", "由谁开始传播"),
            ("--model", "ic|lt|mix|contagion", "cascade, threshold, followers with discovery, complex contagion; ic",
             "级联、阈值、粉丝与发现流混合、复杂传染；默认 ic"),
        ),
        *(option for option in _GRAPH if option.name != "--model"),
        *_given(
            ("--steps", "N", "most steps; as many as it takes", "最多步数；默认不限"),
            ("--discovery", "RATE", "of --model mix: members reached without following, for each that has it; 0",
             "用于 --model mix：每名已触达者带来的非粉丝触达数；默认 0"),
            ("--threshold", "SHARE", "of --model contagion: share of followees that must have it; 0.18",
             "用于 --model contagion：需要多少比例的被关注者；默认 0.18"),
            ("--frequency", "FILE.csv", "in which share of the runs each member was reached", "各成员在多少比例的模拟中被触达"),
        ),
        *_OUTPUTS,
    ),
    "demo": (
        *_given(
            ("scenario=", "NAME", "what is compared; double_eleven", "要比较的场景；默认 double_eleven"),
            ("baseline=", "PLAN", "what it is compared with; none", "与哪个方案比较；默认 none"),
            ("study.replicates=", "N", "pairs; 10", "配对数；默认 10"),
            ("study.workers=", "N", "processes; 0 for all processors", "进程数；0 为全部处理器"),
        ),
        *_OUT,
    ),
    "run": (
        *_given(
            ("scenario=", "NAME", "what is played; baseline", "要运行的场景；默认 baseline"),
            ("seed=", "N", "random seed; 1", "随机种子；默认 1"),
            ("graph=", "edges", "a follower graph of yours: graph.path=FILE, graph.self_loops=, graph.columns=",
             "使用自己的关系图：graph.path=文件、graph.self_loops=、graph.columns="),
            ("creators=", "SHEET", "real creators whom placements ask", "供投放选择的真实达人"),
        ),
        *_OUT,
    ),
    "sweep": (
        *_given(
            ("KEY=", "A,B,...", "an axis: every value is a cell", "一个轴：每个值构成一个方案"),
            ("study=", "NAME", "a ready study of conf/study", "conf/study 中的现成研究"),
            ("name=", "NAME", "name of the study's folder", "研究目录的名称"),
            ("baseline=", "CELL", "what is compared with; the cell without a plan", "比较基准；默认无方案者"),
        ),
        *_PLAYED,
        *_ADDRESS,
        *_given(
            ("segments=", "[A,B]", "segments, frozen before the first action, by which effects are told",
             "首个动作前固定的人群，按其报告效果"),
            ("panels=", "[A,B]", "breakdowns of which every day is kept", "保留每日数据的细分"),
            ("posterior=", "NAME", "play at draws of a calibrated platform", "在校准后验的抽样上运行"),
        ),
        *_OUT,
    ),
    "resume": (
        *_given(("STUDY", "", "a folder, or a name that seedbed studies lists", "目录，或 seedbed studies 列出的名称")),
        *_OTHER_CODE,
        *_PLAYED[1:],
        *_ADDRESS,
        *_OUT,
    ),
    "extend": (
        *_given(("STUDY", "", "a folder, or a name that seedbed studies lists", "目录，或 seedbed studies 列出的名称")),
        *_OTHER_CODE,
        *_PLAYED,
        *_ADDRESS,
        *_OUT,
    ),
    "studies": _OUT,
    "compare": (
        *_given(
            ("STUDY", "", "a folder, or a name that seedbed studies lists", "目录，或 seedbed studies 列出的名称"),
            ("--baseline", "CELL", "what is compared with", "比较基准"),
            ("--common", "", "only the seeds that all cells have", "只用各方案共有的种子"),
            ("--markdown", "", "print the table as Markdown", "以 Markdown 输出表格"),
            ("--until", "'KPI < W%'", "add seeds until the interval is that narrow", "增加种子，直到区间足够窄"),
            ("--best", "KPI", "select the best cell, then estimate it on fresh seeds", "选出最优方案，再用新种子估计"),
            ("--unpaired", "", "with --best: cells that share no seed", "与 --best 一起：各方案不共用种子"),
            ("--runs", "N", "with --best --unpaired: runs in all", "与 --best --unpaired 一起：总运行数"),
            ("--first", "N", "with --best: runs of the first stage, a cell", "与 --best 一起：每个方案首阶段的运行数"),
            ("--indifference", "D", "with --best: the difference worth detecting", "与 --best 一起：值得分辨的差异"),
            ("--most", "N", "with --until or --best: most seeds; 1000", "与 --until 或 --best 一起：种子上限；默认 1000"),
            ("--fresh", "", "estimate the leader on seeds that did not choose it", "用未参与选择的种子估计领先方案"),
            ("--shapley", "CELL", "which action of a plan brought what", "方案中各动作的贡献"),
            ("--kpi", "KPI", "with --shapley: of which KPI; gmv_net", "与 --shapley 一起：指标；默认 gmv_net"),
            ("--reallocate", "", "with --shapley: money of absent actions goes to the others",
             "与 --shapley 一起：缺席动作的预算分给其余动作"),
        ),
        *_OTHER_CODE,
        *_OUT,
    ),
    "report": (
        *_given(
            ("STUDY", "", "a folder, or a name that seedbed studies lists", "目录，或 seedbed studies 列出的名称"),
            ("--baseline", "CELL", "what is compared with", "比较基准"),
            ("--common", "", "only the seeds that all cells have", "只用各方案共有的种子"),
            ("--png", "", "keep the pictures as files too", "同时将图片存为文件"),
            ("to=", "FILE.html", "where the page goes; into the study", "网页写到何处；默认在研究目录中"),
        ),
        *_OUT,
    ),
    "export": (
        *_given(
            ("STUDY", "", "a folder, or a name that seedbed studies lists", "目录，或 seedbed studies 列出的名称"),
            ("what=", "runs|segments|mix", "KPIs of every run, sums of segments, or days with spend and the true effect; runs",
             "每次运行的指标、分人群合计，或逐日花费与真实效果；默认 runs"),
            ("--cell", "CELL", "of one plan; all", "只导出一个方案；默认全部"),
            ("--kpi", "KPI", "with what=mix: of which KPI; gmv", "与 what=mix 一起：指标；默认 gmv"),
            ("--csv", "FILE", "CSV that Excel reads; - is standard output; into the study", "Excel 可读的 CSV；- 为标准输出；默认在研究目录中"),
            ("--xlsx", "FILE", "a workbook", "工作簿"),
            ("--parquet", "FILE", "Parquet", "Parquet 文件"),
        ),
        *_OUT,
    ),
    "review": (
        *_given(
            ("PLAN", "FILE", "a plan's name, and a sheet with the columns kpi and actual", "方案名称，以及含“指标”和“实际”两列的表格"),
        ),
        *_OTHER_CODE,
        *_PLAYED,
        *_OUT,
    ),
    "abtest": (
        *_given(
            ("--study", "STUDY", "take plan and world from a study", "方案与世界取自一个研究"),
            ("--cell", "CELL", "with --study: whose plan; the leader's", "与 --study 一起：哪个方案；默认领先者"),
            ("unit=", "UNIT", "member, ego, louvain, creator or slice; member", "member、ego、louvain、creator 或 slice；默认 member"),
            ("share=", "S", "of units treated, 0.01 to 0.99; 0.5", "接受处理的比例，0.01 到 0.99；默认 0.5"),
            ("measure=", "NAME", "what is counted of a unit", "对每个单位统计什么"),
            ("assignments=", "N", "experiments a world; 5", "每个世界的实验数；默认 5"),
            ("before=", "DAYS", "days before it starts; 7", "开始前的天数；默认 7"),
            ("slice=", "DAYS", "of unit=slice; 4", "用于 unit=slice；默认 4"),
            ("washout=", "DAYS", "left out at the start of a slice; 1", "每个时间片开头略去的天数；默认 1"),
        ),
        *_PLAYED,
        *_ADDRESS,
    ),
    "tiers": _given(("seeds=", "A:B", "worlds; 0:3", "世界；默认 0:3")),
    "sensitivity": (
        *_given(
            ("method=", "morris|sobol", "how numbers are varied; morris", "变动方法；默认 morris"),
            ("of=", "FIGURE", "a KPI, or cost, contribution, net; net", "指标，或 cost、contribution、net；默认 net"),
            ("size=", "N", "trajectories or points; 8", "轨迹数或点数；默认 8"),
            ("assumed=", "[GROUP]", "vary the assumed numbers of a group, such as platform", "变动某一配置组的假设值，如 platform"),
        ),
        *_OTHER_CODE,
        *_PLAYED,
        *_ADDRESS,
    ),
    "optimise": (
        *_given(
            ("maximise=", "FIGURES", "KPIs, or contribution, net", "最大化的指标，或 contribution、net"),
            ("minimise=", "FIGURES", "KPIs, or cost", "最小化的指标，或 cost"),
            ("subject_to=", "'KPI >= X'", "what must hold, with and between several", "约束条件，多个以 and 连接"),
            ("budget=", "YUAN", "the most that may be spent", "可花费的上限"),
            ("split=", "[ACTION]", "search how an action divides its money", "搜索动作内部的分配"),
            ("trials=", "N", "plans tried, 1 to 10,000; 24", "尝试的方案数，1 到 10,000；默认 24"),
        ),
        *_OTHER_CODE,
        *_PLAYED,
        *_ADDRESS,
    ),
    "data": _given(
        ("import", "KIND FILES", "read sheets of a kind; seedbed template writes blank ones", "导入某类表格；seedbed template 可生成空白表格"),
        ("show", "", "what has been imported", "已导入的内容"),
        ("names", "KIND FILE", "ids beside names, for yourself", "编号与名称对照，供自己使用"),
        ("targets", "FILE.yaml", "write targets of a calibration", "写出校准目标"),
        ("map=", "FILE.yaml", "which column is which", "列的对应关系"),
        ("key=", "FILE", "the key that names are hashed with", "名称加密所用的密钥"),
        ("out=", "FOLDER", "where the data lies; seedbed-data", "数据所在目录；默认 seedbed-data"),
    ),
    "calibrate": (
        *_given(
            ("TARGETS.yaml", "", "what is to be met, and by which parameters", "要达到的目标与可调的参数"),
            ("seeds=", "A:B", "shared seeds; those of the file", "共用的种子；默认取自文件"),
            ("workers=", "N", "processes; 0 for all processors", "进程数；0 为全部处理器"),
        ),
        *_OUT,
    ),
    "validate": _given(
        ("tier=", "NAME", "which facts, at which size; quick", "哪些事实、多大规模；默认 quick"),
        ("seeds=", "N", "seeds, 1 to 100", "种子数，1 到 100"),
        ("workers=", "N", "processes; 0 for all processors", "进程数；0 为全部处理器"),
        ("to=", "FILE.json", "keep the answers", "保存结果"),
    ),
    "template": _given(("NAME", "[FILE]", "creators or a kind of data, and where the sheet goes", "creators 或数据类型，以及写到何处")),
    "info": (),
    "kpis": _given(("WORD", "...", "words that a KPI's names, family or formula hold", "指标名称、类别或公式中包含的词")),
    "bench": _given(("MEMBERS", "", "of the largest world; 1000000", "最大世界的成员数；默认 1000000")),
}  # fmt: skip
"""Verb -> its options, besides those that all have."""


COMPOSING = frozenset({
    "show", "check", "segments", "pick", "demo", "run", "sweep", "review", "abtest", "tiers", "sensitivity", "optimise",
    "calibrate", "validate",
})  # fmt: skip
"""Verbs in which any key of the configuration can be set: they compose a world."""


def options_of(verb: str) -> tuple[VerbOption, ...]:
    """All options of a verb, its own first."""
    return (*OPTIONS[verb], *COMMON)


def dashed(verb: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A verb's own options that begin with a dash: flags, and those with a value."""
    own = [option for option in OPTIONS[verb] if option.name.startswith("-")]
    return tuple(o.name for o in own if not o.value), tuple(o.name for o in own if o.value)
