"""The lists offices bring: what is read, what is refused with which words, and that nothing is guessed."""

import datetime
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from desk import sheets
from desk.billed import FeeClass
from desk.sheets import Fault, HouseholdRow, PersonRow, read_bills, read_residents
from desk.tables import text_of

HEADS = ["房号", "姓名", "身份", "联系电话", "建筑面积(㎡)", "关爱标记", "备注"]


def workbook(path: Path, *lines: Sequence[object], merge: Sequence[str] = (), title: str = "Sheet") -> Path:
    """Write lines as a sheet; a second call on the same path adds a sheet."""
    book = openpyxl.load_workbook(path) if path.exists() else openpyxl.Workbook()
    sheet = book.create_sheet(title) if path.exists() else book.worksheets[0]
    sheet.title = title
    for line in lines:
        sheet.append(list(line))
    for area in merge:
        sheet.merge_cells(area)
    book.save(path)
    return path


def one(path: Path) -> HouseholdRow:
    """The only household of a list without faults."""
    sheet = read_residents(path)
    assert sheet.faults == ()
    (row,) = sheet.rows
    return row


def bill_reason(path: Path, *cells: object) -> str:
    """What is said of a list of one bill: 房号, 费用项目, 账期, 金额, 到期日, 类别."""
    path.unlink(missing_ok=True)
    workbook(path, ["房号", "收费项目", "账期", "应收金额", "截止日期", "类别"], cells)
    sheet = read_bills(path)
    return "".join(fault.reason for fault in sheet.faults)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.xlsx"


def test_a_plain_list_under_a_title(file: Path) -> None:
    workbook(
        file,
        ["明强小区住户登记表"],
        ["制表：前台", None, "2026-11-20"],
        HEADS,
        ["3-2-501", "张秀兰", "业主", "138 0013 8000", 89.6, "独居、听力弱", "请先打电话"],
        [None] * 7,
        ["3栋2单元502室", "王磊", "", 13900139000.0, "75.00㎡", None, None],
        ["合计", 2],
        merge=["A1:G1"],
    )
    sheet = read_residents(file)
    assert sheet.faults == () and sheet.ignored_columns == ()
    assert sheet.rows == (
        HouseholdRow(4, "3-2-501", 8960, (PersonRow("张秀兰", "业主", "13800138000", ("独居", "听力")),), "请先打电话"),
        HouseholdRow(6, "3-2-502", 7500, (PersonRow("王磊", "业主", "13900139000", ()),), ""),
    )


def test_columns_of_building_unit_and_room_in_any_order_merged_or_written_once(file: Path) -> None:
    workbook(
        file,
        ["手机号码", "户主", "室", "单元", "楼号", "身份证号"],
        ["13800138000", "张三", 101.0, "1单元", "3号楼", "x"],
        [None, "李四", "102", None, None, None],
        [None, "王五", "0201", 2, None, None],
        [None, "赵六", 101, 1, "4号楼", None],
        [None, "赵六的邻居", 102, None, None, None],
        [None, "孙七", 101, None, "5号楼", None],
        merge=["E2:E4", "D2:D3", "D5:D6", "E5:E6"],
    )
    sheet = read_residents(file)
    assert [row.room for row in sheet.rows] == ["3-1-101", "3-1-102", "3-2-201", "4-1-101", "4-1-102"]
    assert [(fault.line, fault.text) for fault in sheet.faults] == [(7, "5号楼 101")]
    assert "缺单元" in sheet.faults[0].reason
    assert sheet.ignored_columns == ("身份证号",)


def test_a_room_number_beside_a_building_is_the_room_alone(file: Path) -> None:
    workbook(file, ["楼栋", "单元", "房号", "姓名"], [3, 2, 501, "张三"], [3, 2, "3-2-502", "李四"])
    sheet = read_residents(file)
    assert [row.room for row in sheet.rows] == ["3-2-501", "3-2-502"]


def test_a_column_called_by_the_door_holds_whole_codes_too(file: Path) -> None:
    workbook(file, ["房间号", "姓名"], ["3-2-501", "张三"], [32502, "李四"], ["503", "王五"])
    sheet = read_residents(file)
    assert [row.room for row in sheet.rows] == ["3-2-501", "3-2-502"]
    assert [(fault.line, fault.column, fault.text) for fault in sheet.faults] == [(4, "房间号", "503")]


