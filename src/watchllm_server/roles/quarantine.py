"""The command `watchllm quarantine`: a damaged queue goes to `quarantine/`, and what can be read of it goes on."""

from __future__ import annotations

from watchllm_server.clock import SystemClock
from watchllm_server.data_folder import DataFolder
from watchllm_server.errors import SettingsError
from watchllm_server.settings import Settings
from watchllm_server.wiring.stores import queue_damage, salvage_queue


def run(settings: Settings, *, is_forced: bool) -> list[str]:
    """Do so while no server runs; returns what was done, in lines for a person.

    Raises SettingsError when there is no queue, or when a server holds the data folder.
    """
    with DataFolder(settings.data_dir):
        if settings.has_redis_queue:
            raise SettingsError("the queue is in Redis: `redis-check-aof` looks at its files")
        if not settings.queue_path.exists():
            raise SettingsError(f"there is no queue at {settings.queue_path}")
        damage = queue_damage(settings)
        if not damage and not is_forced:
            return [f"nothing is wrong with {settings.queue_path}; nothing was moved"]
        done = salvage_queue(settings, SystemClock())
        lost = (
            "an unknown number of waiting events" if done.lost_events is None else f"{done.lost_events} waiting events"
        )
        return [
            f"{settings.queue_path} is damaged: {damage or 'as --force says'}",
            f"it was moved to {done.moved_to}",
            f"{done.entries} entries go on, with {done.waiting_events} events that wait to be stored",
            f"{done.without_body} entries are without their body: their events become dead letters (queue_damaged)",
            f"{lost} are gone",
        ]
