"""The spool on the glass: what hangs, what is in doubt, what a person says of it, and every slip that ever was."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from data.records import Actor
from data.store import Store
from desk.config import Printer, read_config, write_config
from desk.paper import HARMLESS
from desk.setup import open_store
from desk.visits import Arrived
from printers import spool, status
from printers.slip import QR, Pair, Rule, Slip, Text, layout, plain, preview
from printers.thermal import Profile
from screens.slips import Preview, Slips, on_glass, told
from tests.fakeprinter import FakePrinter
from tests.office import office, opened, until
from tests.slips_of_a_day import GROUP, day

AT = 1_795_000_000_000
ROOM = "3-2-501"


def slip(number: str, money: bool = True) -> Slip:
    """A slip with a number on it."""
    nodes = (Text(number, size=2), Rule(), Pair("面积×单价", "96.5×2.80"), QR(f"R-{number}"))
    return Slip("receipt", "收款收据", nodes, money=money, heading="明强小区物业服务中心")


class Tray:
    """The spool of an office whose printer is somewhere else, and its screen."""

    def __init__(self, store: Store, pilot: Pilot[None]) -> None:
        self.store, self.pilot = store, pilot

    def put(self, number: str, state: str = "uncertain", reason: str = "", **more: Any) -> int:
        """One slip in the spool, in a state; its job."""
        made = slip(number, more.pop("money", True))

        def work(db: Any) -> int:
            [job] = spool.enqueue(
                db, kind="receipt", doc_id=f"d{number}", doc_no=number, slip=made, printer="别处", profile=Profile(),
                at_ms=AT, operator="李敏",
            )  # fmt: skip
            done = AT if state in ("confirmed", "cancelled") else None
            sql = "UPDATE print_job SET state = ?, reason = ?, done = ?, confirmed_by = ? WHERE id = ?"
            db.execute(sql, (state, reason, done, spool.DEVICE if done else "", job))
            return job

        return self.store.transact(work)

    def job(self, number: int) -> spool.Job:
        """What became of a job."""
        return self.store.look(lambda db: spool.job(db, number))

    def jobs(self) -> list[spool.Job]:
        """All of the slips, newest first."""
        return self.store.look(spool.jobs)

    @property
    def screen(self) -> Slips:
        """The screen."""
        assert isinstance(self.pilot.app.screen, Slips)
        return self.pilot.app.screen

    def listed(self) -> list[str]:
        """The lines of the list."""
        options = self.screen.query_one("#jobs", OptionList)
        return [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]

    def says(self, place: str) -> str:
        """What stands in a place of the screen."""
        return str(self.screen.query_one(place, Static).render())

    async def open(self, record: str = "", number: str = "待打") -> None:
        """Look at the spool."""
        self.pilot.app.push_screen(Slips(record, number))
        await until(self.pilot, lambda: isinstance(self.pilot.app.screen, Slips) and self.says("#title"))

    async def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()


@asynccontextmanager
async def counter(home: Path, who: str = "李敏", url: str = "dummy:") -> AsyncIterator[tuple[Tray, dict[str, Actor]]]:
    """A furnished office, its program open with one person logged in."""
    store, people = office(home)
    config = read_config(home)
    write_config(home, config.model_copy(update={"printer": (Printer(name="前台", url=url, qr="native"),)}))
    store.transact(lambda db: db.execute("DELETE FROM print_job"))
    store.close()
    store = open_store(home, read_config(home))
    async with opened(home, people[who]) as pilot:
        yield Tray(store, pilot), people
        printing = list(pilot.app.printing)  # type: ignore[attr-defined]
    for worker in printing:
        worker.join(20)
    store.close()


async def test_the_glass_lives_on_while_a_printer_hangs(tmp_path: Path) -> None:
    with FakePrinter() as printer:
        printer.stall = True
        async with counter(tmp_path, "老周", printer.url) as (tray, _):
            pilot, ticks = tray.pilot, []
            pilot.app.set_interval(0.01, lambda: ticks.append(1))
            app: Any = pilot.app
            app.act(Arrived(room=ROOM, category="访友", confirmed_by="电话已同意", name="王先生"))
            await until(pilot, lambda: [job.state for job in tray.jobs()] == ["sending"])
            assert printer.wait_for(lambda fake: fake.connections == 1)
            seen = len(ticks)
            app.screen.query_one("#find", Input).value = "32501"
            await until(pilot, lambda: len(ticks) > seen + 10 and app.screen.found)
            app.act(Arrived(room=ROOM, category="其他", confirmed_by="电话已同意", name="陈先生"))
            assert [job.state for job in reversed(tray.jobs())] == ["sending", "queued"], "and the printer still hangs"
            # Let it go, so that the worker ends with the program.
            with printer._change:
                printer.stall = False
                printer._change.notify_all()
            await until(pilot, lambda: {job.state for job in tray.jobs()} == {"confirmed"})
        assert len(printer.slips) == 2


async def test_the_spool_says_why_each_slip_waits_and_what_to_do(tmp_path: Path) -> None:
    async with counter(tmp_path) as (tray, _):
        tray.put("A26-000001", "confirmed")
        tray.put("A26-000002", "uncertain", "打印途中断线，打印机没有回话：请看是否出纸，再点“已出纸”或“补打”")
        tray.put("A26-000003", "queued", status.PAPER)
        tray.put("A26-000004", "queued")
        await tray.open()
        assert [line.split()[2] for line in tray.listed()] == ["A26-000002", "A26-000003", "A26-000004", "A26-000001"]
        assert "3 张没打完" in tray.says("#title")
        assert [line.split("\n  ")[1] for line in tray.listed()] == [
            "请看是否出纸", "等待打印 打印机缺纸", "等待打印", "已打印",
        ]  # fmt: skip
        wanted = ("F9 已出纸\n没有，或没打全：F12 补打\n不要了：F8", "请装纸", "前面的打完就打", "还要一张：F12")
        for words in wanted:
            assert words in tray.says("#reason")
            await tray.press("down")


async def test_one_key_answers_for_one_slip(tmp_path: Path) -> None:
    """The mark stays with the slip, so that a key that bounces does not answer for the next one."""
    async with counter(tmp_path) as (tray, _):
        first, second, third = (tray.put(f"A26-00000{n}") for n in range(3))
        await tray.open()
        await tray.press("f9", "f9")
        assert [tray.job(n).state for n in (first, second, third)] == ["confirmed", "uncertain", "uncertain"]
        assert tray.job(first).confirmed_by == "李敏"
        await tray.press("down", "f8", "f8")
        assert [tray.job(n).state for n in (first, second, third)] == ["confirmed", "cancelled", "uncertain"]
        assert "李敏 看过，已出纸" in told(tray.job(first), tray.screen.desk.now())
        assert "李敏 取消了，没有打" in tray.says("#reason")


async def test_printing_again_is_one_marked_slip_for_a_printer_that_is_there(tmp_path: Path) -> None:
    with FakePrinter() as printer:
        printer.paper_out = True
        async with counter(tmp_path, url=printer.url) as (tray, _):
            old = tray.put("A26-000001", "uncertain", "打印途中断了：请看是否出纸")
            await tray.open()
            await tray.press("f12", "f12", "f12")
            new, was = tray.jobs()
            assert (was.id, was.state, was.reason) == (old, "cancelled", "未出纸，已补打")
            assert (new.supersedes, new.printer, new.operator, new.seq) == (old, "前台", "李敏", 1)
            assert tray.listed()[0].split()[1:5] == ["A26-000001", "收款收据", "补打1", "等待打印"]
            await until(tray.pilot, lambda: "缺纸" in tray.job(new.id).reason)
            printer.load_paper()
            tray.screen.desk.wake()
            await until(tray.pilot, lambda: tray.job(new.id).state == "confirmed")
            tray.screen.reload()
            assert "打印机已打好" in tray.says("#reason")
        assert len(printer.slips) == 1


async def test_any_slip_that_ever_was_is_found_by_its_number_and_shown_as_it_was(tmp_path: Path) -> None:
    async with counter(tmp_path) as (tray, _):
        for n in range(120):
            tray.put(f"A26-{n:06}", "confirmed")
        tray.put("A26-000777", "uncertain")
        await tray.open()
        assert len(tray.listed()) == 101
        tray.screen.query_one("#number", Input).value = "a26-000003"
        await until(tray.pilot, lambda: len(tray.listed()) == 1)
        shown = tray.says("#paper")
        rows = layout(slip("A26-000003"), 32)
        assert shown == on_glass(plain(rows))
        assert [line.rstrip() for line in shown.split("\n")] == [
            line.rstrip() for line in preview(rows, codes=True).split("\n")
        ]
        tray.screen.query_one("#number", Input).value = "%"
        await until(tray.pilot, lambda: not tray.listed())
        assert "没有这样的单据" in tray.says("#paper")
        tray.store.transact(lambda db: spool.forget(db, "dA26-000003"))
        tray.screen.query_one("#number", Input).value = "000003"
        await until(tray.pilot, lambda: len(tray.listed()) == 1)
        assert "已按规定删除" in tray.says("#paper")


async def test_a_guard_sees_no_money_however_it_is_looked_for(tmp_path: Path) -> None:
    async with counter(tmp_path, "老周") as (tray, _):
        tray.put("A26-000001", "uncertain")
        tray.put("A26-000002", "confirmed")
        tray.put("A3", "confirmed", money=False)
        await tray.open()
        assert [line.split()[2] for line in tray.listed()] == ["A3"]


async def test_what_changes_while_one_looks_is_shown_in_its_place(tmp_path: Path) -> None:
    async with counter(tmp_path) as (tray, _):
        first, second = tray.put("A26-000001", "queued"), tray.put("A26-000002", "queued")
        await tray.open("dA26-000002", "A26-000002")
        assert "1 张没打完" in tray.says("#title") and len(tray.listed()) == 1
        await tray.press("escape")
        await tray.open()
        await tray.press("down")
        tray.store.transact(
            lambda db: db.execute("UPDATE print_job SET state = 'confirmed', done = ?, confirmed_by = 'device'", (AT,))
        )
        tray.screen.reload()
        assert [job.id for job in tray.screen.jobs] == [first, second]
        assert tray.screen.marked() is not None and tray.screen.marked().id == second  # type: ignore[union-attr]
        assert "没打完" not in tray.says("#title")
        shown = [str(tray.screen.query_one("#jobs", OptionList).get_option_at_index(n).prompt) for n in (0, 1)]
        assert all("已打印" in line for line in shown)


NOBODY = "\U00030000"
"""A character that no printer of GBK has and none of the fonts: it goes out spelled."""


async def test_what_will_be_spelled_out_is_said_before_it_is_printed(tmp_path: Path) -> None:
    async with counter(tmp_path) as (tray, _):
        made = Slip("visit", "访客单", (Pair("访客", f"欧阳{NOBODY}"), Text("㛃")))
        tray.pilot.app.push_screen(Preview([made, slip("A26-000001")]))
        await until(tray.pilot, lambda: isinstance(tray.pilot.app.screen, Preview) and tray.pilot.app.screen.query(".paper"))
        [said] = [str(part.render()) for part in tray.pilot.app.screen.query(".paper-warning").results(Static)]
        assert f"“{NOBODY}”印成 [U+30000]" in said and "字库" in said and "㛃" not in said
        await tray.press("escape")

        def put(db: Any) -> list[int]:
            return spool.enqueue(
                db, kind="visit", doc_id="v1", doc_no="AV1", slip=made, printer="别处", profile=Profile(font="auto"),
                at_ms=AT, operator="老周",
            )  # fmt: skip

        [job] = tray.store.transact(put)
        tray.put("A26-000002", "queued")
        assert tray.store.look(lambda db: spool.spelled(db, job)) == NOBODY
        assert b"[U+30000]" in tray.store.look(lambda db: spool.payload(db, job))
        await tray.open()
        assert f"“{NOBODY}”印成 [U+30000]" in tray.says("#reason")
        await tray.press("down")
        assert "U+" not in tray.says("#reason")


async def test_a_second_program_leaves_alone_what_the_first_is_printing(tmp_path: Path) -> None:
    """Each finds what a dead one left only under its printer's lock, and the living one holds that."""
    with FakePrinter() as printer:
        async with counter(tmp_path, url=printer.url) as (tray, people):
            printer.stall = True
            app: Any = tray.pilot.app
            app.act(Arrived(room=ROOM, category="访友", confirmed_by="电话已同意", name="王先生"))
            await until(tray.pilot, lambda: [job.state for job in tray.jobs()] == ["sending"])
            seen: list[tuple[str, str]] = []
            first = tray.jobs()[0].id
            async with opened(tmp_path, people["老周"]) as pilot:
                other: Any = pilot.app
                other.act(Arrived(room=ROOM, category="其他", confirmed_by="电话已同意", name="陈先生"))
                # The second's own slip is held back: its worker has looked, twice, and found the printer taken.
                for _ in range(2):
                    other.wake()
                    await until(pilot, lambda: other.printing[0]._kept_out)
                seen = [(job.state, job.reason) for job in tray.jobs() if job.id == first]
            assert seen == [("sending", "")]
            with printer._change:
                printer.stall = False
                printer._change.notify_all()
            app.wake()
            await until(tray.pilot, lambda: {job.state for job in tray.jobs()} == {"confirmed"})
        assert len(printer.slips) == 2 and not printer.scraps


