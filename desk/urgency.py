"""What people say is broken, how urgent that is, and by when the desk promises to come and to have it whole."""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Literal, get_args

Category = Literal["水", "电", "门窗锁", "下水", "电梯", "公区照明", "门禁", "消防", "燃气", "屋面外墙", "其他"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
Urgency = Literal["特急", "急修", "一般", "工程"]
URGENCIES: tuple[Urgency, ...] = get_args(Urgency)

CANNED: Mapping[Category, tuple[str, ...]] = {
    "水": ("水龙头关不住", "水管漏水", "家里没水", "水压小", "水表不走", "热水器漏水"),
    "电": ("家里没电", "空气开关跳闸", "插座没电", "灯不亮", "电线有焦味", "电表故障"),
    "门窗锁": ("门打不开", "门锁坏了", "钥匙断在锁里", "窗户关不上", "玻璃破了", "闭门器坏了"),
    "下水": ("厨房下水堵了", "马桶堵了", "地漏返水", "楼上往下漏水", "下水管漏水", "污水井冒水"),
    "电梯": ("困人", "电梯不动", "电梯门关不上", "运行有异响", "按键失灵", "到站不平"),
    "公区照明": ("楼道灯不亮", "声控灯常亮", "路灯不亮", "地库灯不亮", "应急灯坏了"),
    "门禁": ("单元门打不开", "单元门关不上", "对讲不响", "门禁卡刷不开", "道闸不抬杆"),
    "消防": ("报警器一直响", "消火栓漏水", "灭火器缺失", "消防通道被堵", "喷淋漏水"),
    "燃气": ("闻到燃气味", "燃气灶打不着火", "燃气表故障"),
    "屋面外墙": ("顶层漏雨", "外墙渗水", "外墙皮要掉", "雨水管坏了"),
    "其他": ("地砖松了", "健身器材坏了", "井盖松动", "树枝断了"),
}
"""What people say most of each category, by digit from 1."""

_SIGNS: tuple[tuple[Urgency, str, str], ...] = (
    ("特急", "", "困人|被困|困在|着火|起火|冒烟|明火|触电|漏电(?!保护)|[燃煤]气味|漏气|坠落|坠物|掉下来"),
    ("特急", "燃气", "闻到|漏"),
    ("急修", "水", "漏|爆|喷|没水|停水|关不住"),
    ("急修", "电", "没电|停电|跳闸|火花|焦"),
    ("急修", "下水", "返水|反水|倒灌|溢|冒|堵|漏"),
    ("急修", "门窗锁|门禁", "打不开|刷不开|进不去|出不去|锁里|玻璃破"),
    ("急修", "电梯|消防|燃气", ""),
    ("急修", "其他", "井盖"),
    ("工程", "屋面外墙", ""),
)
WINDOWS = ((time(9), time(12)), (time(14), time(18)))
"""When workers go out for what is not urgent."""


def urgency_of(category: str, problem: str) -> Urgency:
    """How urgent a problem is until someone at the desk says otherwise."""
    for urgency, categories, signs in _SIGNS:
        if (not categories or category in categories.split("|")) and re.search(signs, problem):
            return urgency
    return "一般"


def promises(urgency: Urgency, now: datetime) -> tuple[datetime | None, datetime | None]:
    """By when someone comes and by when it is whole, if nothing else is said; None: not promised (domain.md B1).

    特急 5 min; 急修 30 min, 24 h; 一般 by the end of the next of WINDOWS, 48 h; 工程 the supervisor's word.
    """
    match urgency:
        case "特急":
            return now + timedelta(minutes=5), None
        case "急修":
            return now + timedelta(minutes=30), now + timedelta(hours=24)
        case "一般":
            days = (now.date(), now.date() + timedelta(days=1))
            ahead = (
                datetime.combine(day, end) for day in days for begin, end in WINDOWS if datetime.combine(day, begin) >= now
            )
            return next(ahead), now + timedelta(hours=48)
        case "工程":
            return None, None
