"""What went wrong, in one sentence: errors of Hydra, OmegaConf, YAML and the system, and their Chinese forms.

A sentence names the key or file, what was given, and what is permitted. `sim` and `scenarios` raise English
sentences; the table at the end turns those that people meet into Chinese.
"""

from __future__ import annotations

import errno
import re

from sim.errors import ConfigError, DataError, SeedbedError

SYSTEM = {
    errno.ENOSPC: "no space left on the device for {name}",
    errno.EDQUOT: "the disk quota is used up for {name}",
    errno.EFBIG: "the system allows no file as large as one in {name} would be",
    errno.EACCES: "no permission for {name}",
    errno.EPERM: "no permission for {name}",
    errno.EROFS: "{name} is on a read-only file system",
    errno.ENOENT: "there is no file {name}",
    errno.EISDIR: "{name} is a folder, a file is needed",
    errno.ENOTDIR: "{name} is not inside a folder",
    errno.EEXIST: "{name} is a file, a folder is needed",
    errno.ENAMETOOLONG: "the file name is too long: {name}",
}
"""What the operating system refuses that a user can put right."""


def sentence(error: BaseException, lang: str) -> str:
    """The sentence for an error that the user can put right; empty for one that is ours."""
    complaint = error if isinstance(error, SeedbedError) else translate(error)
    if complaint is None:
        return ""
    english = " ".join(str(complaint).split())
    return in_chinese(english) if lang == "zh" else english


def translate(error: BaseException) -> SeedbedError | None:
    """The same error in a sentence of ours; None if it is none of the user's doing."""
    if isinstance(error, MemoryError):
        about = f" ({error})" if str(error) else ""
        return DataError(f"not enough memory{about}: choose a smaller world.members or a smaller graph")
    if isinstance(error, OSError) and error.errno in SYSTEM:
        return DataError(SYSTEM[error.errno].format(name=error.filename or "the output"))
    module = type(error).__module__.partition(".")[0]
    if module == "yaml":
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        place = f"{mark.name}, line {mark.line + 1}" if mark is not None else "a YAML file"
        return ConfigError(f"{place}: not valid YAML: {getattr(error, 'problem', None) or error}")
    if module in ("hydra", "omegaconf", "antlr4"):
        cause = error.__cause__ if error.__cause__ is not None and not str(error) else error
        line = str(cause).strip().partition("\n")[0] or type(cause).__name__
        key = getattr(cause, "full_key", None)
        return ConfigError(f"{key}: {line}" if key else line)
    return None


PLAIN: tuple[tuple[str, str], ...] = (
    (
        r"\.?(.+): Value '(.*)' of type .* could not be converted to Integer",
        r"\1 must be a whole number, not '\2'",
    ),
    (r"\.?(.+): Value '(.*)' of type .* could not be converted to Float", r"\1 must be a number, not '\2'"),
    (r"\.?(.+): Value '(.*)' .*is not a valid bool.*", r"\1 must be true or false, not '\2'"),
    (r"\.?(.+): Incompatible value 'None' for field of type '(\w+)'", r"\1 must be \2, not null"),
    (r"\.?(.+?): .*is not a ListConfig, list or tuple", r"\1 must be a list"),
    (r"\.?(.+): Cannot convert '(\w+)' to string.*", r"\1 must be text, not a \2"),
    (r"\.?(.+): .*(?:'|type )(\w+)'? is not a (?:subclass|subtype) of .*", r"\1 must hold keys with values"),
)
"""What OmegaConf says about a value, and how a strategist would say it."""


def plain(message: str) -> str:
    """A message of OmegaConf in plain words, where it is a known one."""
    message = " ".join(message.split())
    for pattern, words in PLAIN:
        if re.fullmatch(pattern, message):
            return re.sub(pattern, words, message)
    return message.lstrip(".")


