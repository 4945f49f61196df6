"""The counter by keys: logging in, finding a household, taking money; asserted on records, not on looks."""

from pathlib import Path

import pytest
from sqlmodel import select
from textual.widgets import Input, OptionList, Static

from desk import bills
from desk.payments import Payment
from desk.residents import room
from screens.app import FrontDesk
from tests.office import PIN, office, opened, until


def text(app: FrontDesk, selector: str) -> str:
    """What a Static shows."""
    return str(app.screen.query_one(selector, Static).render())


async def test_staff_log_in_with_number_and_pin(tmp_path: Path) -> None:
    office(tmp_path)[0].close()
    async with opened(tmp_path) as pilot:
        app = pilot.app
        assert isinstance(app, FrontDesk)
        assert "李敏" in text(app, "#roster")
        await pilot.press("2", "enter", *"000000", "enter")
        await until(pilot, lambda: "再错 4 次" in text(app, "#pin-error"))
        name = app.screen.query_one("#name", Input).value
        await pilot.press(*PIN[name], "enter")
        await until(pilot, lambda: app.actor is not None)
        assert app.actor and app.actor.name == name


@pytest.mark.parametrize("typed", ["3-2-501", "32501", "3栋2单元501", "zxl", "张秀", "1234", "13800001234"])
async def test_any_writing_finds_the_household(tmp_path: Path, typed: str) -> None:
    store, staff = office(tmp_path)
    async with opened(tmp_path, staff["李敏"], find=typed) as pilot:
        app = pilot.app
        card = text(app, "#card")  # type: ignore[arg-type]
        assert "3-2-501" in card and "张秀兰" in card and "欠 ￥483.84" in card
        assert "138****1234" in card and "13800001234" not in card
    store.close()


async def test_all_dues_in_exact_cash_take_three_keys(tmp_path: Path) -> None:
    store, staff = office(tmp_path)
    async with opened(tmp_path, staff["李敏"], find="32501") as pilot:
        await pilot.press("f6")
        await pilot.pause()
        await pilot.press("ctrl+s", "ctrl+s", "ctrl+s")
        await pilot.pause()
    with store.read() as read:
        (payment,) = read.exec(select(Payment)).all()
        assert (payment.number, payment.fen, payment.state) == ("A26-000001", 48384, "已收")
        assert bills.open_bills(read, "3-2-501", staff["李敏"]) == []
    store.close()


async def test_too_little_cash_is_said_beside_its_field_and_what_was_typed_stays(tmp_path: Path) -> None:
    store, staff = office(tmp_path)
    async with opened(tmp_path, staff["李敏"], find="32501") as pilot:
        app = pilot.app
        await pilot.press("f6", *"400", "ctrl+s")
        await pilot.pause()
        assert "还差 83.84 元" in text(app, "#given-error")  # type: ignore[arg-type]
        assert app.screen.query_one("#given", Input).value == "400"
        await pilot.press("backspace", "backspace", "backspace", *"500", "ctrl+s")
        await pilot.pause()
    with store.read() as read:
        assert len(read.exec(select(Payment)).all()) == 1
    store.close()


async def test_a_receipt_is_taken_back_with_a_second_person(tmp_path: Path) -> None:
    store, staff = office(tmp_path)
    async with opened(tmp_path, staff["李敏"], find="32501") as pilot:
        app = pilot.app
        await pilot.press("f6", "ctrl+s")
        await pilot.pause()
        await pilot.press("escape", "f6")
        await pilot.pause()
        await pilot.press("ctrl+d")
        await pilot.pause()
        await pilot.press("1", "enter", "1", *"赵强", "enter", *PIN["赵强"], "enter")
        await until(pilot, lambda: len(app.screen_stack) == 1)
    with store.read() as read:
        (payment,) = read.exec(select(Payment)).all()
        assert (payment.state, payment.void_reason) == ("已作废", "收错账单")
        assert sum(row.open for row in bills.open_bills(read, "3-2-501", staff["李敏"])) == 48384
    assert store.check()[1] == []
    store.close()


