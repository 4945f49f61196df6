"""明强小区, the desk's example estate: 1,200 households of twenty years, invented, and the same on every run."""

import datetime
import random
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypedDict

from desk.money import half_up

ESTATE = "明强小区"
LAST_MONTH = "2026-11"
RATE = 180
"""物业费 in fen per ㎡ and month."""

_SEED = 20061120
# Building → units, floors, flats per floor, and the areas of those flats in hundredths of a ㎡.
# 1 and 11 are towers: typed without dashes, 111101 is a flat in either.
_SLABS = (5, 6, 3, (8960, 6243, 8960))
_PAIRS = (4, 6, 2, (10418, 11875))
_TOWERS = (2, 18, 6, (7816, 5390, 9132, 9132, 5390, 7816))
_BUILDINGS = (
    {1: _TOWERS, 11: _TOWERS, 13: (2, 6, 3, (6680, 5325, 6680))}
    | dict.fromkeys((2, 3, 4, 5, 6, 12), _SLABS)
    | dict.fromkeys((7, 8, 9, 10), _PAIRS)
)
_SHOPS = (
    "明强便利店 康宁大药房 老李理发店 阿秀裁缝店 小蜜蜂托管中心 福满楼餐馆 顺心五金店 家家乐超市 绿叶蔬果店 宏图文印社 "
    "晨光早点铺 德义修锁店 洁净洗衣店 百味卤菜馆 同心家政服务部 新苗幼儿园 永安电动车店 春晖口腔诊所 合众房产经纪公司 四季花店"
)

_SURNAMES = "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
_DOUBLE_SURNAMES = "欧阳 司马 上官 诸葛 皇甫 尉迟 令狐"
_ELDERS = (
    "秀兰 桂英 淑珍 玉兰 秀英 桂兰 凤英 淑华 素芬 月娥 惠芳 金凤 玉珍 翠花 兰英 美华 "
    "建国 国强 德明 志刚 永福 长庚 福生 振华 文忠 明义 树林 庆丰 保国 学礼 玉山 连生 "
    "堃 镕基 喆生 㛃英 䶮年 𠮷祥"
)
_YOUNGER = "磊 婷 伟 静 敏 浩然 丽娜 晓东 雪梅 俊杰 子轩 思远 佳怡 海燕 志鹏 梦琪 喆 堃 㛃 建军 丽华 文博 嘉欣 宇航"
_NOTES = (
    "请先打电话再敲门",
    "家中有狗",
    "钥匙寄存前台",
    "耳背，请敲门久一点",
    "白天上班，晚七点后在家",
    "电费单请打印大字",
    "每月五日由女儿代缴",
)


class Person(TypedDict):
    """Someone of a household, as in desk.sheets.PersonRow."""

    name: str
    role: str
    phone: str | None
    care: tuple[str, ...]


class Household(TypedDict):
    """A room with its people; `area` in hundredths of a ㎡."""

    room: str
    area: int
    people: list[Person]
    note: str


class Bill(TypedDict):
    """A bill, as in desk.sheets.BillRow."""

    room: str
    item: str
    klass: str
    period_from: str
    period_to: str
    fen: int
    due: str


def _rooms() -> Iterator[tuple[str, int]]:
    for building, (units, floors, flats, areas) in sorted(_BUILDINGS.items()):
        for unit in range(1, units + 1):
            for floor in range(1, floors + 1):
                for flat in range(1, flats + 1):
                    yield f"{building}-{unit}-{floor}{flat:02}", areas[flat - 1]


def households() -> list[Household]:
    """1,200 flats in 13 buildings and 20 shops, in the order of a walk.

    Three of five are old; some are let, owned jointly, empty, or without any phone. Every phone begins with
    154, which is not in public use, so that nobody is rung by mistake.
    """
    dice = random.Random(_SEED)
    numbers = dice.sample(range(10**8), 4000)

    def name(elder: bool) -> str:
        surname = dice.choice(_DOUBLE_SURNAMES.split()) if dice.random() < 0.012 else dice.choice(_SURNAMES)
        return surname + dice.choice((_ELDERS if elder else _YOUNGER).split())

    def phone(chance: float) -> str | None:
        return f"154{numbers.pop():08}" if dice.random() < chance else None

    def family() -> list[Person]:
        elder = dice.random() < 0.6
        if dice.random() < 0.03:
            return []
        owner = name(elder)
        alone = elder and dice.random() < 0.22
        wishes = {"独居": alone, "听力": elder and dice.random() < 0.1, "大字": elder and dice.random() < 0.18}
        wishes["不便"] = elder and dice.random() < 0.08
        care = tuple(mark for mark, wished in wishes.items() if wished)
        people = [Person(name=owner, role="业主", phone=phone(0.82 if elder else 0.97), care=care)]
        others = [
            ("共有人", 0.0 if alone else 0.2, elder, 0.8),
            ("家属", 0.25 if elder else 0.05, False, 1.0),
            ("保姆", 0.03 if elder else 0.0, True, 1.0),
            ("租户", 0.02 if elder else 0.3, False, 1.0),
        ]
        for role, chance, old, reached in others:
            if dice.random() < chance and (other := name(old)) not in {person["name"] for person in people}:
                people.append(Person(name=other, role=role, phone=phone(reached), care=()))
        return people

    homes: list[Household] = []
    for room, area in _rooms():
        people = family()
        note = dice.choice(_NOTES) if people and dice.random() < 0.06 else ("" if people else "空置")
        homes.append(Household(room=room, area=area, people=people, note=note))
    for i, shop in enumerate(_SHOPS.split(), start=1):
        keeper = [Person(name=name(False), role="租户", phone=phone(1.0), care=())] if i % 3 else []
        firm = Person(name=shop, role="法人", phone=phone(0.9), care=())
        homes.append(Household(room=f"商铺-{i}", area=dice.randrange(2200, 18000, 5), people=[firm, *keeper], note=""))
    _neighbours({home["room"]: home for home in homes})
    return homes