CHINESE: tuple[tuple[str, str], ...] = (
    (r"(.+) is unknown; did you mean (.+)\? permitted are: (.+)", r"\1 不存在；是否想用 \2？可选：\3"),
    (r"(.+) is unknown; permitted are:? (.+)", r"\1 不存在；可选：\2"),
    (r"(.+) is out of bounds: it must be from (.+) to (.+)", r"\1 超出范围：应在 \2 到 \3 之间"),
    (r"(.+) is out of bounds: (.+) to (.+)", r"\1 超出范围：应在 \2 到 \3 之间"),
    (r"(.+) is not a number; it must be from (.+) to (.+)", r"\1 不是数字：应在 \2 到 \3 之间"),
    (r"(.+) must be a whole number, not (.+)", r"\1 应为整数，而不是 \2"),
    (r"(.+) must be a number, not (.+)", r"\1 应为数字，而不是 \2"),
    (r"(.+) must be true or false, not (.+)", r"\1 应为 true 或 false，而不是 \2"),
    (r"(.+) must be text, not (.+)", r"\1 应为文字，而不是 \2"),
    (r"(.+) must be a list, not (.+)", r"\1 应为列表，而不是 \2"),
    (r"(.+) must be a list", r"\1 应为列表"),
    (r"(.+) must hold keys with values", r"\1 应包含键和值"),
    (r"(.+) must be (\w+), not null", r"\1 应为 \2，不能为空"),
    (r"(.+) needs (\d+) shares that are not negative, got (.+)", r"\1 需要 \2 个非负份额，得到 \3"),
    (r"(.+) must hold keys with values, not (.+)", r"\1 应包含键和值，而不是 \2"),
    (
        r"cannot read '(.+)': write key=value.*",
        r"无法解析 '\1'：请写成 键=值；含特殊符号的值加引号，如 key='a, b'",
    ),
    (
        r"(.+) gives several values; .*",
        r"\1 给出了多个值；一次运行只用一个（列表写作 [1,2]；逐一尝试用 run -m）",
    ),
    (r"(.+) is not a date; write it as (.+)", r"\1 不是日期；请写成 \2"),
    (r"(.+) cannot be read as YAML: (.+)", r"\1 不是有效的 YAML：\2"),
    (r"(.+), line (\d+): not valid YAML: (.+)", r"\1 第 \2 行：不是有效的 YAML：\3"),
    (r"no space left on the device for (.+)", r"磁盘空间不足：\1"),
    (r"the system allows no file as large as one in (.+) would be", r"系统不允许 \1 中出现这么大的文件"),
    (r"no permission for (.+)", r"没有权限：\1"),
    (r"(.+) is on a read-only file system", r"只读文件系统：\1"),
    (r"there is no file (.+)", r"文件不存在：\1"),
    (r"(.+) is a folder, a file is needed", r"\1 是目录，需要文件"),
    (r"(.+) is a file, a folder is needed", r"\1 是文件，需要目录"),
    (r"(.+) is not inside a folder", r"\1 不在目录中"),
    (r"not enough memory(.*): .*", r"内存不足\1：请减小 world.members 或关系图"),
    (r"(.+) must be a whole number from (.+) to (.+), not (.+)", r"\1 应为 \2 到 \3 的整数，而不是 \4"),
    (r"there is no study (.+) in (.+); there are: (.+)", r"\2 中没有研究 \1；现有：\3"),
    (r"several studies match (.+) in (.+); there are: (.+)", r"\2 中有多个研究符合 \1：\3"),
    (r"(.+) holds no study: .*", r"\1 不是研究目录"),
    (r"(.+) is being worked on by another process; wait for it", r"\1 正被另一进程使用，请等待"),
    (
        r"(.+) was played by code (\w+), this is (\w+); .*",
        r"\1 由代码 \2 运行，当前为 \3；重新运行，或加 --other-code",
    ),
    (
        r"(.+) lacks seeds (.+): (seedbed resume .+) plays .*",
        r"\1 缺少种子 \2：\3 可补齐，--common 只比较共有的种子",
    ),
    (r"cells have unequal seeds \((.+)\): .*", r"各方案的种子不同（\1）：--common 只比较共有的种子"),
    (r"(.+) is corrupt; (seedbed resume .+) plays .*", r"\1 已损坏；\2 可重新运行"),
    (r"(\d+) cells? cannot be played, so nothing was: (.+)", r"有 \1 个方案无法运行，因此全部未运行：\2"),
    (r"abtest needs a plan; .*", r"abtest 需要方案：用 plan= 指定，或用 incentive=[coupons] 选择手段"),
    (r"--cell needs --study STUDY.*", r"--cell 需要 --study STUDY，即方案所在的研究"),
    (r"(.+) was played by another code version; .*", r"\1 由另一代码版本运行；当前代码的实验不属于它"),
    (
        r"(.+): the plan and the world are those of (.+), with --study",
        r"\1：使用 --study 时，方案与世界取自 \2",
    ),
    (r"--cell (.+): this plan has no actions", r"--cell \1：该方案没有动作"),
    (
        r"--runs=(\d+) are fewer than .*: --first=(\d+) .* of (\d+) cells",
        r"--runs=\1 不足以完成第一阶段：--first=\2，共 \3 个方案",
    ),
    (r"(.+) has one cell only: nothing to choose from", r"\1 只有一个方案，无从选择"),
    (r"unit=slice needs at least four slices; (.+)", r"unit=slice 至少需要四个时间片；\1"),
    (
        r"(.+) moves (.+), which the whole world shares, .*",
        r"\1 改变的 \2 由全体共享，无法只对部分单位实施；请用 unit=slice",
    ),
    (r"there is no plan to vary; .*", r"没有可变动的方案：用 plan= 指定，或用 incentive=[coupons] 选择手段"),
    (r"nothing varies; .*", r"没有变动项；例如 plan.actions.coupons.depth=interval(0.1,0.3)"),
    (
        r"optimise needs an aim: .*",
        r"optimise 需要目标：maximise=net，或 minimise=cost subject_to='gmv >= 3e6'",
    ),
    (r"(.+) cannot be read; write for example (.+)", r"无法解析 \1；例如 \2"),
    (r"(.+) needs (\w+); install it with (.+)", r"\1 需要 \2；安装：\3"),
    (r"Ray at (.+) does not answer: (.+)", r"\1 的 Ray 没有应答：\2"),
    (r"(.+) cannot be read as a table: (.+)", r"\1 不是可读取的表格：\2"),
    (r"(.+) has no column (\w+); permitted names are: (.+)", r"\1 缺少 \2 列；可用列名：\3"),
    (r"(.+) holds no figures", r"\1 中没有数值"),
    (
        r"no font of this machine has Chinese characters.*",
        r"本机没有中文字体，无法生成图片：请安装一种（Debian、Ubuntu 的 fonts-noto-cjk，Fedora 的 google-noto-sans-cjk-fonts），"
        r"或用 lang=en，或去掉 --png；网页本身不需要字体",
    ),
    (r"graph.path is empty.*", r"graph.path 为空；graph=edges 需要关系列表文件的路径"),
    (r"there is no folder (.+)", r"目录不存在：\1"),
    (
        r"(.+): there is no column (\w+) \((.+)\) among: (.+); name it with map=FILE.yaml .*",
        r"\1：缺少 \2（\3）列；现有列：\4。可用 map=FILE.yaml 写明（\2: 列名）",
    ),
    (
        r"(.+): only ([\d,]+) of ([\d,]+) rows can be used, .* \(([\d,]+) rows\) (.+); first in row (\d+)",
        r"\1：\3 行中只有 \2 行可用，可能不是所需的表；最常见的原因（\4 行）：\5；首见于第 \6 行",
    ),
    (
        r"(.+): several columns hold (\w+): (.+); say which .*",
        r"\1：有多列对应 \2：\3；请用 map=FILE.yaml 指定",
    ),
    (r"(.+): is empty; .*", r"\1：文件为空；第一行应为列名"),
    (
        r"(.+): there is no such file; seedbed template (\w+) .*",
        r"\1：文件不存在；seedbed template \2 可生成空白表格",
    ),
    (
        r"(.+) is neither UTF-8 nor GB 18030 text; .*",
        r"\1 既不是 UTF-8 也不是 GB 18030 文本；请另存为 CSV UTF-8",
    ),
    (
        r"(.+) was made with another key than (.+), so .*",
        r"\1 是用另一个密钥创建的（不是 \2）；请用 key=FILE 指定原密钥，或换一个 out=",
    ),
    (
        r"(.+) is out of bounds: it is a share from 0 to 1; write (.+) or (.+)",
        r"\1 超出范围：占比应在 0 到 1 之间；请写 \2 或 \3",
    ),
    (
        r"(.+) has the role (\w+); only calibration rows may be fitted",
        r"\1 的用途为 \2；只有 calibration 的数据可用于拟合",
    ),
    (r"(.+): (\w+) and (\w+) contradict each other: (.+)", r"\1：\2 与 \3 相互矛盾：\4"),
    (
        r"the objective is flat: .* parameters (.+) over their ranges",
        r"目标函数是平的：参数 \1 在其范围内不影响任何目标",
    ),
    (
        r"(.+) cannot be reached: .* the world shows (.+) to (.+?)(?:; (.+) would fit, .* by (.+))?$",
        r"\1 无法达到：参数范围内模拟值为 \2 到 \3（请检查单位）",
    ),
    (
        r"the calibration did not converge in (\d+) rounds \((\d+) points\).*",
        r"校准在 \1 轮（\2 个点）内未收敛，未写出任何结果",
    ),
    (
        r"the targets contradict each other .* at the best point (.+) is (.+) where (.+) is asked, .* cost (.+)",
        r"各目标在参数范围内相互矛盾，未写出任何结果：最优点处 \1 为 \2，而要求 \3；更接近则损害 \4",
    ),
    (
        r"the targets cannot be met .* at the best point (.+) is (.+) where (.+) is asked",
        r"参数范围内无法满足目标，未写出任何结果：最优点处 \1 为 \2，而要求 \3",
    ),
    (
        r"(.+) names code to be run; add --allow-code.*",
        r"\1 指向将要执行的代码；若信任该配置，请加 --allow-code",
    ),
)
"""English sentences as patterns, and what they are in Chinese."""


def in_chinese(english: str) -> str:
    """The Chinese form of a sentence where there is one, else the sentence itself under a Chinese heading."""
    for pattern, chinese in CHINESE:
        if re.fullmatch(pattern, english):
            return re.sub(pattern, chinese, english)
    return f"错误：{english}"
