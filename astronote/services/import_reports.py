"""Files around an import, piece by piece: the template, and the rows that were rejected."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from astronote.models import ImportRow
from astronote.services import imports, shops
from astronote.services.cells import Cell
from astronote.services.import_template import template_workbook, write_rejects
from astronote.words import Language, translate

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_IN_MEMORY: Final = 1 << 20
_CHUNK: Final = 1 << 16


def template(session: Session, shop_id: int, language: Language) -> Iterator[bytes]:
    """A workbook to fill in, with an example of the shop's country."""
    return iter([template_workbook(language, shops.get(session, shop_id).country)])


def rejects(session: Session, shop_id: int, job_id: int, language: Language) -> Iterator[bytes]:
    """A workbook of the rejected rows as they were, each with its number and reasons.

    Beyond a megabyte it lies on disk while it is sent.

    Raises:
        NotFound: no such import in this shop.
    """
    job = imports.find(session, shop_id, job_id)
    named = job.options.get("headers")
    headers = [str(name) for name in named] if isinstance(named, list) else []
    made: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
    write_rejects(headers, _rejected(session, shop_id, job_id, language), made, language)
    made.seek(0)
    return _pieces(made)


def _rejected(
    session: Session, shop_id: int, job_id: int, language: Language
) -> Iterator[tuple[int, list[Cell], list[str]]]:
    found = session.execute(
        sa.select(col(ImportRow.row_number), col(ImportRow.cells), col(ImportRow.errors))
        .where(col(ImportRow.shop_id) == shop_id, col(ImportRow.job_id) == job_id)
        .order_by(col(ImportRow.row_number))
        .execution_options(yield_per=1_000)
    )
    for number, cells, errors in found:
        yield number, cells, [translate(error["message"], language) for error in errors]


def _pieces(made: IO[bytes]) -> Iterator[bytes]:
    with made:
        while piece := made.read(_CHUNK):
            yield piece