def _neighbours(homes: dict[str, Household]) -> None:
    """The two doors that pictures, tests and first lessons speak of."""
    homes["3-2-501"]["people"] = [
        Person(name="张秀兰", role="业主", phone="15400001234", care=("独居", "听力", "大字")),
        Person(name="张敏", role="家属", phone="15400008888", care=()),
        Person(name="李建国", role="租户", phone="15400005678", care=()),
    ]
    homes["3-2-501"]["note"] = "请先打电话再敲门；女儿张敏可告知"
    homes["3-2-502"]["people"] = [Person(name="王磊", role="业主", phone="15400002345", care=())]
    homes["3-2-502"]["note"] = ""


def bills(last: str = LAST_MONTH, months: int = 5) -> list[Bill]:
    """What is owed at the end of month `last`: everyone's newest dues, and the arrears of up to `months` months.

    Bills are due at the end of their month; 公摊电 and parking are there for the newest months only.
    """
    dice = random.Random(_SEED + 1)
    ends = _ends(last, months)
    owed: list[Bill] = []
    for home in households():
        behind = dice.choices((0, 1, 2, 3, months), (18, 56, 12, 8, 6))[0] if home["people"] else months
        parked = home["people"] and dice.random() < 0.35
        space = f"停车费 B1-{dice.randrange(1, 480):03}"
        if home["room"] == "3-2-501":
            behind, parked = months, False
        for end in ends[len(ends) - min(behind, months) :] if behind else []:
            fee = half_up(home["area"] * RATE, 100)
            owed.append(_bill(home["room"], "物业费", "物业费", end, fee))
            if end in ends[-2:]:
                owed.append(_bill(home["room"], "公摊电", "代收水电", end, dice.randrange(612, 1890)))
            if end == ends[-1] and parked:
                owed.append(_bill(home["room"], space, "停车", end, 15000))
    return owed


def _ends(last: str, months: int) -> list[datetime.date]:
    """The last days of that many months, oldest first, ending with `last`."""
    first = datetime.date.fromisoformat(f"{last}-01")
    ends = [(first + datetime.timedelta(days=31)).replace(day=1) - datetime.timedelta(days=1)]
    while len(ends) < months:
        ends.append(ends[-1].replace(day=1) - datetime.timedelta(days=1))
    return ends[::-1]


def _bill(room: str, item: str, klass: str, end: datetime.date, fen: int) -> Bill:
    month = f"{end:%Y-%m}"
    return Bill(room=room, item=item, klass=klass, period_from=month, period_to=month, fen=fen, due=end.isoformat())


def write(folder: Path) -> tuple[Path, Path]:
    """Write residents.xlsx and bills.xlsx as an office keeps them, and return where they are."""
    residents: list[list[object]] = []
    for home in households():
        area = Decimal(home["area"]) / 100
        for i, person in enumerate(home["people"]):
            note = home["note"] if i == 0 else None
            marks = "、".join(person["care"]) or None
            residents.append([home["room"], person["name"], person["role"], person["phone"], area, marks, note])
        if not home["people"]:
            residents.append([home["room"], home["note"], None, None, area, None, None])
    heads = ["房号", "姓名", "身份", "联系电话", "建筑面积(㎡)", "关爱标记", "备注"]
    owed: list[list[object]] = [
        [bill["room"], bill["item"], bill["klass"], bill["period_from"], Decimal(bill["fen"]) / 100, bill["due"]]
        for bill in bills()
    ]
    folder.mkdir(parents=True, exist_ok=True)
    return (
        _write(folder / "residents.xlsx", f"{ESTATE}住户登记表", heads, residents),
        _write(folder / "bills.xlsx", f"{ESTATE}应收费用表", ["房号", "费用项目", "类别", "账期", "金额(元)", "到期日"], owed),
    )


def _write(path: Path, title: str, heads: list[str], lines: list[list[object]]) -> Path:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.create_sheet(title, 0)
    del book[book.sheetnames[1]]
    sheet.append([title])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(heads))
    sheet.append(heads)
    for line in lines:
        sheet.append(line)
    sheet["A1"].font, sheet["A1"].alignment = Font(bold=True, size=16), Alignment(horizontal="center")
    for column, head in zip(sheet.iter_cols(min_row=2), heads, strict=True):
        column[0].font = Font(bold=True)
        sheet.column_dimensions[column[0].column_letter].width = 24 if head in ("备注", "费用项目") else 14
        for cell in column[1:]:
            # Text, or the next person to touch the sheet turns 3-2-12 into a day in February.
            cell.number_format = "0.00" if isinstance(cell.value, Decimal) else "@"
    sheet.freeze_panes = "A3"
    book.properties.created = book.properties.modified = datetime.datetime(2026, 11, 20)
    book.save(path)
    return path


if __name__ == "__main__":
    for written in write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/example")):
        sys.stdout.write(f"已写好 {written}\n")