def test_lines_numbered_in_advance_and_titles_over_the_whole_width(file: Path) -> None:
    lines = [["1", "3栋2单元501", "张三"], [2, None, None], [3, "", " "], ["4", "3-2-502", "李四"]]
    workbook(file, ["住户表"], ["序号", "房号", "姓名"], *lines, merge=["A1:XFD1"])
    sheet = read_residents(file)
    assert [(row.line, row.room) for row in sheet.rows] == [(3, "3-2-501"), (6, "3-2-502")]
    assert sheet.faults == () and sheet.ignored_columns == ("序号",)


def test_joint_owners_in_one_cell_share_phones_alike(file: Path) -> None:
    workbook(file, HEADS, ["3-2-501", "张三、李 四", "业主", "13800138000/13900139000", None, None, None])
    assert one(file).people == (
        PersonRow("张三", "业主", "13800138000", ()),
        PersonRow("李四", "共有人", "13900139000", ()),
    )


@pytest.mark.parametrize(
    ("names", "roles", "phones", "people"),
    [
        ("张三/李四", "业主/租户", "、13900139000", [("张三", "业主", None), ("李四", "租户", "13900139000")]),
        ("张三，李四", "租客", "13800138000", [("张三", "租户", "13800138000"), ("李四", "租户", None)]),
        ("张三(租户)", None, None, [("张三", "租户", None)]),
        ("张　三", "配偶", None, [("张三", "家属", None)]),
        ("明强便利店", None, "88881234", [("明强便利店", "法人", "88881234")]),
        ("王小明", "商户", "400-810-1234", [("王小明", "法人", "4008101234")]),
        ("欧阳𠮷", "共有", None, [("欧阳𠮷", "共有人", None)]),
        ("无", None, None, []),
    ],
)
def test_names_roles_and_phones(
    file: Path, names: str, roles: str | None, phones: str | None, people: list[tuple[str, str, str | None]]
) -> None:
    workbook(file, HEADS, ["3-2-501", names, roles, phones, None, None, None])
    assert [(person.name, person.role, person.phone) for person in one(file).people] == people


def test_characters_of_names_are_kept_where_normalising_would_exchange_them(file: Path) -> None:
    workbook(file, HEADS, ["3-2-501", "李\uf9b5", None, None, None, None, None])
    assert one(file).people[0].name == "李\uf9b5"


def test_a_second_number_goes_to_the_note(file: Path) -> None:
    workbook(
        file,
        ["房号", "业主", "手机", "固定电话", "备注"],
        ["3-2-501", "张三", "13800138000 13900139000", "010-66668888", "有狗"],
    )
    row = one(file)
    assert row.people[0].phone == "13800138000"
    assert row.note == "张三另有电话 13900139000；张三另有电话 01066668888；有狗"


def test_owner_and_tenant_in_columns_of_their_own(file: Path) -> None:
    workbook(
        file,
        ["房号", "业主姓名", "业主电话", "租户姓名", "租户电话", "家属", "家属电话"],
        ["3-2-501", "张三", "13800138000", "李四", "13900139000", "张敏", "13700137000"],
    )
    assert [(person.name, person.role, person.phone) for person in one(file).people] == [
        ("张三", "业主", "13800138000"),
        ("李四", "租户", "13900139000"),
        ("张敏", "家属", "13700137000"),
    ]


def test_lines_of_one_room_are_joined_when_they_agree(file: Path) -> None:
    workbook(
        file,
        HEADS,
        ["3-2-501", "张三", None, None, 89.6, "独居", "有狗"],
        ["3-2-501", "李四", None, None, 89.6, None, "有狗"],
        ["32501", "张三", "业主", "13800138000", None, "大字", "晚上在"],
        ["3-2-502", None, None, None, 60, None, "空置"],
    )
    sheet = read_residents(file)
    assert sheet.faults == ()
    assert sheet.rows == (
        HouseholdRow(
            2,
            "3-2-501",
            8960,
            (PersonRow("张三", "业主", "13800138000", ("独居", "大字")), PersonRow("李四", "共有人", None, ())),
            "有狗；晚上在",
        ),
        HouseholdRow(5, "3-2-502", 6000, (), "空置"),
    )


