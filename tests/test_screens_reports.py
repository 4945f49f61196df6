"""The reports by keys: what is on the glass, what month it is of, and the sheet that is kept."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlmodel import Session
from textual.pilot import Pilot
from textual.widgets import DataTable, OptionList, Static

from data.records import Actor
from desk import reports
from desk.billed import bill_id
from desk.paid import Paid, Part, Tender
from desk.report import Report, Span
from screens.app import FrontDesk
from screens.home import Home
from screens.picture import Picture
from screens.reports import Reports
from tests.office import office, opened, until

ROOM = "3-2-501"
NARROW, WIDE = (80, 24), (120, 36)


class Desk:
    """The program at its reports."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot

    @property
    def screen(self) -> Reports:
        """The reports."""
        assert isinstance(self.pilot.app.screen, Reports)
        return self.pilot.app.screen

    async def press(self, *keys: str) -> None:
        """Press keys one after another, and wait for the report they ask for."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()
        await self.ready()

    async def ready(self) -> None:
        """The report that is marked is on the glass."""
        await until(self.pilot, lambda: self.screen.report is not None and not self.screen.reading)
        await self.pilot.pause()
        await self.pilot.pause()

    @property
    def report(self) -> Report:
        """What is shown."""
        assert self.screen.report
        return self.screen.report

    @property
    def figures(self) -> DataTable[object]:
        """The table."""
        return self.screen.query_one(DataTable)

    def rows(self) -> list[list[str]]:
        """The table as it reads."""
        return [[str(cell) for cell in self.figures.get_row_at(n)] for n in range(self.figures.row_count)]

    @property
    def title(self) -> str:
        """What stands over the table, or over the picture."""
        place = self.figures if self.figures.display else self.screen.query_one(Picture)
        return str(place.border_title)

    @property
    def picture(self) -> str:
        """What is drawn, "" while nothing is shown."""
        picture = self.screen.query_one(Picture)
        return str(picture.query_one(Static).render()) if picture.display else ""


@asynccontextmanager
async def desk(home: Path, size: tuple[int, int] = NARROW, who: str = "李敏") -> AsyncIterator[tuple[Desk, dict[str, Actor]]]:
    """The program at its reports; a month's fee was paid today."""
    store, people = office(home)
    bill = bill_id(ROOM, "物业费", "2026-09", "2026-09")
    tender = Tender(kind="微信", fen=16128, reference="318204")
    part = Part(bill=bill, item="物业费", fen=16128)
    store.act(Paid(room=ROOM, parts=(part,), tenders=(tender,), request="r"), people["李敏"])
    store.close()
    async with opened(home, people[who], size) as pilot:
        await pilot.press("ctrl+b")
        d = Desk(pilot)
        await d.ready()
        yield d, people


async def test_the_first_report_is_this_month_s_takings(tmp_path: Path) -> None:
    async with desk(tmp_path) as (d, _):
        today = datetime.now()
        assert (d.report.name, str(d.report.span)) == ("收费日报", f"{today:%Y-%m}")
        assert d.rows()[0][0] == f"{today:%Y-%m-%d}" and d.rows()[-1][0] == "合计"
        assert "161.28" in d.rows()[-1] and d.title.endswith("按日（1/3）")


async def test_a_digit_marks_a_report_and_f9_turns_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as (d, _):
        await d.press("3")
        assert d.report.name == "欠费" and d.rows()[0][0] == "3栋"
        await d.press("f9")
        assert d.rows()[0][:2] == [ROOM, "张*兰"]
        await d.press("f9", "f9")
        assert not d.figures.display and "未到期" in d.picture and "█" in d.picture
        await d.press("f9")
        assert d.figures.display and d.title.endswith("按楼栋（1/4）")
        await d.press("0")
        assert d.report.name == "预存余额"
        await d.press("down")
        assert d.report.name == "号段报告" and d.rows()[0][:3] == ["A26", "A26-000001", "A26-000001"]


