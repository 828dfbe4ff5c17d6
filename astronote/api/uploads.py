"""Receiving a file: by multipart form, or as the raw body with its name in a header.

The body is counted as it comes, so that nobody fills the disk; what is over the limit is
read to its end and thrown away, because a browser shows an answer only when it has sent
everything.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from astronote.errors import BadRequest, Invalid, TooLarge, UnsupportedFile
from astronote.services import import_files
from astronote.services.spreadsheets import MAX_BYTES

_FORM_ROOM: Final = 256 * 1024
_MOST_DRAINED: Final = 200 * 1024 * 1024
_PIECE: Final = 1 << 20


@dataclass
class Received:
    """A file on disk, the name its sender gave it, and the form's other fields.

    It is deleted at the request's end unless the route says that it is ``kept``.
    """

    path: Path
    name: str
    fields: dict[str, str]
    kept: bool = False


async def received(request: Request) -> AsyncGenerator[Received, None]:
    """The request's file, stored privately, for a route.

    Raises:
        TooLarge: ``file_too_large``.
        UnsupportedFile: the body is no file at all.
        Invalid: a form without ``file``.
        BadRequest: a form that cannot be read.
    """
    found = await _receive(request)
    try:
        yield found
    finally:
        if not found.kept:
            import_files.discard(found.path)


Uploaded = Annotated[Received, Depends(received, scope="function")]


async def _receive(request: Request) -> Received:
    if is_form(request):
        return await _from_form(request)
    name = request.headers.get("x-file-name")
    if name is None:
        raise UnsupportedFile(
            "Send the file as a form (multipart/form-data) with the field file.",
            code="unsupported_file",
            field="file",
        )
    path = import_files.reserve()
    with _discarded_on_refusal(path):
        await _store(request, path)
    return Received(path, unquote(name), dict(request.query_params))


@contextmanager
def _discarded_on_refusal(path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        import_files.discard(path)
        raise


async def _store(request: Request, path: Path) -> None:
    with path.open("wb") as out:
        pending = bytearray()
        async for piece in capped(request, MAX_BYTES, _too_large):
            pending += piece
            if len(pending) >= _PIECE:
                await run_in_threadpool(out.write, bytes(pending))
                pending.clear()
        out.write(pending)


async def _from_form(request: Request) -> Received:
    async with form_with_file(request, MAX_BYTES, _too_large) as (form, sent):
        if (sent.size or 0) > MAX_BYTES:
            raise _too_large()
        path = import_files.reserve()
        with _discarded_on_refusal(path):
            await run_in_threadpool(_copy, sent, path)
        texts = {name: text for name, text in form.items() if isinstance(text, str)}
        return Received(path, sent.filename or "", texts)


def _copy(sent: UploadFile, path: Path) -> None:
    sent.file.seek(0)
    with path.open("wb") as out:
        while piece := sent.file.read(_PIECE):
            out.write(piece)


def is_form(request: Request) -> bool:
    """Whether the body is a form; else it is the file itself."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    return kind.strip().lower() == "multipart/form-data"


@asynccontextmanager
async def form_with_file(
    request: Request, most: int, refusal: Callable[[], TooLarge]
) -> AsyncIterator[tuple[FormData, UploadFile]]:
    """The form and its ``file``, of about ``most`` bytes: the file's own size is still to see.

    Raises:
        Invalid: there is no ``file``.
        BadRequest: the form cannot be read.
    """
    body = capped(request, most + _FORM_ROOM, refusal)
    try:
        form = await MultiPartParser(request.headers, body, max_files=1, max_fields=20).parse()
    except (MultiPartException, ValueError, KeyError) as error:
        raise BadRequest("This form cannot be read.", field="file") from error
    try:
        sent = form.get("file")
        if not isinstance(sent, UploadFile):
            raise Invalid("Choose a file.", field="file")
        yield form, sent
    finally:
        await form.close()


async def capped(
    request: Request, most: int, refusal: Callable[[], TooLarge]
) -> AsyncGenerator[bytes, None]:
    """The body's pieces up to ``most`` bytes; the refusal comes after the sender has ended."""
    seen = 0
    async for piece in request.stream():
        seen += len(piece)
        if seen <= most:
            yield piece
        elif seen > _MOST_DRAINED:
            break
    if seen > most:
        raise refusal()


def _too_large() -> TooLarge:
    return TooLarge(
        "The file is larger than 20 MB. Split it and import the pieces.",
        code="file_too_large",
        field="file",
    )