@GROUP
def test_what_may_be_printed_again_by_itself_is_no_money() -> None:
    kinds = {made.slip.kind for made in day()}
    assert kinds >= HARMLESS and not HARMLESS & {made.slip.kind for made in day() if made.slip.money}


async def test_a_visitor_s_slip_that_broke_off_comes_again_by_itself_with_the_mark(tmp_path: Path) -> None:
    with FakePrinter() as printer:
        async with counter(tmp_path, url=printer.url) as (tray, _):
            app: Any = tray.pilot.app
            app.act(Arrived(room=ROOM, category="访友", confirmed_by="电话已同意", name="王先生"))
            await until(tray.pilot, lambda: {job.state for job in tray.jobs()} == {"confirmed"})
            printer.power_lines = 3
            app.act(Arrived(room=ROOM, category="其他", confirmed_by="电话已同意", name="陈先生"))
            await until(tray.pilot, lambda: len(tray.jobs()) == 3 and {job.done is None for job in tray.jobs()} == {False})
            again, broken, _ = tray.jobs()
            assert (again.state, again.supersedes, again.operator) == ("confirmed", broken.id, spool.BY_ITSELF)
            assert broken.state == "cancelled" and again.mark.startswith("※补打 第1次※")
        assert len(printer.slips) == 2 and len(printer.scraps) == 1


