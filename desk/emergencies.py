"""What to do in an emergency, before anything is written: whom to ring, what to say, what to do until they come."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from desk.config import Config

Sort = Literal["救护", "消防", "110", "困人", "燃气", "其他", "误领"]
SORTS: tuple[Sort, ...] = get_args(Sort)[:6]
"""By digit 1-6; 误领 is begun at the parcel."""
AMBULANCE, FIRE, POLICE, LIFT, GAS, OTHER, MISTAKEN = get_args(Sort)

GATE = "抬杆放行，不登记不收费"
"""For whoever comes to help (上海市停车场管理规定 §61: special vehicles on duty pay nothing)."""

HINTS: Mapping[Sort, str] = {
    "救护": "120 有人受伤、发病", "消防": "119 着火、冒烟", "110": "打架、盗抢、有人闹事", "困人": "电梯里有人出不来",
    "燃气": "闻到燃气味", "其他": "走失、醉酒、高空坠物……",
}  # fmt: skip
"""What stands beside each digit."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Whom to ring (what they are, their number), what to say to them, and what to do; each a line."""

    ring: tuple[tuple[str, str], ...]
    say: tuple[str, ...]
    do: tuple[str, ...]


def address(config: Config, place: str = "") -> str:
    """Where help has to come, as said on the telephone: the street address, the estate, and where in it."""
    return f"{config.address}{'' if config.estate in config.address else config.estate}{place}"


def advice(sort: str, config: Config, place: str = "") -> Advice:
    """What the glass says for a sort of emergency at a place of the estate ("" where nobody said yet)."""
    here = f"我在{address(config, place or '〈几栋几单元几楼〉')}，电话 {config.phone or '〈本机号码〉'}"
    match sort:
        case "救护":
            return Advice(
                (("急救", "120"),),
                (here, "有人〈怎么了〉，〈几个人、多大年纪〉，〈有没有意识、能不能说话〉", "我们在大门口等车"),
                (GATE, "派人到楼下引路，把电梯按住", "不要随便搬动伤者，等医生来"),
            )
        case "消防":
            return Advice(
                (("火警", "119"),),
                (here, "〈几楼、什么东西〉着火，〈火大不大〉，〈有没有人被困〉", "我们在大门口等车"),
                (GATE, "挪开消防通道上的车；喊人走楼梯，不坐电梯", "Ctrl+Y 打撤离名单，交给消防员"),
            )
        case "110":
            return Advice(
                (("报警", "110"),),
                (here, "〈什么事〉，〈几个人〉，〈有没有刀具、有没有人受伤〉", "对方〈穿什么、往哪边走了〉"),
                (GATE, "不上前、不动手，记住样子，看好出入口", "有人受伤同时打 120"),
            )
        case "困人":
            return Advice(
                (("电梯维保", config.lift or "见轿厢和机房标牌"), ("超过 30 分钟、有人不适", "119")),
                (here, "〈几号梯〉困住〈几个人〉，停在〈几楼〉", "里面〈有没有老人、小孩、病人〉"),
                ("用对讲告诉里面的人：不要扒门，有人来救", "我们自己不撬门、不放人，等维保", GATE),
            )
        case "燃气":
            return Advice(
                (("燃气抢修", config.gas or "见燃气表标签"), ("着火、有人不适", "119")),
                (here, "〈几楼、哪一户〉闻到燃气味，〈有没有关总阀〉，〈有没有人不适〉"),
                ("走到室外再打电话；不开关电灯、不按门铃、不坐电梯", "关总阀、开窗，楼里不许见明火", GATE),
            )
        case "误领":
            return Advice(
                (),
                ("您好，您取的包裹可能拿错了，请先不要拆，我们马上来取",),
                ("两户都打电话；先追回包裹，再交给该拿的人", "不肯还的请报 110：冒领他人邮件快件是违法的（邮政法 §71）"),
            )
        case _:
            return Advice(
                (("报警", "110"), ("急救", "120")),
                (here, "〈什么事〉，〈几个人〉，〈现在怎么样〉"),
                ("先保证人的安全，再叫主管", "走失：问清衣着和去向，看出入口录像，分头找", GATE),
            )
