"""The book of events: outages (公共事件) and incidents (突发事件), what stands first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text

from desk import fields, incidents, outages, places, staff
from desk.incident_events import Closed, Corrected, Joined, Parted
from desk.incidents import Incident
from desk.outages import Outage, Withdrawn
from desk.paper import print_now
from screens import incident_forms, outage_forms
from screens.counter import SHOWN, Counter, Way, hour
from screens.emergency import Emergency, may_announce, tell_more
from screens.form import Form

if TYPE_CHECKING:
    from sqlmodel import Session

    from data.store import Done


class Events(Counter):
    """What is not closed or stands first, then the latest of both."""

    heading: ClassVar[str] = "事件簿"
    looking_for: ClassVar[str] = "单号 / 楼栋 / 类别；F8 登记公共事件，Ctrl+Z 突发事件"
    columns = (("单号", 8), ("事件", 14), ("地点", 10), ("状态", 8))

    def on_mount(self) -> None:
        """The hour goes on while nobody presses a key."""
        self.set_interval(30, self.reload)

    def rows(self, read: Session, text: str) -> Sequence[Incident | Outage]:
        """Both kinds in one list."""
        still: list[Incident | Outage] = [*incidents.open_incidents(read), *outages.standing(read)]
        latest: list[Incident | Outage] = [*incidents.recent(read), *outages.recent(read)]
        latest.sort(key=lambda one: one.opened_at, reverse=True)
        listed = {one.id: one for one in (*still, *latest)}
        if not text:
            return list(listed.values())[:SHOWN]
        records, rooms = self.meant(read, text, "events")
        for older in records - listed.keys():
            if one := read.get(Incident, older) or read.get(Outage, older):
                listed[older] = one
        return [
            one
            for one in listed.values()
            if one.id in records or any(touches(one, room) for room in rooms) or text in f"{called(one)} {one.place}"
        ]

    def cells(self, record: Any) -> Sequence[str]:
        """Number, what, where, and how it stands."""
        place = record.place or getattr(record, "room", "")
        return record.number, called(record), place, standing(record)

    def detail(self, read: Session, record: Any) -> Text:
        """All that is told of it."""
        return self.incident(read, record) if isinstance(record, Incident) else self.outage(read, record)

    def outage(self, read: Session, record: Outage) -> Text:
        """What is told, and which repairs belong to it."""
        people, said = staff.names(read), Text()
        said.append(f"{record.number}  {outages.called(record)}  {standing(record)}\n", "bold")
        said.append(f"{record.place}\n{outages.span(record, fields.wall())}\n")
        said.append(f"给住户的话  {record.say}\n", "bold")
        said.append(f"登记  {hour(record.opened_at)} {people.get(record.opened_by, '其他前台')}\n")
        said.append(f"恢复  {hour(record.ended_at)}\n" if record.ended_at else "")
        said.append(f"取消  {record.reason}\n" if record.reason else "")
        found = outages.linked(read, record)
        said.append(f"相关报修  {len(found)} 单\n" if found else "")
        for one in found[:8]:
            said.append(f"  {one.number} {one.room} {one.state}\n")
        if outages.next_step(record):
            said.append("\nF9 已恢复\n", "bold")
        return said

    def incident(self, read: Session, record: Incident) -> Text:
        """Minute by minute, and whom it concerns."""
        people, said = staff.names(read), Text()
        said.append(f"{record.number}  {record.sort}  {standing(record)}\n", "bold")
        said.append(f"{' '.join(filter(None, (record.place, record.room)))}\n" if record.place or record.room else "")
        for one in incidents.lines(read, record):
            words = " ".join(filter(None, (one.step, one.room, one.text)))
            said.append(f"{hour(one.at)} {words} {people.get(one.by, '其他前台')}\n")
        for visit in incidents.visits_of(read, record):
            said.append(f"访客单  {visit.number} {visit.room} {visit.category}\n")
        if record.into and (other := read.get(Incident, record.into)):
            said.append(f"并到  {other.number} {incidents.called(other)}\n")
        for other in incidents.joined_to(read, record):
            said.append(f"并入  {other.number} {other.opened_at[11:16]}\n")
        if record.state == incidents.OPEN:
            said.append(f"\nF9 {'结案' if self.post in Closed.roles else '记一笔'}\n", "bold")
        return said

    def new_form(self, room: str = "") -> Form | None:
        """An outage; an incident is Ctrl+Z."""
        if may_announce(self.desk):
            return outage_forms.Announce()
        self.notify("公共事件白天请前台登记；突发事件按 Ctrl+Z", severity="warning")
        return None

    async def next_step(self, record: Any) -> Done | None:
        """An outage is over; an incident is closed by a supervisor, others add to it."""
        if isinstance(record, Outage):
            if outages.next_step(record) is None:
                self.notify(f"{record.number} {record.state}，不用再办")
                return None
            with self.desk.store.read() as read:
                count = len(outages.linked(read, record))
            return await self.app.push_screen_wait(outage_forms.End(record, count))
        if record.state != incidents.OPEN:
            self.notify(f"{record.number} {record.state}，要补记请主管按 Ctrl+O 更正")
            return None
        form = incident_forms.Close(record) if self.post in Closed.roles else None
        return await (self.app.push_screen_wait(form) if form else tell_more(self.desk, record))

    def others(self, record: Any) -> Sequence[tuple[str, Way]]:
        """Corrections, and what is rarer."""
        if isinstance(record, Outage):
            return self.outage_ways(record)
        return self.incident_ways(record) if isinstance(record, Incident) else ()

    def outage_ways(self, record: Outage) -> list[tuple[str, Way]]:
        """What is told is put right, or it does not take place."""
        if outages.next_step(record) is None:
            return []
        ways: list[tuple[str, Way]] = [
            ("更正：时间、说法、再打通知", lambda: self.app.push_screen_wait(outage_forms.Correct(record)))
        ]
        if self.post in Withdrawn.roles:
            ways.append(("取消：改期、登记错了", lambda: self.app.push_screen_wait(outage_forms.Withdraw(record))))
        return ways

    def incident_ways(self, record: Incident) -> list[tuple[str, Way]]:
        """What to do, a line more, paper; for a supervisor corrections and joining."""
        ways: list[tuple[str, Way]] = []
        if record.state == incidents.OPEN:
            ways += [
                ("打哪个电话、怎么说", lambda: self.shown(record)),
                ("记一笔", lambda: tell_more(self.desk, record)),
            ]
        ways.append(("打事件记录", lambda: self.printed(record)))
        if self.post in Corrected.roles:
            ways.append(("更正、补记", lambda: self.app.push_screen_wait(incident_forms.Correct(record))))
        if self.post in Joined.roles and record.state == incidents.OPEN:
            ways.append(("并案：和另一件是同一件", lambda: incident_forms.join(self.desk, record)))
        if self.post in Parted.roles and record.state == incidents.JOINED:
            ways.append(("撤销并案", lambda: self.app.push_screen_wait(incident_forms.Part(record))))
        return ways

    async def shown(self, record: Incident) -> None:
        """Whom to ring, as when it began."""
        await self.app.push_screen_wait(Emergency(record.sort, record.id))

    async def printed(self, record: Incident) -> None:
        """Its lines as they stand now, on paper."""
        desk = self.desk
        assert desk.actor is not None and desk.config is not None
        with desk.store.read() as read:
            slip = incidents.sheet(read, record, desk.actor)
        print_now(desk.store, desk.config, desk.home, slip, record, desk.actor)
        desk.wake()
        self.notify(f"事件记录 {record.number} 已送打印机")


def called(record: Incident | Outage) -> str:
    """What it is, without where."""
    return record.sort if isinstance(record, Incident) else outages.called(record)


def touches(record: Incident | Outage, room: str) -> bool:
    """Whether it concerns a room."""
    return record.room == room if isinstance(record, Incident) else places.touches(record.place, room)


def standing(record: Incident | Outage) -> str:
    """How it stands, with a mark where somebody must look."""
    if isinstance(record, Incident):
        mark = "! " if record.state == incidents.OPEN else ""
        return f"{mark}{record.state}"
    if outages.overdue(record, fields.wall()):
        return "! 超时"
    if record.state == outages.STANDING and record.begin > fields.moment_of(fields.wall()):
        return "未开始"
    return record.state
