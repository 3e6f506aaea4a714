"""Words in the cells of tables: units, rows, kinds and parties."""

from __future__ import annotations

TERMS = {
    # Units of KPIs.
    "share": "占比",
    "people": "人",
    "count": "次",
    "yuan": "元",
    "days": "天",
    "min": "分钟",
    "sessions": "次打开",
    "notes": "篇",
    "points": "分",
    "creators": "名创作者",
    "shops": "家店",
    "sd": "标准差",
    "sample authors x weight": "样本作者 × 权重",
    "index": "指数",
    "orders": "单",
    "stars": "星",
    "products": "件商品",
    "exposures": "次曝光",
    "incidents": "起",
    # What a row of a table is.
    "a person, on the platform or still a prospect: what an impression reads": "一个人（平台成员或潜在用户）：曝光时读取的内容",
    "the same person: what is read once a session or once a day": "同一个人：每次打开或每天读取一次的内容",
    "the same person: what followers see of it, apart from the rest because every look at a following feed lands here": "同一个人：粉丝看到的内容；每次浏览关注流都会读取，故单独存放",
    "what only an author needs (sparse)": "仅作者所需的内容（稀疏）",
    "a creator of a list that the world was given, in the order of the list": "所给名单中的一名达人，按名单顺序",
    "a note on the platform: what an impression reads": "平台上的一篇笔记：曝光时读取的内容",
    "the same note: what distribution remembers between slots": "同一篇笔记：分发在各时段之间记住的内容",
    "by listing, the note there in the slot being played: all that an impression reads of it, written by distribution": "按列位，当前时段该处的笔记：曝光读取的全部内容，由分发写入",
    "a merchant": "一个商家",
    "a brand": "一个品牌",
    "a product": "一种商品",
    "an order that is not yet closed": "一笔尚未完结的订单",
    "a group 社群": "一个社群",
    "an activity 活动 that members may take part in: a challenge, a lottery, an event": "一项成员可参加的活动：挑战、抽奖、线下活动等",
    "one member's part in an activity": "一名成员对一项活动的参与",
    "a message sent to many, of the last week": "最近一周内的一条群发消息",
    "a placement: one creator, one brand, some notes": "一份投放合约：一名创作者、一个品牌、若干笔记",
    "a coupon offer that is out": "一项发放中的优惠券",
    "a paid delivery: a note, a budget, a surface": "一次付费投放：笔记、预算、场域",
    "something a session did that others must hear of, until the slot ends": "一次打开中须告知他人的行为，保留到时段结束",
    "now: one row": "当前时刻：仅一行",
    # Kinds of levers, and parties.
    "mechanism": "机制",
    "behaviour": "行为",
    "process": "流程",
    "bundle": "组合",
    "platform": "平台",
    "brand": "品牌方",
    "creator": "创作者",
    "merchant": "商家",
}


def term(text: str, lang: str) -> str:
    """A word of a table in the language of its reader; what has no Chinese form stays as it is."""
    return TERMS.get(text, text) if lang == "zh" else text
