"""What every form owes: keys do their work in the order they were pressed, however fast they come."""

from pathlib import Path

import pytest
from textual.events import Key
from textual.screen import Screen

from desk.parcels import Parcel
from desk.repairs import Repair
from desk.residents import ConsentGiven
from tests.office import until
from tests.test_screens_jobs import desk


async def test_what_was_deleted_before_saving_is_not_saved(tmp_path: Path) -> None:
    """Backspaces, letters and Ctrl+S in one burst: Ctrl+S used to overtake the deleting keys."""
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("f3", "1", "1", "enter")
        reporter = d.form.query_one("#reporter")
        reporter.focus()
        await d.pilot.pause()
        await d.at_once(
            "backspace", "backspace", *"阿姨", "backspace", "backspace", "backspace", "王", "backspace", "李", "ctrl+s"
        )
        (repair,) = d.all(Repair)
        assert repair.reporter == "李"


async def test_a_whole_round_in_one_burst_loses_nothing(tmp_path: Path) -> None:
    """Ten scans with their rooms, every key sent before the first is answered: ten parcels, each at its door."""
    waybills = [f"YT{n:013d}" for n in range(1, 11)]
    async with desk(tmp_path, before=(ConsentGiven(parcels="是"),)) as d:
        await d.place("f5")
        await d.press("f8")
        for waybill in waybills:
            for key in (*waybill, "enter", *"32501", "enter"):
                d.pilot.app.post_message(Key(key, key if len(key) == 1 else None))
        await until(d.pilot, lambda: len(d.all(Parcel)) == len(waybills))
        assert sorted(one.waybill for one in d.all(Parcel)) == waybills
        assert {one.room for one in d.all(Parcel)} == {"3-2-501"} and d.typed("waybill") == ""


async def test_a_scan_answers_no_question(tmp_path: Path) -> None:
    """The next parcel is scanned while the desk still asks whether this one may be taken in: nobody said yes."""
    async with desk(tmp_path) as d:
        await d.place("f5")
        await d.press("f8")
        await d.at_once(*"YT0000000000001", "enter", *"32501", "enter", *"YT1111111111112", "enter")
        await until(d.pilot, lambda: "再扫一次" in d.said("consented"))
        assert not d.all(Parcel) and d.typed("consented") == "" and d.typed("waybill") == "YT0000000000001"
        await d.press("1", "enter")
        assert [one.waybill for one in d.all(Parcel)] == ["YT0000000000001"]


async def test_a_key_in_a_field_lays_nothing_out_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual lays out every widget again for each character of an Input, and makes the footer anew for each field."""
    laid: list[str] = []
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("f3", "1", "1", "enter")
        footer = list(d.form.query("FooterKey"))
        as_before = Screen._refresh_layout
        monkeypatch.setattr(
            Screen,
            "_refresh_layout",
            lambda *args, **named: (laid.append(type(args[0]).__name__), as_before(*args, **named))[1],
        )
        d.form.query_one("#reporter").focus()
        await d.press(*"阿姨", "backspace", *"13800001234")
        assert d.typed("reporter").endswith("阿13800001234")
        d.form.query_one("#phone").focus()
        await d.pilot.pause()
        assert not laid and list(d.form.query("FooterKey")) == footer