def test_a_room_merged_over_its_people_is_theirs_but_an_empty_one_is_nobodys(file: Path) -> None:
    workbook(
        file,
        HEADS,
        ["3-2-501", "张三", "业主", None, 89.6, None, None],
        [None, "李四", "租户", None, None, None, None],
        [None, "王五", "租户", None, None, None, None],
        merge=["A2:A3", "E2:E3"],
    )
    sheet = read_residents(file)
    assert [person.name for person in sheet.rows[0].people] == ["张三", "李四"]
    assert [(fault.line, fault.column) for fault in sheet.faults] == [(4, "房号")]
    assert "没有房号" in sheet.faults[0].reason


def test_every_fault_of_a_messy_list(file: Path) -> None:
    workbook(
        file,
        HEADS,
        [datetime.datetime(2003, 2, 12), "日期", None, None, None, None, None],
        ["111101", "两读", None, None, None, None, None],
        ["东头那家", "无号", None, None, None, None, None],
        ["3-2-101", "13800138000", None, None, None, None, None],
        ["3-2-102", None, None, "13800138000", None, None, None],
        ["3-2-103", "错号", "业主", "1380013800", 89.605, None, None],
        ["3-2-104", "丢号", "业主", "1.38E+10", "很大", "爱唱歌", None],
        ["3-2-105", "少零", "外星人", 1066668888, 0, None, None],
        ["3-2-106", "张三", "业主", "13800138000", 89.6, None, None],
        ["3-2-106", "张三", "租户", "13900139000", 98.6, None, None],
        ["3-2-107", "正好", "业主", None, None, None, None],
    )
    sheet = read_residents(file)
    said = [(fault.line, fault.column, fault.text) for fault in sheet.faults]
    assert said == [
        (2, "房号", "2003-02-12"),
        (3, "房号", "111101"),
        (4, "房号", "东头那家"),
        (5, "姓名", "13800138000"),
        (6, "姓名", "13800138000"),
        (7, "建筑面积(㎡)", "89.605"),
        (7, "联系电话", "1380013800"),
        (8, "建筑面积(㎡)", "很大"),
        (8, "关爱标记", "爱唱歌"),
        (8, "联系电话", "1.38E+10"),
        (9, "建筑面积(㎡)", "0"),
        (9, "联系电话", "1066668888"),
        (9, "身份", "外星人"),
        (11, "建筑面积(㎡)", "98.6"),
        (11, "联系电话", "13900139000"),
        (11, "身份", "租户"),
    ]
    reasons = [fault.reason for fault in sheet.faults]
    parts = (
        "改成了日期 1-1-1101_或_11-1-101 不是房号 填错了列 没有姓名 两位小数 不是电话 只写数字 不认识的标记 科学计数 "
        "不像真的 前面的_0 不认识的身份 第_10_行的面积是_89.60 另一个电话 又写成业主"
    )
    for reason, part in zip(
        reasons,
        parts.split(),
        strict=True,
    ):
        assert part.replace("_", " ") in reason
    # The line stays without what could not be read; a room or name that could not be read takes its line along.
    assert [row.room for row in sheet.rows] == ["3-2-103", "3-2-104", "3-2-105", "3-2-106", "3-2-107"]
    assert sheet.rows[0].people == (PersonRow("错号", "业主", None, ()),)
    assert sheet.rows[3].area == 8960 and sheet.rows[3].people == (PersonRow("张三", "业主", "13800138000", ()),)


