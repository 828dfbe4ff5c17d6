"""The clock that a product under test may be given."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from astronote import clock
from astronote.settings import settings

DAY = timedelta(days=1)


@pytest.fixture
def clock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that every process of a product reads."""
    file = tmp_path / "clock"
    monkeypatch.setenv("ASTRONOTE_CLOCK_FILE", str(file))
    return file


def ahead() -> timedelta:
    """How far the clock is from the real time, to the minute."""
    return timedelta(minutes=round((clock.now() - datetime.now(UTC)).total_seconds() / 60))


def test_a_file_moves_the_time_and_moves_it_again(clock_file: Path) -> None:
    assert ahead() == timedelta()
    clock_file.write_text(str(DAY.total_seconds()))
    assert ahead() == DAY
    clock_file.write_text(str(3 * DAY.total_seconds()))
    assert ahead() == 3 * DAY


@pytest.mark.parametrize("written", ["", "tomorrow", "nan"])
def test_what_is_no_number_of_seconds_moves_nothing(clock_file: Path, written: str) -> None:
    clock_file.write_text(written)
    assert ahead() == timedelta()


def test_in_production_the_file_means_nothing(
    clock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_file.write_text(str(DAY.total_seconds()))
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/astronote")
    monkeypatch.delenv("ASTRONOTE_EMBEDDED")
    settings.cache_clear()
    try:
        assert ahead() == timedelta()
    finally:
        monkeypatch.undo()
        settings.cache_clear()
