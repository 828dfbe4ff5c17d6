"""Bringing people in by a file, as the API and its worker do."""

from typing import Any

from astronote.db import transaction
from astronote.services import (
    contact_search,
    import_files,
    import_run,
    imports,
)
from astronote.services.contact_search import ContactFilter
from astronote.services.contacts import ContactRow
from astronote.services.imports import ImportJobRow, ImportOptions
from tests.support.shops import ShopUnderTest
from tests.support.spreadsheet_files import HEADERS, comma_separated


def upload(
    shop: ShopUnderTest, content: bytes, name: str = "people.csv", **options: Any
) -> ImportJobRow:
    """Start an import as the API does."""
    path = import_files.reserve()
    path.write_bytes(content)
    examined = imports.examine(path, name, options.pop("mapping", None))
    with transaction(shop.id) as session:
        return imports.start(session, shop.id, examined, ImportOptions(**options))


def outcome(shop: ShopUnderTest, job_id: int) -> ImportJobRow:
    with transaction(shop.id) as session:
        return imports.get(session, shop.id, job_id)


def bring_in(shop: ShopUnderTest, rows: Any, **options: Any) -> ImportJobRow:
    """Import rows of the usual columns to the end."""
    headers = options.pop("headers", HEADERS)
    job = upload(shop, comma_separated(rows, headers), **options)
    import_run.run(job.id)
    return outcome(shop, job.id)


def counts(job: ImportJobRow) -> tuple[int, int, int, int]:
    return job.created_count, job.updated_count, job.skipped_count, job.error_count


def everybody(shop: ShopUnderTest, **wanted: Any) -> dict[str, ContactRow]:
    with transaction(shop.id) as session:
        page = contact_search.search(session, shop.id, ContactFilter(**wanted), limit=200)
    return {contact.phone: contact for contact in page.items}


def phone(number: int) -> str:
    return f"+3069{number:08d}"
