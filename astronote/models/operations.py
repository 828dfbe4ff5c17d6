"""How the installation is doing: the operator's, no shop's."""

from datetime import datetime

from astronote.models.base import Field, SQLModel, created


class ProcessBeat(SQLModel, table=True):
    """A process that was alive at ``beat_at``; ``run`` is the `astronote up` that started it."""

    __tablename__ = "process_beat"

    id: str = Field(primary_key=True)
    kind: str
    run: str = ""
    started_at: datetime = created()
    beat_at: datetime = created()


class Metric(SQLModel, table=True):
    """A series of numbers that all processes add to; ``labels`` is JSON in a fixed order."""

    __tablename__ = "metric"

    name: str = Field(primary_key=True)
    labels: str = Field(primary_key=True)
    value: float
