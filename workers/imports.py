"""Imports of contacts, and the look for those that nobody is at."""

from astronote.db import system_transaction
from astronote.services import import_files, import_run, imports
from workers.actors import actor, ring_or_run


@actor(imports.ACTOR, time_limit=3_600_000)
def import_contacts(job_id: int) -> None:
    """Bring one import to its end, from its checkpoint."""
    import_run.run(job_id)


@actor("imports.resume", max_age=60_000)
def resume() -> None:
    """Ring for imports whose worker died or whose ring was lost; drop left-over files."""
    with system_transaction() as session:
        waiting = imports.stale(session)
        needed = imports.open_files(session)
    for job_id in waiting:
        ring_or_run(imports.ACTOR, job_id)
    import_files.remove_abandoned(needed)