def test_a_workbook_of_a_sheet_per_building_is_read_whole(file: Path) -> None:
    workbook(file, ["说明：请勿改动"], title="说明")
    workbook(file, HEADS, ["3-2-501", "张三", None, "1", None, None, None], title="3号楼")
    workbook(file, HEADS, HEADS, ["4-2-501", "李四", None, "2", None, None, None], title="4号楼")
    book = openpyxl.load_workbook(file)
    book.copy_worksheet(book["4号楼"]).sheet_state = "hidden"
    book.save(file)
    sheet = read_residents(file)
    assert [row.room for row in sheet.rows] == ["3-2-501", "4-2-501"]
    assert [(fault.line, fault.column) for fault in sheet.faults] == [(2, "3号楼·联系电话"), (3, "4号楼·联系电话")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("between", [",", "\t", ";"])
def test_csv_as_each_program_saves_it(tmp_path: Path, encoding: str, between: str) -> None:
    lines = [
        ["房号", "姓名", "电话", "备注"],
        ["2-1-101", "陈堃", "138-0013-8000", '"上下\n两行"'],
        ["2001/3/2", "李四", "", ""],
    ]
    path = tmp_path / "list.CSV"
    path.write_bytes("\r\n".join(between.join(line) for line in lines).encode(encoding))
    sheet = read_residents(path)
    assert sheet.rows == (HouseholdRow(2, "2-1-101", None, (PersonRow("陈堃", "业主", "13800138000", ()),), "上下 两行"),)
    (fault,) = sheet.faults
    assert fault == Fault(3, "房号", "2001/3/2", fault.reason) and "日期" in fault.reason


def test_files_that_are_no_lists_are_refused_in_chinese(tmp_path: Path, file: Path) -> None:
    with pytest.raises(ValueError, match="缺 房号（或 楼栋、单元、室）、姓名"):
        read_residents(workbook(file, ["甲", "乙"], [1, 2]))
    half = workbook(tmp_path / "half.xlsx", ["房号", "费用项目", "金额"], ["3-2-501", "物业费", 1])
    with pytest.raises(ValueError, match="缺 账期 这些列"):
        read_bills(half)
    for name, data, said in (
        ("old.xls", b"\xd0\xcf\x11\xe0", "另存为 .xlsx"),
        ("locked.xlsx", b"\xd0\xcf\x11\xe0", "密码"),
        ("junk.csv", b"\xff\x00\xff\xff\x80", "认不出来"),
        ("empty.csv", b"", "找不到表头"),
        ("binary.csv", b'"' + b"a" * 200_000, "不是表格"),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ValueError, match=said):
            read_residents(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        read_residents(tmp_path / "none.xlsx")


def test_cells_read_as_the_office_sees_them() -> None:
    cells = [None, 501.0, 1.38e10, 161.28000000000003, 89.6, 89.605, datetime.datetime(2026, 11, 1), True, "\u3000王 "]
    assert [text_of(cell) for cell in cells] == [
        "", "501", "13800000000", "161.28", "89.6", "89.605", "2026-11-01", "是", "王",
    ]  # fmt: skip


def test_bills_in_the_ways_offices_write_them(file: Path) -> None:
    workbook(
        file,
        ["明强小区应收费用"],
        ["房号", "收费项目", "账期", "金额（元）", "截止日期", "费用类别", "经办"],
        ["3-2-501", "物业费", "2026-10~2026-12", 161.28000000000003, "2026/12/31", None, "王"],
        ["3栋2单元501", "公摊电", datetime.datetime(2026, 11, 1), "12.36", datetime.datetime(2026, 11, 30), None, None],
        ["3-2-501", "车位 B1-2", 202611, "￥1,150.00", "2026年12月1日", "停车", None],
        ["商铺-3", "装修押金", "2026年11月", 2000, None, "押金", None],
        ["3-2-502", "电梯广告", "2026年9月至11月", 3.5, None, "公共收益", None],
        ["3-2-502", "换锁", "2026-10-01～2026-11-30", "30元", None, None, None],
        ["合计", None, None, 99999],
    )
    sheet = read_bills(file)
    assert sheet.faults == () and sheet.ignored_columns == ("经办",)
    bills = [(bill.room, bill.item, bill.klass, bill.period_from, bill.period_to, bill.fen, bill.due) for bill in sheet.rows]
    assert bills == [
        ("3-2-501", "物业费", "物业费", "2026-10", "2026-12", 16128, "2026-12-31"),
        ("3-2-501", "公摊电", "代收水电", "2026-11", "2026-11", 1236, "2026-11-30"),
        ("3-2-501", "车位 B1-2", "停车", "2026-11", "2026-11", 115000, "2026-12-01"),
        ("商铺-3", "装修押金", "押金", "2026-11", "2026-11", 200000, None),
        ("3-2-502", "电梯广告", "公共收益", "2026-09", "2026-11", 350, None),
        ("3-2-502", "换锁", "其他", "2026-10", "2026-11", 3000, None),
    ]
    assert [bill.line for bill in sheet.rows] == [3, 4, 5, 6, 7, 8]


def test_periods_in_two_columns(file: Path) -> None:
    months = ["2026-10", datetime.datetime(2026, 12, 1)]
    workbook(
        file,
        ["房号", "项目", "开始月份", "结束月份", "金额"],
        ["3-2-501", "物业费", *months, 1],
        ["3-2-502", "物业费", *months[:1], "", 1],
    )
    periods = [(bill.period_from, bill.period_to) for bill in read_bills(file).rows]
    assert periods == [("2026-10", "2026-12"), ("2026-10", "2026-10")]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["", "物业费", "2026-11", 1], "没有房号"),
        (["3-501", "物业费", "2026-11", 1], "缺单元"),
        (["3-2-501", None, "2026-11", 1], "没有费用项目"),
        (["3-2-501", "物业费", None, 1], "没有账期"),
        (["3-2-501", "物业费", "去年", 1], "不是账期"),
        (["3-2-501", "物业费", "2026-13", 1], "没有 2026 年 13 月"),
        (["3-2-501", "物业费", 2026.1, 1], "分不清"),
        (["3-2-501", "物业费", "2026-10-12", 1], "看不出是哪个月"),
        (["3-2-501", "物业费", "2026-12~2026-10", 1], "早于"),
        (["3-2-501", "物业费", "2026-10-15~2026-12-14", 1], "不是整月"),
        (["3-2-501", "物业费", "2026-11", None], "不是金额"),
        (["3-2-501", "物业费", "2026-11", 0], "金额是 0"),
        (["3-2-501", "物业费", "2026-11", -5], "负数"),
        (["3-2-501", "物业费", "2026-11", 1.005], "两位"),
        (["3-2-501", "物业费", "2026-11", "#REF!"], "不是金额"),
        (["3-2-501", "物业费", "2026-11", 1, "月底"], "不是日期"),
        (["3-2-501", "物业费", "2026-11", 1, "2026-02-30"], "不是日期"),
        (["3-2-501", "物业费", "2026-11", 1, None, "奇怪"], "不认识的类别"),
    ],
)
def test_every_fault_of_a_bill_costs_its_line(file: Path, cells: list[object], said: str) -> None:
    assert said in bill_reason(file, *cells)
    assert read_bills(file).rows == ()


