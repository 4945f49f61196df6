"""The desk's tray of slips: what is to be printed, what was, and what nobody can be sure of.

Bytes and text are frozen when a slip is put in, in the transaction of the act it belongs to. A slip goes
queued → sending → confirmed or uncertain; `sending` is committed before the first byte, so a slip is sent at most once
without a person: an uncertain one waits until someone has looked at the paper. The caller owns every transaction.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from printers import thermal
from printers.jobs import Database, job, now
from printers.slip import Row, Slip, layout, plain
from printers.thermal import Profile

BY_ITSELF = "自动"  # who printed again what nobody asked for


def reprint_mark(number: int, at_ms: int, operator: str) -> str:
    """What a slip printed again says under its title, in the PC's local time."""
    at = datetime.fromtimestamp(at_ms / 1000)
    return f"※补打 第{number}次※ {at:%Y-%m-%d %H:%M} 经办 {operator}"


def _put(
    db: Database, slip: Slip, profile: Profile, fields: dict[str, Any], copy: str, mark: str, supersedes: int | None
) -> int:
    rows = layout(slip, profile.columns, copy, mark)
    values = fields | {
        "copy": copy,
        "mark": mark,
        "payload": thermal.encode(rows, profile),
        "plain": plain(rows, profile.columns),
        "money": int(slip.money),
        "state": "queued",
        "supersedes": supersedes,
    }
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    added = db.execute(f"INSERT INTO print_job({names}) VALUES({marks})", tuple(values.values())).lastrowid
    assert added is not None, "an INSERT of one row has a row id"
    return added


def _of_request(db: Database, request_key: str | None) -> list[int]:
    if request_key is None:
        return []
    return [
        row[0] for row in db.execute("SELECT id FROM print_job WHERE request_key = ? ORDER BY id", (request_key,)).fetchall()
    ]


def _before(db: Database, doc_id: str, kind: str, copy: str) -> tuple[int, bool, int]:
    """Of this copy: the next seq, whether one may be on paper or is still to come, the number of the next 补打."""
    row = db.execute(
        "SELECT coalesce(max(seq) + 1, 0), count(*) FILTER (WHERE state != 'cancelled' OR id IN"
        " (SELECT job_id FROM print_attempt WHERE outcome != 'not-started')), 1 + count(*) FILTER (WHERE mark != '')"
        " FROM print_job WHERE doc_id = ? AND kind = ? AND copy = ?",
        (doc_id, kind, copy),
    ).fetchone()
    return row[0], bool(row[1]), row[2]


def enqueue(
    db: Database,
    *,
    kind: str,
    doc_id: str,
    doc_no: str,
    slip: Slip,
    printer: str,
    profile: Profile,
    at_ms: int,
    operator: str,
    mark: str = "",
    request_key: str | None = None,
) -> list[int]:
    """Put a slip in the tray of `printer`: one job per copy, bytes and text frozen now. Returns the jobs' numbers.

    The same `request_key` again puts nothing in and returns the same jobs. A document of which this copy went in
    before gets the reprint mark by itself (first print = original, any later = 补打). Only the first copy opens
    the drawer. Raises ValueError as `layout` does.
    """
    known = _of_request(db, request_key)
    if known:
        return known
    added: list[int] = []
    fields: dict[str, Any] = {"kind": kind, "doc_id": doc_id, "doc_no": doc_no, "printer": printer, "operator": operator}
    fields |= {"created": at_ms, "request_key": request_key, "slip": slip.to_json(), "profile": json.dumps(asdict(profile))}
    for copy in slip.copies:
        seq, printed, nth = _before(db, doc_id, kind, copy)
        said = mark or (reprint_mark(nth, at_ms, operator) if printed else "")
        added.append(_put(db, slip, profile, fields | {"seq": seq}, copy, said, None))
    return added


def reprint(
    db: Database,
    job_id: int,
    mark: str,
    operator: str,
    at_ms: int,
    request_key: str | None = None,
    reason: str = "未出纸，已补打",
) -> int:
    """Print a job again as it was, under a mark, with the drawer shut. Returns the new job's number.

    `mark` "" stands for ※补打 第n次※ with time and operator. Of a copy that is still to come (queued or being sent,
    this job or a later one) nothing more goes in and that job is returned: one key pressed twice prints once. An
    uncertain job counts as not printed and is closed with `reason`. Raises ValueError when there is no such job or its
    content was erased.
    """
    known = _of_request(db, request_key)
    if known:
        return known[0]
    old = job(db, job_id)
    to_come = "SELECT max(id) FROM print_job WHERE doc_id = ? AND kind = ? AND copy = ? AND state IN ('queued', 'sending')"
    [coming] = db.execute(to_come, (old.doc_id, old.kind, old.copy)).fetchone()
    if coming is None:
        slip, profile = db.execute("SELECT slip, profile FROM print_job WHERE id = ?", (job_id,)).fetchone()
        if not slip:
            raise ValueError(f"{old.doc_no} 的内容已按规定删除，不能补打")
        seq, _, nth = _before(db, old.doc_id, old.kind, old.copy)
        fields = {"kind": old.kind, "doc_id": old.doc_id, "doc_no": old.doc_no, "printer": old.printer, "seq": seq}
        fields |= {"operator": operator, "created": at_ms, "request_key": request_key, "slip": slip, "profile": profile}
        said = mark or reprint_mark(nth, at_ms, operator)
        coming = _put(db, Slip.from_json(slip), Profile(**json.loads(profile)), fields, old.copy, said, old.id)
    if old.state == "uncertain":
        db.execute(
            "UPDATE print_job SET state = 'cancelled', reason = ?, confirmed_by = ?, done = ? WHERE id = ?",
            (reason, operator, at_ms, job_id),
        )
    return int(coming)


