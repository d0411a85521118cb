"""Plans in the SQLite queue: which events are repeats, decided in the transaction that keeps the decision.

No table of claimed events is needed: what other bundles have planned stands in their entries and plans. Reading the ids
of the two or three bundles that are open beside one of 10,000 events takes 3 ms.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Final

from watchllm_server.stores.queue.contract import Bundle, EventKey
from watchllm_server.stores.queue.contract.plans import Plan, new_events, pack_plan, read_plan
from watchllm_server.stores.queue.sqlite_bundles import check_fence, next_step, number_of

# Plans that were made before this one, of bundles whose rows may have come after the event store was asked under this
# lease: open ones, and those acknowledged since.
_OTHERS: Final = (
    "SELECT bundle_id, plan FROM bundles WHERE acknowledged_at_us IS NULL AND bundle_id != ?1"
    " AND planned_step BETWEEN 1 AND ?2"
    " UNION ALL SELECT bundle_id, plan FROM bundles WHERE acknowledged_step > ?3 AND planned_step BETWEEN 1 AND ?2"
)
_IDS: Final = (
    "SELECT e.project_id, n.event_ids FROM bundles b JOIN entries e ON e.sequence BETWEEN b.first_sequence AND"
    " b.last_sequence JOIN bodies n USING (sequence) WHERE b.bundle_id = ?"
)


def record(
    db: sqlite3.Connection, bundle: Bundle, repeats: Collection[EventKey], letters: Collection[EventKey]
) -> frozenset[EventKey]:
    """Keep the plan of a bundle; returns its repeats, those among them that others count as new."""
    check_fence(db, bundle)
    number = number_of(bundle.bundle_id)
    leased_step, planned_step, packed = db.execute(
        "SELECT leased_step, planned_step, plan FROM bundles WHERE bundle_id = ?", (number,)
    ).fetchone()
    if planned_step > leased_step and (plan := read_plan(packed)):
        return plan.repeats
    # A plan that was damaged keeps its place: others have seen it.
    step = planned_step or next_step(db)
    new = new_events(bundle, repeats, letters)
    all_repeats = frozenset(repeats).union(
        *(
            _new_in_both(db, new, other, read_plan(plan))
            for other, plan in db.execute(_OTHERS, (number, step, leased_step)).fetchall()
        )
    )
    db.execute(
        "UPDATE bundles SET plan = ?, planned_step = ? WHERE bundle_id = ?",
        (pack_plan(all_repeats, letters), step, number),
    )
    return all_repeats


def _new_in_both(db: sqlite3.Connection, new: dict[str, set[str]], other: int, plan: Plan | None) -> set[EventKey]:
    found = {
        (project_id, event_id)
        for project_id, event_ids in db.execute(_IDS, (other,))
        if project_id in new and isinstance(event_ids, str)
        for event_id in new[project_id].intersection(event_ids.split("\n"))
    }
    return found if plan is None else found - plan.repeats - plan.letters
