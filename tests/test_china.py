"""Every writing of a room, phone, plate or waybill that reaches a counter, and what the desk makes of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import china


@pytest.mark.parametrize(
    "text",
    [
        "3-2-501", "3-2-0501", "03-02-0501", "32501", "03020501", "320501", "3#2单元501", "3#-2-501",
        "3栋2单元501室", "3号楼2单元501",
        "3 栋 2 单元 501 室", "３－２－５０１", "３—２—５０１", "3–2−501", "3，2，501", "3。2。501", "3/2/501",
        "3 2 501", " 3-2-501\t\n",
        "三号楼二单元501", "第3栋第2单元501", "明强小区3号楼2单元501", "3号楼2单元5层501室", "3幢2门501户",
        "\u202a3-2-501\u202c",
    ],
)  # fmt: skip
def test_one_room_in_many_writings(text: str) -> None:
    assert china.room_codes(text) == ["3-2-501"]
    assert china.room_code(text) == "3-2-501"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("商铺-12", "商铺-12"), ("商铺０12号", "商铺-12"), ("商铺 12", "商铺-12"), ("公共-电梯3", "公共-电梯3"),
        ("公共 门岗", "公共-门岗"), ("车位-B1-023", "车位-B1-023"), ("a座1单元1201", "A-1-1201"), ("12-1-1", "12-1-1"),
        ("二十三号楼一单元602", "23-1-602"), ("3号楼东单元501", "3-东-501"), ("3-2-501a", "3-2-501A"),
        ("10-1-0101", "10-1-101"),
    ],
)  # fmt: skip
def test_other_places(text: str, code: str) -> None:
    assert china.room_code(text) == code


def test_digits_that_can_be_two_rooms_give_both_and_are_never_guessed() -> None:
    assert china.room_codes("111101") == ["1-1-1101", "11-1-101"]
    assert china.room_codes("111101", {"11-1-101", "3-2-501"}) == ["11-1-101"]
    assert china.room_codes("111101", {"11-1-101", "1-1-1101"}) == ["1-1-1101", "11-1-101"]
    assert china.room_codes("111101", {"3-2-501"}) == []
    with pytest.raises(ValueError, match="1-1-1101 或 11-1-101"):
        china.room_code("111101")


def test_units_of_two_digits_count_only_where_there_are_such_units() -> None:
    assert china.room_codes("311501") == ["3-1-1501", "31-1-501"]
    assert china.room_codes("311501", ["3-11-501"]) == ["3-11-501"]


def test_a_writing_without_unit_lists_the_rooms_that_fit() -> None:
    known = ["3-1-501", "3-2-501", "13-1-501", "3-2-502", "11-3-501"]
    assert china.room_codes("3栋501", known) == ["3-1-501", "3-2-501"]
    assert china.room_codes("3-501", known) == ["3-1-501", "3-2-501"]
    assert china.room_codes("3-501") == []
    with pytest.raises(ValueError, match="缺单元"):
        china.room_code("3号楼501")


@pytest.mark.parametrize(
    "text", ["", " ", "-", "501", "3501", "张秀兰", "0-1-101", "3-2-0", "3号楼2单元6楼501", "13800138000", "²"]
)
def test_what_is_no_room(text: str) -> None:
    assert china.room_codes(text) == []
    with pytest.raises(ValueError, match="不是房号"):
        china.room_code(text)


@pytest.mark.parametrize("text", ["2001/3/2", "2001-03-02", "3月2日"])
def test_a_date_a_spreadsheet_made_is_named_as_one(text: str) -> None:
    with pytest.raises(ValueError, match="日期"):
        china.room_code(text)


ROOMS = st.tuples(st.integers(1, 99), st.integers(1, 9), st.integers(1, 33), st.integers(1, 20))


@given(ROOMS)
def test_every_flat_is_among_the_readings_of_its_digits(room: tuple[int, int, int, int]) -> None:
    building, unit, floor, flat = room
    code = f"{building}-{unit}-{floor}{flat:02}"
    for writing in (code.replace("-", ""), f"{building:02}{unit:02}{floor:02}{flat:02}"):
        assert code in china.room_codes(writing)
        assert china.room_codes(writing, {code}) == [code]
    assert china.room_code(code) == code


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused_in_chinese(text: str) -> None:
    for code in china.room_codes(text):
        assert code in china.room_codes(code)
    for read in (china.room_code, china.phone, china.plate, china.waybill, china.id_number):
        try:
            assert read(text)
        except ValueError as error:
            assert re.search(r"[\u4e00-\u9fff]", str(error))


def test_rooms_sort_as_people_walk() -> None:
    codes = ["商铺-12", "11-1-101", "2-1-1101", "商铺-2", "2-1-101", "2-东-101", "公共-电梯3"]
    assert sorted(codes, key=china.room_key) == [
        "2-1-101", "2-1-1101", "2-东-101", "11-1-101", "公共-电梯3", "商铺-2", "商铺-12",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kept", "shown", "tail"),
    [
        ("138 0013-8000", "13800138000", "138****8000", "8000"),
        ("+86 138 0013 8000", "13800138000", "138****8000", "8000"),
        ("０086-13800138000", "13800138000", "138****8000", "8000"),
        ("013800138000", "13800138000", "138****8000", "8000"),
        ("\u202d13800138000\u202c", "13800138000", "138****8000", "8000"),
        ("０１０－６６６６８８８８", "01066668888", "010****8888", "8888"),
        ("(0571)88881234", "057188881234", "057****1234", "1234"),
        ("+86 10 6666 8888", "01066668888", "010****8888", "8888"),
        ("010-66668888-123", "01066668888-123", "010****8888-***", "8888"),
        ("010-66668888 转 12", "01066668888-12", "010****8888-**", "8888"),
        ("66668888", "66668888", "****8888", "8888"),
        ("400-810-1234", "4008101234", "400****1234", "1234"),
        ("8001", "8001", "8001", "8001"),
    ],
)
def test_phones(text: str, kept: str, shown: str, tail: str) -> None:
    assert china.phone(text) == kept
    assert china.phone(kept) == kept
    assert china.mask_phone(kept) == shown
    assert china.phone_tail(kept) == tail


@pytest.mark.parametrize("text", ["1380013800", "138001380000", "12800138000", "1.38E+10", "abc", "13800138000、1", "12"])
def test_no_phones(text: str) -> None:
    with pytest.raises(ValueError, match="不是电话号码"):
        china.phone(text)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张秀兰", "张*兰"), ("王芳", "王*"), ("欧阳锋", "欧阳*"), ("欧阳娜娜", "欧阳*娜"), ("次仁卓玛", "次**玛"),
        ("王先生", "王先生"),
        ("明强便利店", "明强便利店"), ("康宁物业有限公司", "康宁物业有限公司"), ("𠮷祥", "𠮷*"),
        ("买买提·吐尔逊", "买**逊"),
        ("John Smith", "J***"), ("张", "张"), ("", ""), ("张*兰", "张*兰"),
    ],
)  # fmt: skip
def test_names_on_labels(name: str, shown: str) -> None:
    assert china.mask_name(name) == shown


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("京a·12345", "京A12345"), ("沪 AD12345", "沪AD12345"), ("粤Z1234港", "粤Z1234港"), ("苏B1234挂", "苏B1234挂"),
        ("京A1234学", "京A1234学"), ("鲁Ｂ12345Ｄ", "鲁B12345D"), ("无牌", "无牌"), ("临牌", "临牌"),
        ("军警使馆", "军警使馆"),
    ],
)  # fmt: skip
def test_plates(text: str, plate: str) -> None:
    assert china.plate(text) == plate


def test_every_province_has_plates_and_nowhere_else_does() -> None:
    assert len(set(china.PROVINCES)) == len(china.PROVINCES) == 31
    for province in china.PROVINCES:
        assert china.plate(f"{province}A12345")
    for text in ("国A12345", "京I12345", "京AO2345", "京A1234", "京A123456", "WJ12345", "12345"):
        with pytest.raises(ValueError, match="不是车牌"):
            china.plate(text)


def test_id_numbers_by_gb_11643() -> None:
    for good in ("11010519491231002X", "440524188001010014", "34052419800101001X", "110105491231002"):
        assert china.id_number(good) == good
    assert china.id_number("11010519491231002x") == "11010519491231002X"
    for bad, said in (("110105194912310021", "校验位"), ("110105194913310020", "日期"), ("1101051949123100", "18 位")):
        with pytest.raises(ValueError, match=said):
            china.id_number(bad)


@pytest.mark.parametrize(
    ("text", "number", "courier"),
    [
        ("sf1234567890123", "SF1234567890123", "顺丰"), ("78901234567890", "78901234567890", "中通"),
        ("YT1234567890123", "YT1234567890123", "圆通"), ("773123456789012", "773123456789012", "申通"),
        ("432123456789012", "432123456789012", "韵达"), ("ＪＴ1234567890123", "JT1234567890123", "极兔"),
        ("JDVA11408814483-1-1-", "JDVA11408814483", "京东"), ("JD0012345678901-2-3-", "JD0012345678901N2S3", "京东"),
        ("ea473124829cn", "EA473124829CN", "邮政EMS"), ("EA473124820CN", "EA473124820CN", None),
        ("9876543210123", "9876543210123", "邮政EMS"), ("SF145600000771", "SF145600000771", "顺丰"),
        ("SF145600000771234", "SF145600000771234", "顺丰"), ("73512345678901", "73512345678901", "中通"),
        ("ZTO512345678901", "ZTO512345678901", "中通"), ("yt 8812345678901", "YT8812345678901", "圆通"),
        ("YT881234567890123", "YT881234567890123", "圆通"), ("STO512345678901", "STO512345678901", "申通"),
        ("YD1234567890123", "YD1234567890123", "韵达"), ("463123456789012", "463123456789012", "韵达"),
        ("JDX012345678901", "JDX012345678901", "京东"), ("JDV123456789012", "JDV123456789012", "京东"),
        ("RR473124829HK", "RR473124829HK", "邮政EMS"), ("EA123456784CN", "EA123456784CN", None),
        ("EA123456785CN", "EA123456785CN", "邮政EMS"), ("9712345678901", "9712345678901", "邮政EMS"),
        ("123456789012", "123456789012", None), ("1234567890123", "1234567890123", None),
        ("SF12345678", "SF12345678", None),
    ],
)  # fmt: skip
def test_waybills_and_whose_they_can_only_be(text: str, number: str, courier: str | None) -> None:
    assert china.waybill(text) == number
    assert china.waybill(number) == number
    assert china.courier_of(number) == courier
    assert courier is None or courier in china.COURIERS


@pytest.mark.parametrize("text", ["", "1234567", "1" * 31, "SF123-456-789", "https://x.cn/1234567", "单号123456789"])
def test_no_waybills(text: str) -> None:
    with pytest.raises(ValueError, match="不是快递单号"):
        china.waybill(text)
