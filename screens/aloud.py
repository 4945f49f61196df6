"""What is said over the counter when money was taken."""

import re
from collections.abc import Sequence

from desk.money import spoken
from desk.paid import Part, Tender


def _months(period: str) -> int:
    """How many months a period is: 2026-10 one, 2026-10～2026-12 three, 3个月 as it says; 0 for any other."""
    if ahead := re.fullmatch(r"(\d+)个月", period):
        return int(ahead[1])
    found = re.fullmatch(r"(\d{4})-(\d\d)(?:～(\d{4})-(\d\d))?", period)
    if found is None:
        return 0
    year, month, to_year, to_month = (int(one) for one in (*found.groups()[:2], found[3] or found[1], found[4] or found[2]))
    return (to_year - year) * 12 + to_month - month + 1


def aloud(room: str, parts: Sequence[Part], tenders: Sequence[Tender], left: int) -> str:
    """What is said over the counter: 3-2-501，五个月物业费一千二百八十四块，收您一千三百块，找您十六块。

    By the room: a name would have to guess at 先生 or 女士. `left` is what stays open, in fen.
    """
    fen, what = sum(part.fen for part in parts), [part for part in parts if not part.item.endswith("违约金")]
    items = list(dict.fromkeys(part.item for part in what)) or ["违约金"]
    months = [_months(part.period) for part in what]
    ahead = "预存" if what and all(part.kind == "预存" for part in what) else ""
    # Several whole months of one item are counted; a part of them, or the month a deposit was paid in, is not.
    whole = len(items) == 1 and all(months) and sum(months) > 1 and left <= 0
    count = f"{spoken(sum(months) * 100).removesuffix('块')}个月" if whole else ""
    called = f"{ahead}{count}{'、'.join(items[:3])}{'等' if len(items) > 3 else ''}"
    called += "和违约金" if what and len(what) < len(parts) else ""
    said = [f"{room}，{called}{'一共' if len(parts) > 1 and not count else ''}{spoken(fen)}"]
    if waived := sum(part.waived for part in parts):
        said.append(f"减免了{spoken(waived)}")
    for tender in tenders:
        if tender.given:
            change = f"找您{spoken(tender.change)}" if tender.change else "正好"
            said.append(f"{'收您' if len(tenders) == 1 else '现金'}{spoken(tender.given)}，{change}")
        else:
            said.append(f"{'预存抵' if tender.source else f'{tender.kind}收到'}{spoken(tender.fen)}")
    if left > 0:
        said.append(f"还欠{spoken(left)}")
    return "，".join(said) + "。"
