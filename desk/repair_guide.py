"""What the desk says of a problem: whose it is to mend, whom to ring at once, and the sentence for the household."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import AfterValidator

from data.records import PERSONAL
from desk import china
from desk.fields import is_public
from desk.money import spoken

if TYPE_CHECKING:
    from desk.repairs import Repair

Duty = Literal["业主自理", "公共部位", "现场查明", "专业单位", "开发商保修", "电梯维保"]
DUTIES: tuple[Duty, ...] = get_args(Duty)
"""By digit. 专有 is the owner's, 共有 everybody's (民法典 §271-273), mains belong to who runs them (物业管理条例 §51)."""

COSTS: dict[str, str] = {
    "业主自理": "看后报价，您签字才动工",
    "公共部位": "公共部位，不向您收费",
    "现场查明": "先查清归谁修，要收费会先报价",
    "专业单位": "归专业单位管，我们跟进回访",
    "开发商保修": "保修期内由开发商修，不收费",
    "电梯维保": "由电梯维保单位修，不收费",
}
FREE = "返修不收费"

_DUTIES: tuple[tuple[str, str, Duty], ...] = (
    ("燃气", "", "专业单位"),
    ("水", "没水|停水|水压|水表", "专业单位"),
    ("电", "没电|停电|电表", "专业单位"),
    ("电梯", "", "电梯维保"),
    ("下水", "楼上|返水|反水|倒灌|下水管", "现场查明"),
    ("下水", "污水井|井", "公共部位"),
    ("水|电|下水", "", "业主自理"),
    ("门窗锁", "闭门器|单元|防火门", "公共部位"),
    ("门窗锁", "", "业主自理"),
)
"""By category and what is said; all else is common: corridors, doors of the building, fire, roof and walls."""

UNITS: dict[str, str] = {
    "供电公司": "95598", "燃气公司": "", "自来水公司": "", "开发商": "", "电梯维保": "", "电信": "10000", "移动": "10086",
    "联通": "10010", "社区居委会": "",
}  # fmt: skip
"""To whom repairs are passed on, with the number that is one in the whole country; the others are local (请核对本地电话)."""

LOCAL = "请核对本地电话"

_EMERGENCIES: tuple[tuple[str, str, str], ...] = (
    ("困人|被困|困在", "消防 119", "告诉里面的人：不要扒门，按住对讲，人马上到"),
    ("着火|起火|冒烟|明火", "火警 119", "先报 119，再喊邻居；不坐电梯，不回屋拿东西"),
    ("气味|漏气|闻到|燃气", "燃气公司抢修、火警 119", "开窗，关总阀，不开关电器，到室外再打电话"),
    ("触电|漏电", "急救 120、供电 95598", "先断电，断不了用干木棍挑开，不用手拉人"),
    ("坠|掉下来", "急救 120、报警 110", "先围起来不让人靠近，有人受伤先打 120"),
)
"""By what is said: whom everybody in the country can ring, and what to say meanwhile."""

_HONOURED = re.compile(r".{0,3}(?:先生|女士|小姐|阿姨|叔叔|大爷|大妈|大娘|大伯|奶奶|爷爷|师傅|老师|医生)")


def duty_of(room: str, category: str, problem: str) -> Duty:
    """Whose a problem is to mend until somebody who looked says otherwise; what is common is never a household's."""
    for categories, signs, duty in _DUTIES:
        if category in categories.split("|") and re.search(signs, problem):
            own = duty in ("业主自理", "现场查明")
            return "公共部位" if own and is_public(room) else duty
    return "公共部位"


def unit_of(category: str) -> str:
    """To whom a problem of that category is passed on, as UNITS calls them; "" where nobody stands out."""
    return {"电": "供电公司", "燃气": "燃气公司", "水": "自来水公司", "电梯": "电梯维保"}.get(category, "")


