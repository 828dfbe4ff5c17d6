"""Finding, in the source, the sentences that people read."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from astronote import errors
from astronote.frontend import ROOT

PACKAGE = ROOT / "astronote"

_MARKS = {"t": (0, 1), "tr": (0, 1), "say": (0, 1), "trn": (0, 2)}
"""Functions that take sentences, and where among their arguments."""

_ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.AstronoteError)
}


@dataclass(frozen=True)
class Found:
    """A sentence in the source: ``text`` is None where it is made by an f-string."""

    place: str
    text: str | None


def files(*rooms: str) -> Iterator[Path]:
    """The modules of these folders (or files) of the package."""
    for room in rooms:
        path = PACKAGE / room
        yield from [path] if path.is_file() else sorted(path.rglob("*.py"))


@cache
def tree(path: Path) -> ast.Module:
    """The module, parsed once."""
    return ast.parse(path.read_text())


def marked(*rooms: str) -> Iterator[Found]:
    """What is marked for translation: the arguments of ``t``, ``tr``, ``trn``, ``say``."""
    for path in files(*rooms):
        for call in _calls(path):
            start, end = _MARKS.get(_name(call), (0, 0))
            for argument in call.args[start:end]:
                yield from (f for f in _strings(path, argument) if f.text is not None)


def refusals(*rooms: str) -> Iterator[Found]:
    """What errors say: literal first arguments of errors and of functions that make one."""
    makers = _ERRORS | {
        node.name
        for path in files(*rooms)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and _returns_error(node)
    }
    for path in files(*rooms):
        for call in _calls(path):
            if _name(call) in makers and call.args:
                yield from _strings(path, call.args[0])


def details() -> Iterator[Found]:
    """What errors say of themselves: the ``detail`` of each class."""
    path = PACKAGE / "errors.py"
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "detail":
                    yield from _strings(path, line.value)


def _returns_error(made: ast.FunctionDef) -> bool:
    takes_text = bool(made.args.args) and _annotation(made.args.args[0]) == "str"
    return takes_text and made.returns is not None and ast.unparse(made.returns) in _ERRORS


def _annotation(argument: ast.arg) -> str:
    return ast.unparse(argument.annotation) if argument.annotation else ""


def _calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _strings(path: Path, node: ast.expr) -> Iterator[Found]:
    place = f"{path.relative_to(PACKAGE)}:{node.lineno}"
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield Found(place, node.value)
    elif isinstance(node, ast.JoinedStr):
        yield Found(place, None)
    elif isinstance(node, ast.IfExp):
        yield from _strings(path, node.body)
        yield from _strings(path, node.orelse)
    elif isinstance(node, ast.Name):
        for line in tree(path).body:
            if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == node.id:
                yield from _strings(path, line.value)