async def test_the_key_the_header_names_opens_the_spool_from_the_counter_and_from_an_empty_list(tmp_path: Path) -> None:
    async with counter(tmp_path) as (tray, _):
        tray.put("A26-000002")
        for place in ("f2", "f3"):
            await tray.press(place, "f12")
            await until(tray.pilot, lambda: isinstance(tray.pilot.app.screen, Slips) and tray.listed())
            assert "1 张没打完" in tray.says("#title")
            await tray.press("escape")


async def test_a_long_slip_is_read_to_its_end_by_keys_alone(tmp_path: Path) -> None:
    async with counter(tmp_path) as (tray, _):
        made = Slip("z", "Z报表", tuple(Text(f"第{n}行") for n in range(40)))
        tray.store.transact(
            lambda db: spool.enqueue(
                db, kind="z", doc_id="z1", doc_no="AZ1", slip=made, printer="别处", profile=Profile(), at_ms=AT, operator="李敏"
            )
        )
        await tray.open()
        sheet = tray.screen.query_one("#sheet")
        assert sheet.max_scroll_y > 0
        await tray.press("pagedown", "pagedown", "pagedown", "pagedown")
        assert sheet.scroll_y == sheet.max_scroll_y
        await tray.press("pageup", "pageup", "pageup", "pageup")
        assert sheet.scroll_y == 0