def line_of(phone: str) -> str:
    """A telephone number of a company as it is kept, hotlines too (95598, 010-96116). Raises ValueError in Chinese."""
    said = china.fold_digits(phone).replace(" ", "")
    return said if re.fullmatch(r"(?:0\d{2,3}-?)?\d{5,6}", said) else china.phone(said)


Hotline = Annotated[str, PERSONAL, AfterValidator(lambda text: text and line_of(text))]
"""A worker's phone or a company's hotline in an event, "" where there is none (radio)."""


def emergency(problem: str) -> tuple[str, str]:
    """For 特急: the numbers everybody can ring and what to say meanwhile; "" where nothing is known."""
    found = ((numbers, words) for signs, numbers, words in _EMERGENCIES if re.search(signs, problem))
    return next(found, ("", ""))


def cost_of(record: "Repair") -> str:
    """What a household is told of the price, as its slip says it."""
    return FREE if record.redo_of else COSTS.get(record.duty, "")


def spoken_time(moment: str, now: datetime) -> str:
    """A wall time as it is said: 今天下午两点半, 明天中午十二点, 十一月二十六号上午九点."""
    when = datetime.fromisoformat(moment)
    days = {now.date() + timedelta(days=n): word for n, word in enumerate(("今天", "明天", "后天"))}
    day = days.get(when.date()) or f"{_number(when.month)}月{_number(when.day)}号"
    part = next(word for until, word in _PARTS if when.hour < until)
    hour = when.hour - 12 if when.hour > 12 else when.hour
    said = "两" if hour == 2 else _number(hour)
    minute = (
        "" if not when.minute else "半" if when.minute == 30 else f"{'零' if when.minute < 10 else ''}{_number(when.minute)}分"
    )
    return f"{day}{part}{said}点{minute}"


_PARTS = ((6, "凌晨"), (8, "早上"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))


def _number(number: int) -> str:
    """A small number in characters: 11 十一, 0 零."""
    return spoken(number * 100).removesuffix("块").replace("两", "二") if number else "零"


def called(reporter: str, room: str) -> str:
    """How somebody is spoken to: 王阿姨 as they said, else by their room; a name alone would have to guess 先生 or 女士."""
    return reporter if _HONOURED.fullmatch(reporter) else room


def sentence(record: "Repair", now: datetime, other: str = "") -> str:
    """What is said over the counter once a repair is registered: by when somebody comes, what it costs, its number.

    `other` is the number of the other order of the same leak.
    """
    said = [called(record.reporter, record.room)]
    if record.urgency == "特急":
        said.append("已经在叫人，五分钟内到")
    elif record.promised_arrive:
        said.append(f"{spoken_time(record.promised_arrive, now)}前到")
    else:
        said.append("这是工程类维修，哪天修由主管另外答复您")
    said.append(cost_of(record))
    if record.duty == "专业单位" and (unit := unit_of(record.category)):
        phone = f"，电话{UNITS[unit]}" if UNITS[unit] else ""
        said[-1] = f"这个归{unit}管{phone}，我们也替您跟进、给您回话"
    if other:
        said.append(f"楼上那户我们也登记了（{other}），先一起看清楚水从哪里来")
    said.append(f"单号{record.number}，要问就报这个号")
    return "，".join(part for part in said if part) + "。"


def first_calls(known: Sequence[tuple[str, str]], category: str, problem: str) -> str:
    """Whom to ring first for 特急, in lines: those of this office who do it, the numbers of the country, what to say.

    `known` are names with their phones, see workers.on_duty.
    """
    numbers, advice = emergency(problem)
    first = "、".join(f"{name} {phone}".rstrip() for name, phone in known[:2])
    unit = unit_of(category)
    if not first and unit:
        first = f"{unit} {UNITS[unit] or LOCAL}"
    rung = "；".join(part for part in (first, numbers) if part)
    return f"! 特急，先打电话：{rung or '当班师傅'}" + (f"\n{advice}" if advice else "")