async def test_a_guard_is_shown_no_money_and_gets_no_fees_key(tmp_path: Path) -> None:
    store, staff = office(tmp_path)
    async with opened(tmp_path, staff["老周"], find="32501") as pilot:
        app = pilot.app
        card = text(app, "#card")  # type: ignore[arg-type]
        assert "张秀兰" in card
        assert "￥" not in card and "费" not in card
        await pilot.press("f6")
        await pilot.pause()
        assert app.current_mode == "home" and len(app.screen_stack) == 1
        assert "f6" not in {binding.binding.key for binding in app.screen.active_bindings.values() if binding.enabled}
    store.close()


async def test_a_hurt_database_is_said_and_nothing_is_made_over_it(tmp_path: Path) -> None:
    office(tmp_path)[0].close()
    (tmp_path / "desk.db").write_bytes(b"not a database at all" * 500)
    async with opened(tmp_path) as pilot:
        assert "备份" in text(pilot.app, "#roster")  # type: ignore[arg-type]
        assert (tmp_path / "desk.db").read_bytes().startswith(b"not a database")


async def test_the_palette_does_what_the_key_does(tmp_path: Path) -> None:
    store, staff = office(tmp_path)
    async with opened(tmp_path, staff["李敏"]) as pilot:
        await pilot.press("ctrl+p", *"报修")
        await until(pilot, lambda: any(found.option_count for found in pilot.app.screen.query(OptionList)))
        await pilot.press("enter")
        await until(pilot, lambda: pilot.app.current_mode == "repairs")
    store.close()


async def test_quitting_asks_while_a_form_is_open_anywhere(tmp_path: Path) -> None:
    store, staff = office(tmp_path)
    async with opened(tmp_path, staff["李敏"], find="32501") as pilot:
        app = pilot.app
        await pilot.press("f4")
        await pilot.pause()
        await pilot.press("f7", "ctrl+q")
        await pilot.pause()
        assert app.is_running and "没填完" in str(app.screen.query_one(".form-title", Static).render())
        await pilot.press("1")
        await pilot.pause()
        await pilot.press("ctrl+l")
        assert isinstance(app, FrontDesk) and app.actor is not None
        await pilot.press("ctrl+q", "2")
        await until(pilot, lambda: not app.is_running)
    store.close()


async def test_a_household_s_word_on_parcels_is_written_down(tmp_path: Path) -> None:
    store, staff = office(tmp_path)
    async with opened(tmp_path, staff["王芳"], find="32502") as pilot:
        await pilot.press("ctrl+k")
        await pilot.pause()
        await pilot.press("1")
        await pilot.pause()
        await pilot.press("1")
        await pilot.pause()
    with store.read() as read:
        assert room(read, "3-2-502").parcels == "是"
    store.close()


async def test_an_update_makes_the_tables_anew_before_the_eyes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, _ = office(tmp_path)
    store.transact(lambda db: db.execute("DROP TABLE visit"))
    store.transact(lambda db: db.execute("PRAGMA user_version = 7"))
    store.close()
    told: list[int] = []
    monkeypatch.setattr(FrontDesk, "on_engine_rebuilding", lambda self, message: told.append(message.done))
    app = FrontDesk(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.opened)
        assert "李敏" in text(app, "#roster")
    assert told and app.store.check()[1] == []


async def test_a_card_longer_than_the_glass_is_turned_by_pages(tmp_path: Path) -> None:
    """At 80×24 a household with much waiting does not fit; the focus stays in the search box."""
    store, people = office(tmp_path)
    store.close()
    async with opened(tmp_path, people["李敏"], size=(80, 14), find="32501") as pilot:
        side = pilot.app.screen.query_one("#side")
        assert side.max_scroll_y > 0 and side.scroll_y == 0
        await pilot.press("pagedown")
        await until(pilot, lambda: side.scroll_y > 0)
        await pilot.press("pageup")
        await until(pilot, lambda: side.scroll_y == 0)
        assert pilot.app.screen.query_one("#find").has_focus
