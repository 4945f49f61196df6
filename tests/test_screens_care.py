"""Care by keys: what was pressed, and the records that came of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from textual.widgets import Input, Static

from data import journal
from data.records import Event
from desk import fields, staff
from desk.care import CareDay, CareStep
from desk.care_events import CareAgreed
from desk.contacts import Contact, ContactEnded, ContactNamed
from desk.favours import Favour
from desk.instructions import MOMENTS, Instruction, InstructionGiven
from desk.keys_held import KeyHeld
from desk.lending import Stock
from desk.residents import Home, Person
from screens import parcel_forms, parcel_intake, pay, repair_forms, visit_forms
from screens.care import Care
from screens.care_forms import Agree, Try, flags_of
from screens.form import Form
from tests.office import PIN
from tests.test_screens_jobs import ROOM, Desk, desk, parcel

AGREED = CareAgreed(flags="独居,大字", tier="A", said_by="张秀兰")
OLD = f"p-{ROOM}-0"
DAUGHTER = ContactNamed(room=ROOM, name="张敏", relation="女儿", phone="13900008888", agreed_by="张秀兰", phrase="腊梅")
ASKED = InstructionGiven(room=ROOM, sort="先打电话", text="请先打电话再敲门", said_by="张秀兰")


def agreed(d: Desk) -> None:
    """The old woman is on the list."""
    d.store.act(AGREED, staff.COMMAND_LINE, OLD)


async def listed(d: Desk) -> Care:
    """Go to the day's list."""
    screen = await d.place("ctrl+f")
    assert isinstance(screen, Care)
    return screen


def side(d: Desk) -> str:
    """What stands beside the list."""
    return str(d.pilot.app.screen.query_one("#detail", Static).render())


def card(d: Desk) -> str:
    """The household card."""
    return str(d.pilot.app.screen.query_one("#card", Static).render())


def row(screen: Care, n: int = 0) -> list[str]:
    """A row of the list."""
    return [str(cell) for cell in screen.table.get_row_at(n)]


@pytest.mark.parametrize(("who", "signal", "name"), [("老周", "门岗", "张*兰"), ("王芳", "见到", "张秀兰")])
async def test_a_tick_is_one_key_and_is_taken_back_with_a_reason(tmp_path: Path, who: str, signal: str, name: str) -> None:
    async with desk(tmp_path, who) as d:
        agreed(d)
        screen = await listed(d)
        assert row(screen)[:3] == [ROOM, name, "独居大字"]
        await d.press("space")
        assert [(one.state, one.signal) for one in d.all(CareDay)] == [("已见", signal)] and "✔" in row(screen)[3]
        await d.press("f9")
        assert "已经 ✔" in d.notices and len(d.all(CareDay)) == 1
        await d.press("ctrl+d", "enter")
        assert "撤回" in d.said("reason")
        await d.press("1", "enter")
        assert [one.state for one in d.all(CareDay)] == ["待看"]
        await d.press("ctrl+d")
        assert "没有 ✔" in d.notices and d.pilot.app.screen is screen


async def test_two_keys_at_once_tick_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        agreed(d)
        await listed(d)
        await d.at_once("f9", "f9")
        assert [one.state for one in d.all(CareDay)] == ["已见"]