def retry(db: Database, job_id: int) -> bool:
    """Print a harmless slip that came to grief once more by itself, marked; whether it was done.

    Never money, never what a person or this has printed again already, never what is no longer in doubt.
    """
    old = job(db, job_id)
    if old.money or old.supersedes is not None or old.state != "uncertain":
        return False
    reprint(db, job_id, "", BY_ITSELF, now(), reason=f"{old.reason.split('：')[0]}：已自动补打一张")
    return True


def spelled(db: Database, job_id: int) -> str:
    """The characters of a job that come out as [U+XXXX], each once: its printer lacks them and no font here has them."""
    profile, text = db.execute("SELECT profile, plain FROM print_job WHERE id = ?", (job_id,)).fetchone()
    held = Profile(**json.loads(profile))
    return thermal.missing(tuple(map(Row, text.split("\n"))), held.charset, held.font)


def settle(db: Database, job_id: int, answer: str, by: str) -> None:
    """A person's word on a job: "printed" (已出纸, of an uncertain one) or "cancel" (作废, uncertain or queued).

    Raises ValueError with a Chinese sentence when the job is past such an answer.
    """
    match answer:
        case "printed":
            state, open_states = "confirmed", ("uncertain", "uncertain")
        case "cancel":
            state, open_states = "cancelled", ("uncertain", "queued")
        case _:
            raise ValueError(f"不认识的答复 {answer}，只有 printed、cancel")
    changed = db.execute(
        "UPDATE print_job SET state = ?, confirmed_by = ?, done = ? WHERE id = ? AND state IN (?, ?)",
        (state, by, now(), job_id, *open_states),
    ).rowcount
    if changed != 1:
        words = {
            "queued": "还没开始打",
            "sending": "正在打印",
            "confirmed": "已经打好",
            "cancelled": "已经作废",
            "uncertain": "",
        }
        raise ValueError(f"这张{words[job(db, job_id).state]}，不能改：请刷新再看")


def recover(db: Database, printer: str | None = None) -> int:
    """After a start: a job found `sending` (of one printer, or any) was cut short and becomes uncertain. How many."""
    reason = "上次打印到一半程序停了：请看是否出纸，再点“已出纸”或“补打”"
    which = "SELECT id FROM print_job WHERE state = 'sending' AND done IS NULL AND printer = coalesce(?, printer)"
    cut_short = [row[0] for row in db.execute(which, (printer,)).fetchall()]
    for job_id in cut_short:
        db.execute("UPDATE print_job SET state = 'uncertain', reason = ? WHERE id = ?", (reason, job_id))
        db.execute(
            "UPDATE print_attempt SET ended = ?, outcome = 'interrupted' WHERE job_id = ? AND ended IS NULL", (now(), job_id)
        )
    return len(cut_short)


def adopt(db: Database, printers: Sequence[str], heir: str) -> int:
    """Give what waits for a printer that is no longer there to `heir`, so that no slip waits for ever. How many.

    What was being sent to such a printer when the program stopped becomes uncertain: no worker will come for it.
    """
    holes = ", ".join("?" * len(printers))
    left = f"SELECT DISTINCT printer FROM print_job WHERE done IS NULL AND state = 'sending' AND printer NOT IN ({holes})"
    for (printer,) in db.execute(left, tuple(printers)).fetchall():
        recover(db, printer)
    waiting_for_none = f"UPDATE print_job SET printer = ? WHERE done IS NULL AND state = 'queued' AND printer NOT IN ({holes})"
    return db.execute(waiting_for_none, (heir, *printers)).rowcount


def forget(db: Database, doc_id: str) -> int:
    """Erase what the finished slips of a document said; that they were printed stays. Returns how many."""
    return db.execute(
        "UPDATE print_job SET slip = '', plain = '', payload = x'' WHERE doc_id = ? AND done IS NOT NULL", (doc_id,)
    ).rowcount