def test_the_same_bill_twice_and_rooms_that_are_not_ours(file: Path) -> None:
    bill = ["3-2-501", "物业费", "2026-11", 161.28]
    workbook(file, ["房号", "项目", "期间", "应收"], bill, ["32501", *bill[1:]], ["9-9-901", *bill[1:]], ["111101", *bill[1:]])
    sheet = read_bills(file, {"3-2-501", "11-1-101"})
    assert [row.room for row in sheet.rows] == ["3-2-501", "11-1-101"]
    assert [(fault.line, fault.text) for fault in sheet.faults] == [(3, "3-2-501"), (4, "9-9-901")]
    assert "第 2 行是同一笔" in sheet.faults[0].reason and "住户表里没有" in sheet.faults[1].reason


def test_an_amount_merged_over_lines_is_not_charged_twice(file: Path) -> None:
    heads = ["房号", "项目", "期间", "应收"]
    lines = [["3-2-501", "物业费", "2026-11", 161.28], [None, "公摊电", None, None]]
    sheet = read_bills(workbook(file, heads, *lines, merge=["A2:A3", "C2:C3", "D2:D3"]))
    assert [bill.item for bill in sheet.rows] == ["物业费"]
    assert "合并" in sheet.faults[0].reason


def test_the_register_knows_the_same_roles_and_marks() -> None:
    from desk import residents

    assert sheets.ROLES == residents.HOME_ROLES
    assert sheets.CARES == residents.CARE
    from desk.dues import CLASSES

    assert FeeClass.__args__ == CLASSES
