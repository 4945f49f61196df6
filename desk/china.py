"""How the desk reads what is typed, scanned or said in China: rooms, phones, names, plates, waybills, ID numbers."""

import datetime
import re
import unicodedata
from collections.abc import Collection

COURIERS = ("顺丰", "中通", "圆通", "申通", "韵达", "极兔", "京东", "邮政EMS", "其他")
"""The couriers in the order of their hot keys 1-9."""

PLACES = ("公共", "商铺", "车位", "储藏室")
"""First words of places that are no flat: `公共-电梯3`, `商铺-12`."""

PLATE_KINDS = ("无牌", "临牌", "军警使馆")
"""What stands in the plate field when there is no civil plate to check."""

PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"

_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―⁃−─━﹘"}


def fold_digits(text: str) -> str:
    """What was meant by what an input method, a scanner or a paste delivered: half-width, one kind of dash and space.

    Not for people's names: NFKC exchanges some rare characters for others.
    """
    text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    # Numbers copied from a phone's contacts carry invisible direction marks; a scanner may send GS or NUL.
    kept = (c for c in text if c.isspace() or unicodedata.category(c) not in ("Cf", "Cc"))
    return " ".join("".join(kept).split())


# --- rooms ---------------------------------------------------------------------------------------------------------

_HAN_DIGITS = {han: value for value, han in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_NUMERAL = r"[一二三四五六七八九十]{1,3}"
_MARK = r"[-\s/\\.,、。_#·:;|]"
_BUILDING = rf"第?(?P<building>[A-Z]?\d{{1,3}}[A-Z]?|[A-Z]|{_NUMERAL})(?:(?:号楼|栋楼?|幢|座|楼|号|#楼?){_MARK}*|{_MARK}+)"
_UNIT = rf"第?(?P<unit>\d{{1,2}}|[A-Z]|{_NUMERAL}|[甲乙丙丁东中西南北])(?:(?:单元|门|梯){_MARK}*|{_MARK}+)"
_ROOM = rf"(?:(?P<floor>\d{{1,2}})[层楼]{_MARK}*)?(?P<room>\d{{1,5}}[A-Z]?|[A-Z]\d{{1,4}})(?:室|号|户|房间?)?"
_FLAT = re.compile(_BUILDING + _UNIT + _ROOM)
_NO_UNIT = re.compile(_BUILDING + _ROOM)
_PLACE = re.compile(rf"(?P<place>{'|'.join(PLACES)})[-:]?(?P<which>.+)")
_ESTATE = re.compile(r"^[^\d-]*(?:小区|社区|花园|家园|新村)(?=.)")


def _number(part: str) -> str:
    """One part of a room without its padding: 02 → 2, 0501A → 501A, 二十三 → 23; "" when nothing is left."""
    if re.fullmatch(_NUMERAL, part):
        tens, ten, ones = part.rpartition("十")
        if not ten:
            return "".join(str(_HAN_DIGITS[han]) for han in part)
        return str(_HAN_DIGITS.get(tens or "一", 0) * 10 + _HAN_DIGITS.get(ones or "〇", 0))
    return re.sub(r"^([A-Z]?)0+(?=\d)", r"\1", part) if re.search(r"[1-9A-Z甲乙丙丁东中西南北]", part) else ""


def _splits(digits: str, long_units: bool) -> list[str]:
    """Every 楼-单元-室 that a run of digits can mean; units of two digits only when padded (02) or `long_units`."""
    found = []
    for b, u in ((1, 1), (1, 2), (2, 1), (2, 2)):
        unit, room = digits[b : b + u], digits[b + u :]
        parts = [_number(digits[:b]), _number(unit), _number(room)]
        plausible = u == 1 or long_units or unit.startswith("0")
        if plausible and len(room) in (3, 4) and all(parts) and len(parts[2]) >= 3:
            found.append("-".join(parts))
    return list(dict.fromkeys(found))


def room_codes(text: str, known: Collection[str] | None = None) -> list[str]:
    """Every room a writing can mean, as canonical codes `楼-单元-室` or `商铺-12`; empty when it is no room.

    `known` are the codes of this estate: given, only they are returned, and a writing that leaves out the unit
    (`3栋501`) lists all that fit. Without it a run of digits is read with units 1-9 only.
    """
    plain = re.sub(r"\s*([\u4e00-\u9fff#-])\s*", r"\1", fold_digits(text).upper())
    plain = _ESTATE.sub("", plain)
    codes: list[str] = []
    if place := _PLACE.fullmatch(plain):
        which = place["which"].replace(" ", "")
        if number := re.fullmatch(r"(\d+[A-Z]?)(?:号铺?|室)?", which):
            which = _number(number[1])
        codes = [f"{place['place']}-{which}"] if which else []
    elif plain.isdigit() and plain.isascii():
        codes = _splits(plain, long_units=known is not None)
    elif flat := _FLAT.fullmatch(plain):
        parts = [_number(flat[name]) for name in ("building", "unit", "room")]
        # "5楼501" says the floor twice; when the two differ nobody can know which is meant.
        if all(parts) and (flat["floor"] is None or parts[2][:-2] == _number(flat["floor"])):
            codes = ["-".join(parts)]
    elif known is not None and (short := _NO_UNIT.fullmatch(plain)):
        ends = (_number(short["building"]), _number(short["room"]))
        codes = [code for code in known if (code.partition("-")[0], code.rpartition("-")[2]) == ends]
    if known is None:
        return codes
    return sorted({code for code in [*codes, plain] if code in known}, key=room_key)


def room_code(text: str) -> str:
    """The one canonical code of a writing.

    Raises ValueError, as a Chinese sentence, when it is no room, lacks the unit, or can be read in two ways.
    """
    codes = room_codes(text)
    said = fold_digits(text)
    if len(codes) == 1:
        return codes[0]
    if codes:
        raise ValueError(f"「{said}」可以读成 {' 或 '.join(codes)}，请带横线写清楚。")
    if re.match(r"(?:19|20)\d\d[-/.年]\d", said) or re.fullmatch(r"\d+月\d+日", said):
        raise ValueError(f"「{said}」像是表格软件把房号改成了日期，请把这一格设成文本后重填，如 3-2-501。")
    if _NO_UNIT.fullmatch(re.sub(r"\s", "", said.upper())):
        raise ValueError(f"「{said}」缺单元，请写成 楼-单元-室，如 3-2-501；只有一个单元的楼写 1。")
    raise ValueError(f"「{said}」不是房号，请写成 楼-单元-室，如 3-2-501，或 商铺-12。")


def room_key(code: str) -> tuple[tuple[int, str], ...]:
    """Sorts codes as people walk: 2-1-101 before 11-1-101, flats before shops."""
    parts = (re.match(r"(\d*)(.*)", part, re.DOTALL) for part in code.split("-"))
    return tuple((int(part[1] or 10**6), part[2]) for part in parts if part)


# --- people --------------------------------------------------------------------------------------------------------

_MOBILE = re.compile(r"(?:\+?86|0086|0)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"((?:0(?:10|2\d|[3-9]\d\d))?[2-9]\d{6,7})(?:(?:-|转|分机|EXT\.?)(\d{1,6}))?")
_OTHER = re.compile(r"[48]00\d{7}|\d{3,6}")


def phone(text: str) -> str:
    """A telephone number as it is kept: digits only, an extension after `-` (`01066668888-12`).

    Mobile, landline with or without area code, 400/800 and internal numbers of 3-6 digits; else ValueError in Chinese.
    """
    said = fold_digits(text)
    plain = re.sub(r"[\s().]", "", said).upper()
    digits = plain.replace("-", "")
    if mobile := _MOBILE.fullmatch(digits):
        return mobile[1]
    if _OTHER.fullmatch(digits):
        return digits
    plain = re.sub(r"^(?:\+|00)86-?0?", "0", plain)
    digits = plain.replace("-", "")
    # Only the last dash can divide an extension, and only when what stands before it is a whole number already.
    head, dash, tail = plain.rpartition("-")
    for candidate in (digits, head.replace("-", "") + dash + tail):
        if landline := _LANDLINE.fullmatch(candidate):
            return landline[1] + (f"-{landline[2]}" if landline[2] else "")
    raise ValueError(f"「{said}」不是电话号码：手机 11 位，固定电话带区号如 010-66668888，没有可以不填。")


def phone_tail(number: str) -> str:
    """The last four digits people say at the counter, without the extension."""
    return number.partition("-")[0][-4:]


def mask_phone(number: str) -> str:
    """138****1234; a landline keeps its last four; internal numbers of up to six digits are nobody's secret."""
    base, dash, extension = number.partition("-")
    if len(base) <= 6:
        return number
    return (base[:3] if len(base) > 8 else "") + "****" + base[-4:] + dash + "*" * len(extension)


_DOUBLE_SURNAME = re.compile(
    "欧阳|太史|端木|上官|司马|东方|独孤|南宫|万俟|闻人|夏侯|诸葛|尉迟|公羊|赫连|澹台|皇甫|宗政|濮阳|公冶|太叔|申屠|公孙|慕容|仲孙|钟离|长孙|宇文|司徒|鲜于|"
    "司空|闾丘|子车|亓官|司寇|巫马|公西|颛孙|壤驷|公良|漆雕|乐正|宰父|谷梁|拓跋|轩辕|令狐|段干|百里|呼延|东郭|南门|羊舌|微生|梁丘|左丘|东门|西门|第五|完颜|纳兰"
)
_TITLES = re.compile(r".{1,2}(?:先生|女士|小姐|阿姨|叔叔|大爷|大妈|奶奶|爷爷|师傅|老师|医生|总)")
COMPANY = re.compile(r"公司|商行|.{3}[店铺厂社所馆]$|超市|中心|银行|药房|诊所|学校|幼儿园|工作室|经营部|服务部|合作社|事务所")
"""Finds the names of firms and shops, which are public and not masked."""


def mask_name(name: str) -> str:
    """张*兰, 王*, 欧阳*; firms and forms of address (王先生) stay as they are."""
    name = name.strip()
    if _TITLES.fullmatch(name) or COMPANY.search(name):
        return name
    if name[:1].isascii():
        return name and name[0] + "***"
    if len(name) in (3, 4) and _DOUBLE_SURNAME.match(name):
        return name[:2] + "*" + name[3:]
    if len(name) <= 2:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * min(len(name) - 2, 2) + name[-1]


def id_number(text: str) -> str:
    """A resident ID number that checks out (GB 11643-1999), upper-cased; 15-digit numbers pass on their date.

    A validator only: nothing stores it. Raises ValueError in Chinese.
    """
    plain = fold_digits(text).replace(" ", "").upper()
    if not re.fullmatch(r"[1-9]\d{14}|[1-9]\d{16}[\dX]", plain):
        raise ValueError("身份证号应为 18 位（最后一位可以是 X）或旧的 15 位，请核对。")
    born = plain[6:14] if len(plain) == 18 else "19" + plain[6:12]
    try:
        datetime.date(int(born[:4]), int(born[4:6]), int(born[6:]))
    except ValueError as error:
        raise ValueError("身份证号里的出生日期不存在，请核对。") from error
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    if len(plain) == 18:
        total = sum(int(digit) * weight for digit, weight in zip(plain, weights, strict=False))
        if "10X98765432"[total % 11] != plain[17]:
            raise ValueError("身份证号的校验位不对，有一位抄错了，请核对。")
    return plain


# --- cars and parcels ----------------------------------------------------------------------------------------------

# reference: domain.md B0, tested there; 8 characters are new-energy cars. I and O are on no plate.
_PLATE = re.compile(
    rf"[{PROVINCES}][A-HJ-NP-Z]"
    r"(?:[A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳]|[A-HJK][A-HJ-NP-Z0-9]\d{4}|\d{5}[A-HJK])"
)


def plate(text: str) -> str:
    """A civil number plate, upper-cased without spaces or dots, or one of PLATE_KINDS; else ValueError in Chinese."""
    plain = re.sub(r"[\s·・•.-]", "", fold_digits(text).upper())
    if plain in PLATE_KINDS or _PLATE.fullmatch(plain):
        return plain
    hint = "车牌里没有字母 I 和 O，是不是 1 和 0？" if re.search("[IO]", plain) else "如 京A12345、京AD12345。"
    raise ValueError(f"「{plain}」不是车牌：{hint}没有普通牌照的请选 {'、'.join(PLATE_KINDS)}。")


# JD's barcode on the box is waybill-piece-pieces-; its older piece codes wrote the same as N2S3.
_JD_PIECE = re.compile(r"(JD[A-Z0-9]+)-(\d{1,3})-(\d{1,3})-?\w*")


def waybill(text: str) -> str:
    """A courier's number: 8-30 letters and digits, upper-cased; ValueError in Chinese otherwise.

    A JD box of several (`JD…-2-3-`) becomes `JD…N2S3`, a single one (`-1-1-`) the bare waybill.
    """
    said = fold_digits(text).upper()
    plain = said.replace(" ", "")
    if piece := _JD_PIECE.fullmatch(plain):
        plain = piece[1] + ("" if int(piece[3]) == 1 else f"N{int(piece[2])}S{int(piece[3])}")
    if not re.fullmatch(r"[A-Z0-9]{8,30}", plain):
        raise ValueError(f"「{said}」不是快递单号：单号是 8 到 30 位字母和数字，请重扫，扫不出可选“无单号”。")
    return plain


# Shapes seen on labels in 2024-2026, not a standard. Bare 10, 12 and most 13-digit runs are shared by several couriers
# and are left to the courier of the round, or to the clerk's hot key.
_SHAPES = (
    (COURIERS[0], re.compile(r"SF\d{12,15}")),
    (COURIERS[1], re.compile(r"7[3-689]\d{12}|ZTO?\d{12,13}")),
    (COURIERS[2], re.compile(r"YT\d{13}(?:\d{2})?")),
    (COURIERS[3], re.compile(r"77\d{13}|STO?\d{12,13}")),
    (COURIERS[4], re.compile(r"(?:31|43|46)\d{13}|YD\d{12,13}")),
    (COURIERS[5], re.compile(r"JT\d{13}")),
    (COURIERS[6], re.compile(r"JD(?:\d{12,13}|[A-Z]\d{12}|[A-Z]{2}\d{11})(?:N\d+S\d+)?")),
    (COURIERS[7], re.compile(r"9[789]\d{11}")),
)


def courier_of(number: str) -> str | None:
    """The courier a waybill can only belong to, one of COURIERS; None when it could be another's."""
    # UPU S10: two letters, eight digits, a check digit, the country it was posted in; whatever its country, the post brings
    # it. A wrong check digit is somebody else's number.
    if re.fullmatch(r"[A-Z]{2}\d{9}[A-Z]{2}", number):
        total = sum(int(digit) * weight for digit, weight in zip(number[2:10], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
        check = {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
        return COURIERS[7] if check == int(number[10]) else None
    return next((courier for courier, shape in _SHAPES if shape.fullmatch(number)), None)