async def test_left_and_right_go_through_the_months_and_not_into_the_future(tmp_path: Path) -> None:
    async with desk(tmp_path) as (d, _):
        now = d.screen.day
        await d.press("right")
        assert d.screen.day == now
        await d.press("left")
        assert d.report.span == Span.of("月", d.screen.day) != Span.of("月", now)
        assert d.rows() == [] and d.figures.border_subtitle == "没有"
        await d.press("right", "ctrl+u")
        assert d.report.span == Span.of("年", now) and "161.28" in d.rows()[-1]
        await d.press("ctrl+u")
        assert d.report.span == Span.of("日", now)
        await d.press("ctrl+u")
        assert d.report.span == Span.of("月", now)


async def test_wide_glass_has_table_and_picture_together(tmp_path: Path) -> None:
    async with desk(tmp_path, WIDE) as (d, _):
        assert d.figures.display and "每日收款" in d.picture and d.title.endswith("（1/2）")
        await d.press("5")
        assert d.picture == ""
        await d.press("4")
        assert "1栋" not in d.picture and "3栋" in d.picture


async def test_f8_keeps_a_sheet_in_the_desk_s_folder(tmp_path: Path) -> None:
    async with desk(tmp_path) as (d, _):
        await d.press("3", "f8")
        await until(d.pilot, lambda: any("已存成" in one.message for one in d.pilot.app._notifications))
        (path,) = (tmp_path / "reports").iterdir()
        assert path.name.startswith("欠费_") and "李敏" in load_workbook(path)["欠费 按户"]["A2"].value
        (tmp_path / "reports").rename(tmp_path / "gone")
        (tmp_path / "reports").write_text("in the way", encoding="utf-8")
        await d.press("f8")
        await until(d.pilot, lambda: any("写不进" in one.message for one in d.pilot.app._notifications))


async def test_what_happens_elsewhere_comes_to_the_glass(tmp_path: Path) -> None:
    async with desk(tmp_path) as (d, people):
        await d.press("3")
        before = d.rows()[-1][-1]
        bill = bill_id(ROOM, "物业费", "2026-10", "2026-10")
        part = Part(bill=bill, item="物业费", fen=16128)
        paid = Paid(room=ROOM, parts=(part,), tenders=(Tender(kind="转账", fen=16128),), request="s")
        app = d.pilot.app
        assert isinstance(app, FrontDesk)
        app.store.act(paid, people["李敏"])
        await until(d.pilot, lambda: d.rows() and d.rows()[-1][-1] != before)
        assert (before, d.rows()[-1][-1]) == ("322.56", "161.28")


async def test_a_long_sum_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one report is read the keys go on; what was wished for last is what is shown, and only that is read."""
    async with desk(tmp_path) as (d, _):
        gate, read = threading.Event(), []
        make = reports.make

        def slow(name: str, session: Session, by: Actor, span: Span) -> Report:
            read.append(name)
            gate.wait(10)
            return make(name, session, by, span)

        monkeypatch.setattr(reports, "make", slow)
        for key in ("down", "down", "down", "down", "ctrl+u"):
            await d.pilot.press(key)
            await d.pilot.pause()
        assert d.screen.report is None and d.figures.border_subtitle == "正在统计……"
        await d.pilot.press("f8")
        assert any("还在统计" in one.message for one in d.pilot.app._notifications)
        gate.set()
        await d.ready()
        assert d.report.name == "违约金清单" and str(d.report.span).endswith("年")
        assert read == ["收入分类", "违约金清单"]


async def test_a_guard_is_turned_away_and_finds_nothing_of_another(tmp_path: Path) -> None:
    async with desk(tmp_path) as (d, people):
        await d.press("3")
        left = d.screen
        app = d.pilot.app
        assert isinstance(app, FrontDesk)
        await d.pilot.press("ctrl+l")
        app.enter(people["老周"])
        app.switch_mode("home")  # at night a guard begins at the board
        await d.pilot.pause()
        await d.pilot.press("ctrl+b")
        await d.pilot.pause()
        assert isinstance(app.screen, Home)
        app.switch_mode("reports")
        await d.pilot.pause()
        assert left.report is None and left.query_one(DataTable).row_count == 0


async def test_escape_goes_back_and_enter_into_the_table(tmp_path: Path) -> None:
    async with desk(tmp_path) as (d, _):
        assert isinstance(d.screen.focused, OptionList)
        await d.press("enter")
        assert d.screen.focused is d.figures
        await d.pilot.press("escape")
        await d.pilot.pause()
        assert isinstance(d.pilot.app.screen, Home)
