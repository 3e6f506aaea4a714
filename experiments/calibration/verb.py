"""`seedbed calibrate TARGETS.yaml`: fit named numbers of the platform to targets, and say what that fit is worth."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.calibration.fit import Fit, calibrate
from experiments.calibration.identify import TOLD
from experiments.calibration.points import BASE, Points
from experiments.calibration.profile import left_out, profile_name, told, write_result
from experiments.calibration.targets import Task, read_task
from experiments.compose import Config, compose
from experiments.figures import Lang
from experiments.folder import code_version, content_id, file_hash, identity
from experiments.options import Options, setting
from experiments.studies import seeds as numbers
from experiments.studies.cells import study_words
from experiments.studies.executors import processes
from experiments.tables import interactive, show, sides, table
from scenarios.library import Library
from sim.errors import ConfigError

OWN = ("workers", "seeds", "out", "lang")
FRESH = 1_000_001
"""Distance of the seeds on which only the best point is played."""
MORE = 3
"""Fresh seeds for each shared one."""

TEXT: dict[str, dict[str, Any]] = {
    "en": {
        "usage": "write seedbed calibrate TARGETS.yaml; seedbed data targets TARGETS.yaml writes one from your own data",
        "start": "{name}: {parameters} parameters to {targets} targets, {seeds} shared seeds, {points} points to begin with",
        "round": "round {said} (sum of squared gaps, in errors of the targets)",
        "targets": ("target", "use", "asked", "± sd", "shown", "on fresh seeds", "gap in errors", ""),
        "parameters": ("parameter", "fitted", "95 % interval", "prior", "learned", ""),
        "met": "met", "missed": "missed", "check": "check", "fit": "fit",
        "identified": "fitted", "loose": "the targets say little about it",
        "pair": "{a} and {b} stand in for each other (correlation {r:+.2f}): a target that moves one alone would tell them "
        "apart",
        "direction": "The targets say less than the prior about the direction {parts}.",
        "left": "Left out and foretold by the others (root mean square gap in errors, by the surrogate): {list}.",
        "done": "{points} points, {runs} runs played now; profile: {file}",
        "use": "play it: seedbed run --config-dir {folder} platform={name}; over its uncertainty: "
        "seedbed sweep plan=none,launch posterior={file}",
    },
    "zh": {
        "usage": "用法：seedbed calibrate TARGETS.yaml；seedbed data targets TARGETS.yaml 可由自己的数据生成",
        "start": "{name}：{parameters} 个参数，{targets} 个目标，共用 {seeds} 个种子，先运行 {points} 个点",
        "round": "第 {said} 轮（差距平方和，以目标误差为单位）",
        "targets": ("目标", "用途", "要求", "± 标准差", "模拟", "新种子上", "差距（误差倍数）", ""),
        "parameters": ("参数", "拟合值", "95% 区间", "先验范围", "信息量", ""),
        "met": "符合", "missed": "不符", "check": "核对", "fit": "拟合",
        "identified": "已拟合", "loose": "目标几乎不能确定它",
        "pair": "{a} 与 {b} 可相互替代（相关 {r:+.2f}）：需要只影响其中之一的目标才能区分",
        "direction": "在方向 {parts} 上，目标提供的信息少于先验。",
        "left": "各类目标留出后由其余目标预测（均方根差距，误差倍数，按代理模型）：{list}。",
        "done": "{points} 个点，本次运行 {runs} 次；配置文件：{file}",
        "use": "使用：seedbed run --config-dir {folder} platform={name}；带不确定性："
        "seedbed sweep plan=none,launch posterior={file}",
    },
}  # fmt: skip


def calibrate_verb(words: Sequence[str], lang: Lang) -> int:
    """Fit, print what was found, and write the profile; nothing is written unless it may be called fitted."""
    text = TEXT[lang]
    options = Options.read(words)
    if len(options.words) != 1:
        raise ConfigError(text["usage"])
    rest = [w for w in options.overrides if w.partition("=")[0] not in OWN]
    first = compose(study_words(rest), options.folder, allow_code=options.allow_code)
    platform = str(first.resolved["platform"]["name"])
    source = _sheet(options.words[0], first.library)
    task = read_task(source, first.library, platform)
    configs = arms_of(task, rest, options)
    given = setting(options, "seeds", task.seeds)
    seeds = numbers.parse(given)
    if len(seeds) < 2:
        raise ConfigError(f"seeds={given}: a calibration needs two seeds at least, to know what is chance")
    workers = processes(setting(options, "workers", "0"))
    folder = _folder(options, task, configs, source)
    points = Points(task, configs, folder / "points.jsonl", workers, _progress)
    from experiments.calibration.fit import design

    size = len(design(len(task.parameters)))
    show(
        text["start"].format(
            name=task.name,
            parameters=len(task.parameters),
            targets=len(task.fitted),
            seeds=len(seeds),
            points=size,
        )
    )
    fresh = [max(seeds) + FRESH + i for i in range(MORE * len(seeds))]
    fit = calibrate(
        task, points.play, seeds, fresh, lambda said: show(text["round"].format(said=said), file=sys.stderr)
    )
    target = Path(options.folder or "conf")
    file = write_result(target, first.library.path("platform", platform), task, fit, source)
    shown(task, fit, lang)
    name = profile_name(task)
    show(
        text["done"].format(points=fit.points, runs=points.runs, file=file),
        text["use"].format(folder=target, name=name, file=file),
    )
    return 0


def _sheet(word: str, library: Library) -> Path:
    """The file of targets: a path, or the name of one in a folder `targets` of the configuration."""
    path = Path(word)
    known = not path.is_file() and word in library.names("targets")
    return library.path("targets", word) if known else path


def arms_of(task: Task, words: Sequence[str], options: Options) -> dict[str, Config]:
    """Configuration of the base and of each other arm."""
    made = {BASE: (), **task.arms}
    return {
        arm: compose(study_words([*task.words, *words, *more]), options.folder, allow_code=options.allow_code)
        for arm, more in made.items()
    }


def _folder(options: Options, task: Task, configs: dict[str, Config], source: Path) -> Path:
    """Where a calibration keeps what it played: the same for the same question."""
    whole = {arm: identity(config.resolved) for arm, config in configs.items()}
    asked = content_id(whole, file_hash(source), code_version())
    folder = Path(setting(options, "out", "seedbed-runs")) / f"calibrate_{task.name}_{asked[:6]}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _progress(done: int, count: int) -> None:
    if interactive():
        print(f"\r{done}/{count} ", end="" if done < count else "\r", file=sys.stderr, flush=True)


def shown(task: Task, fit: Fit, lang: Lang) -> None:
    """Print targets, parameters, and what the targets cannot tell."""
    text = TEXT[lang]
    rows = [
        [row.target.key, text[row.target.use], f"{row.target.value:.4g}", f"{row.target.sd:.2g}", f"{row.shown:.4g}",
         f"{row.fresh:.4g}", f"{row.gap:+.1f}", text["met" if row.met else "missed"]]
        for row in fit.rows
    ]  # fmt: skip
    priors = {p.key: p for p in task.parameters}
    found = [
        [key, f"{value:.4g}", f"{low:.4g} – {high:.4g}", f"{priors[key].low:g} – {priors[key].high:g}",
         f"{100 * learned:.0f}%", text["identified" if learned >= TOLD else "loose"]]
        for key, value, low, high, learned in told(task, fit)
    ]  # fmt: skip
    names = [p.key for p in task.parameters]
    lines = [text["pair"].format(a=names[i], b=names[j], r=r) for i, j, r in fit.known.pairs()]
    for _, weights in fit.known.loose():
        large = sorted(range(len(names)), key=lambda i: -abs(weights[i]))[:3]
        parts = ", ".join(f"{weights[i]:+.2f} {names[i]}" for i in large if abs(weights[i]) > 0.2)
        lines.append(text["direction"].format(parts=parts))
    if fit.families:
        lines.append(text["left"].format(list=left_out(fit.families)))
    heads = text["targets"], text["parameters"]
    show(
        table(list(zip(heads[0], sides(8, names=2, words=1), strict=True)), rows),
        table(list(zip(heads[1], sides(6, names=1, words=1), strict=True)), found),
        *lines,
    )