async def test_who_is_found_by_room_is_ticked_with_space(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        agreed(d)
        d.store.act(AGREED.model_copy(update={"said_by": "王磊"}), staff.COMMAND_LINE, "p-3-2-502-0")
        screen = await listed(d)
        assert screen.table.row_count == 2
        await d.press(*"32502", "space")
        assert [one.person for one in d.all(CareDay)] == ["p-3-2-502-0"]


async def test_who_was_not_seen_is_rung_and_knocked_for_in_turn(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        agreed(d)
        screen = await listed(d)
        assert "^U 打电话" in side(d)
        await d.press("ctrl+u")
        assert isinstance(d.form, Try) and d.typed("rung") == "打电话"
        await d.press("1", "enter")
        assert "! 打电话" in row(screen)[3] and "^U 敲门" in side(d)
        await d.press("ctrl+u", "1", "enter")
        await d.press("ctrl+u", "1", "enter")
        assert "再敲" in d.said("rung") and len(d.all(CareStep)) == 2
        await d.press("escape", "2")
        assert d.pilot.app.screen is screen
        await d.press("ctrl+o", "2", "1", "ctrl+s")
        assert [(one.state, one.outcome) for one in d.all(CareDay)] == [("已结", "平安")]


async def test_closing_what_nobody_began_says_what_to_do_first(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        agreed(d)
        await listed(d)
        await d.press("ctrl+o", "2", "1", "ctrl+s")
        assert "还没有找过人" in d.said("form") and not d.all(CareDay)


async def test_a_door_is_opened_before_a_second_person_by_pin(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        agreed(d)
        await listed(d)
        await d.press("ctrl+u")
        for name, text in (("rung", "110入户"), ("answer", "通了"), ("way_in", "警方开门"), ("urgent", "是")):
            d.form.query_one(f"#{name}", Input).value = text
        await d.pilot.pause()
        d.form.query_one("#note", Input).value = "屋里有呼救声"
        await d.press("ctrl+s")
        assert "见证人" in d.said("witness") and not d.all(CareStep)
        d.form.query_one("#approver", Input).value = "王芳"
        d.form.query_one("#pin", Input).value = "000000"
        await d.press("ctrl+s")
        assert "密码不对" in d.said("pin")
        d.form.query_one("#pin", Input).value = PIN["王芳"]
        await d.press("ctrl+s")
        assert [(one.rung, one.way_in, one.urgent) for one in d.all(CareStep)] == [("110入户", "警方开门", True)]


async def test_a_guard_sees_neither_phone_nor_words(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        agreed(d)
        d.store.act(DAUGHTER, staff.COMMAND_LINE)
        await listed(d)
        await d.press("ctrl+u")
        assert d.form.query_one("#contact", Input).value == "" and "张敏" not in str(
            d.form.query_one("#contact", Input).parent.query_one(".options", Static).render()  # type: ignore[union-attr]
        )
        d.form.query_one("#note", Input).value = "老人昨天说头晕"
        await d.press("1", "ctrl+s")
        assert len(d.all(CareStep)) == 1
        for word in ("头晕", "0001234", "****", "张秀兰", "A 档"):
            assert word not in side(d)
        await d.press("f8")
        assert "岗位" in d.notices and not isinstance(d.pilot.app.screen, Form)


async def test_care_is_agreed_to_from_the_card(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household("3-2-502")
        await d.press("ctrl+f", "1")
        assert isinstance(d.form, Agree) and d.typed("room") == "3-2-502"
        await d.press("1", "enter", "9", "enter")
        d.form.query_one("#flags", Input).value = "14"
        await d.press("tab")
        d.form.query_one("#tier", Input).focus()
        await d.press("3", "1")
        assert d.typed("said_by") == "王磊"
        await d.press("ctrl+s")
        person = next(one for one in d.all(Person) if one.name == "王磊")
        assert (person.care, person.tier, person.consent, person.care_who) == ("独居,不便", "B", "同意", "本人")
        jobs = d.store.look(lambda db: db.execute("SELECT kind FROM print_job WHERE doc_id = ?", (person.id,)).fetchall())
        assert jobs == [("consent",)]


async def test_a_wrong_flag_or_nobody_s_word_stands_beside_its_field(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await listed(d)
        await d.press("f8")
        await d.scan("32502")
        d.form.query_one("#person", Input).value = "不认识"
        await d.press("ctrl+s")
        assert "按数字选" in d.said("person")
        for name, text in (("person", "王磊"), ("flags", "高血压"), ("who", "本人")):
            d.form.query_one(f"#{name}", Input).value = text
        d.form.query_one("#said_by", Input).value = ""
        await d.press("ctrl+s")
        assert "病情不登记" in d.said("flags") or "同意的" in d.said("said_by")
        assert next(one for one in d.all(Person) if one.name == "王磊").care == ""


async def test_care_is_withdrawn_from_the_card(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        agreed(d)
        await d.household()
        assert "关怀  张秀兰 " in card(d)
        await d.press("ctrl+f", "3", "1")
        await d.press("ctrl+s")
        assert "谁提出" in d.said("said_by")
        d.form.query_one("#said_by", Input).value = "张秀兰"
        await d.press("ctrl+s")
        person = next(one for one in d.all(Person) if one.name == "张秀兰")
        assert (person.care, person.tier, person.consent) == ("", "", "撤回") and "关怀  " not in card(d)


async def test_a_contact_is_listed_put_right_told_and_taken_off(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("ctrl+f", "3", "1")
        for name, text in (("name", "张敏"), ("relation", "1"), ("phone", "1390000"), ("agreed_by", "张秀兰"), ("quiet", "22")):
            d.form.query_one(f"#{name}", Input).value = text
        await d.press("ctrl+s")
        assert "不是电话号码" in d.said("phone")
        d.form.query_one("#phone", Input).value = "13900008888"
        await d.press("ctrl+s")
        assert "两个钟点" in d.said("quiet")
        d.form.query_one("#quiet", Input).value = "22-7"
        await d.press("ctrl+s")
        (one,) = d.all(Contact)
        assert (one.relation, one.phone, one.quiet_from, one.quiet_to, one.place) == ("女儿", "13900008888", 22, 7, 1)
        assert "联系 女儿 张敏 139****8888（可告知） 静默 22–7" in card(d)
        await d.press("ctrl+f", "3", "1", "2")
        assert d.typed("phone") == "139****8888"
        d.form.query_one("#quiet", Input).value = ""
        await d.press("ctrl+s")
        (one,) = d.all(Contact)
        assert (one.phone, one.quiet_from) == ("13900008888", None)
        await d.press("ctrl+f", "3", "1", "1", "1", "enter", "2", "enter")
        await d.press("ctrl+s")
        assert d.all(Contact)[0].told == "平安，一切正常"
        await d.press("ctrl+f", "3", "1", "3", "2", "enter")
        assert [(one.state, one.reason) for one in d.all(Contact)] == [("已撤下", "号码停用")]


async def test_what_two_desks_did_to_a_contact_is_settled_though_it_is_over(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        contact = d.store.act(DAUGHTER, staff.COMMAND_LINE).record.id
        d.store.act(ContactEnded(reason="号码停用"), staff.COMMAND_LINE, contact)
        changed = DAUGHTER.model_dump(mode="json", exclude={"room"}) | {"place": 1}
        d.store.transact(
            lambda db: journal.append(
                db, kind="contact.changed", subject=contact, by="x", body=changed, personal={}, number="", now=d.store.now()
            )
        )
        d.store.rebuild()
        await d.household()
        await d.press("ctrl+f", "3", "1", "1", "1", "enter")
        assert [(one.state, one.doubt) for one in d.all(Contact)] == [("已撤下", "")]


async def test_an_instruction_shows_on_the_card_and_in_the_forms_of_its_moment(tmp_path: Path) -> None:
    async with desk(tmp_path, "李敏") as d:
        await d.household()
        await d.press("ctrl+f", "4", "1", "2")
        assert d.typed("moment") == "快递"
        await d.press("2", "enter")
        d.form.query_one("#said_by", Input).value = "张秀兰"
        await d.press("ctrl+s")
        assert [(one.sort, one.text, one.moment) for one in d.all(Instruction)] == [
            ("外出停收", "外出，快递请快递员带回", "快递")
        ]
        assert "〔外出停收〕" in card(d)
        for key, shown in (("f5", True), ("f4", False), ("f3", False), ("f6", False)):
            await d.press(key)
            place = d.form.query_one("#minded", Static)
            assert ("带回" in str(place.render())) is shown and place.has_class("hidden") is not shown
            await d.press("escape")


@pytest.mark.parametrize("key", ["f3", "f4", "f5", "f6"])
async def test_what_always_holds_is_shown_in_every_job_of_the_room(tmp_path: Path, key: str) -> None:
    before: Sequence[Event] = [ASKED, *([parcel("SF1234567890123")] if key == "f5" else [])]
    async with desk(tmp_path, "李敏", before) as d:
        await d.household()
        await d.press(key)
        assert "请先打电话再敲门" in str(d.form.query_one("#minded", Static).render())


async def test_what_one_household_asked_does_not_stand_there_for_the_next(tmp_path: Path) -> None:
    async with desk(tmp_path, before=[ASKED]) as d:
        await d.place("f4")
        await d.press("f8")
        place = d.form.query_one("#minded", Static)
        assert place.has_class("hidden")
        await d.scan("32501")
        assert "先打电话" in str(place.render()) and not place.has_class("hidden")
        box = d.form.query_one("#room", Input)
        box.value = ""
        await d.pilot.pause()
        assert place.has_class("hidden")
        box.value = "32502"
        box.focus()
        await d.press("enter")
        assert place.has_class("hidden")


async def test_a_key_is_kept_taken_and_put_back_before_two(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("ctrl+f", "5", "1", "1", "enter")
        for name, text in (("bag", "B1"), ("owner", "张秀兰"), ("signed", "已签字"), ("approver", "老周"), ("pin", "1")):
            d.form.query_one(f"#{name}", Input).value = text
        await d.press("ctrl+s")
        assert "密码不对" in d.said("pin") and not d.all(KeyHeld)
        d.form.query_one("#pin", Input).value = PIN["老周"]
        await d.press("ctrl+s")
        assert [(one.state, one.bag) for one in d.all(KeyHeld)] == [("在库", "B1")] and "封袋 B1" in card(d)
        await d.press("ctrl+f", "5", "1", "1", "2", "1", "enter")
        d.form.query_one("#approver", Input).value = "老周"
        d.form.query_one("#pin", Input).value = PIN["老周"]
        await d.press("ctrl+s")
        assert [(one.state, one.reason) for one in d.all(KeyHeld)] == [("取出", "报修")] and "! " in card(d)
        await d.press("ctrl+f", "5", "1", "1")
        assert "还回钥匙" in str(d.form.title)
        for name, text in (("bag", "B1"), ("after", "门已锁好"), ("approver", "老周"), ("pin", PIN["老周"])):
            d.form.query_one(f"#{name}", Input).value = text
        await d.press("ctrl+s")
        assert "已经用过" in d.said("bag")
        d.form.query_one("#bag", Input).value = "B2"
        await d.press("ctrl+s")
        assert [(one.state, one.bag) for one in d.all(KeyHeld)] == [("在库", "B2")]


async def test_a_favour_is_written_down_and_what_must_not_be_touched_is_refused(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        await d.household()
        await d.press("ctrl+f", "3", "1", "4")
        d.form.query_one("#text", Input).value = "代买处方药"
        await d.press("ctrl+s")
        assert "处方药不经手" in d.said("text")
        d.form.query_one("#text", Input).value = "感冒药"
        d.form.query_one("#minutes", Input).value = "很久"
        await d.press("ctrl+s")
        assert d.said("minutes")
        d.form.query_one("#minutes", Input).value = "20"
        await d.press("ctrl+s")
        assert [(one.sort, one.helper, one.minutes) for one in d.all(Favour)] == [("代买药", "老周", 20)]
        assert "帮忙  本月 1 次" in card(d)


async def test_a_phone_is_put_right_with_proof_somebody_moves_in_and_somebody_out(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.household()
        await d.press("ctrl+f", "7", "1", "1")
        await d.press("ctrl+s")
        assert "没有改动" in d.said("name")
        d.form.query_one("#phone", Input).value = "13711112222"
        await d.press("ctrl+s")
        assert "凭什么改" in d.said("proof") and "张" not in d.said("proof")
        d.form.query_one("#proof", Input).value = "回拨原号码"
        await d.press("ctrl+s")
        assert next(one for one in d.all(Person) if one.name == "张秀兰").phone == "13711112222"
        await d.press("ctrl+f", "7", "3")
        d.form.query_one("#name", Input).value = "李建国"
        d.form.query_one("#role", Input).value = "家属"
        await d.press("ctrl+s")
        assert "已登记在" in d.said("name")
        d.form.query_one("#name", Input).value = "何阿姨"
        await d.press("ctrl+s")
        assert "何阿姨 家属" in card(d)
        await d.press("ctrl+f", "7", "2", "3", "2", "enter")
        assert [one.person for one in d.all(Home) if one.ended] == [f"p-{ROOM}-1"] and "李建国" not in card(d)


async def test_the_list_goes_on_paper_for_a_round(tmp_path: Path) -> None:
    async with desk(tmp_path, "老周") as d:
        agreed(d)
        await listed(d)
        await d.press("f12", "f12")
        sql = "SELECT plain FROM print_job WHERE kind = 'round'"
        ((text,),) = d.store.look(lambda db: db.execute(sql).fetchall())
        assert "□ 3-2-501" in text and "张*兰" in text and "张秀兰" not in text
        await d.press("space", "f12")
        assert "都见到了" in d.notices


async def test_things_to_lend_are_counted_and_run_out(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        await d.place("ctrl+n")
        await d.press("ctrl+o", "1", "1", "enter", "x", "enter")
        assert d.said("count")
        d.form.query_one("#count", Input).value = "1"
        await d.press("ctrl+s")
        assert [(one.item, one.count) for one in d.all(Stock)] == [("轮椅", 1)]
        for said in ("", "都借出去了"):
            await d.press("f8", "3")
            assert ("轮椅还有 1" if not said else "轮椅还有 0") in str(d.form.query_one(".form-lead", Static).render())
            await d.press("1", "enter")
            d.form.query_one("#holder", Input).value = "张敏"
            await d.press("ctrl+s")
            if said:
                assert said in d.said("text")


async def test_lost_property_of_thirty_days_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from desk.notes import Left

    async with desk(tmp_path, before=[Left(sort="失物", text="黑色雨伞")], ago=timedelta(days=31)) as d:
        monkeypatch.setattr(fields, "wall", datetime.now)
        screen = await d.place("ctrl+n")
        assert str(screen.table.get_row_at(0)[3]) == "! 满30天" and "送派出所" in side(d)


@pytest.mark.parametrize(
    ("typed", "kept"), [("13", "独居,大字"), ("１ 4", "独居,不便"), ("独居、大字", "独居、大字"), ("9", "9"), ("", "")]
)
def test_flags_as_typed(typed: str, kept: str) -> None:
    assert flags_of(typed) == kept


def test_each_form_that_serves_a_room_names_its_moment() -> None:
    served = (parcel_intake.TakeIn, parcel_forms.HandOver, visit_forms.Arrive, repair_forms.Report, pay.Pay)
    said = [form.moment for form in served]
    assert set(said) == set(MOMENTS[1:])
