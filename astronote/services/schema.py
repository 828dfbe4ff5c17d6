"""Which revision of the database this code is written for."""

from functools import lru_cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

ROOT = Path(__file__).resolve().parents[2]


def alembic_config() -> Config:
    """Alembic's settings, wherever the program was started from."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "alembic"))
    return config


@lru_cache
def head_revision() -> str | None:
    """The newest migration's id."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()
