"""Finding, in the source, the sentences that people read."""

import ast
import re
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


_SHOWN = {"title", "subtitle", "placeholder", "aria_label", "help", "caption", "confirm", "body"}
_SHOWN |= {"label", "sentence", "note", "alt", "empty", "counts", "time_left", "name", "error"}
_NOT_SHOWN = {"Route", "icon", "html", "getattr", "call_script", "compile", "fullmatch", "Script"}
_NOT_SHOWN |= {
    "debug",
    "info",
    "warning",
    "exception",
    "Literal",
    "strptime",
    "strftime",
    "written",
}
_NOT_SHOWN |= {"startswith", "endswith", "removeprefix", "removesuffix", "ZoneInfo", "text"}
_WORDS = re.compile(r"[A-Z][a-z]|[a-z]{2,} [a-z]+|^ ?[a-z]{3,}[.,:;!?…]")
_MARKUP = re.compile(
    r"\ba-[a-z]|^-?[a-z]+([A-Z-]\w+)+=?$|var\(|\(\) *=>|[{;]|^[A-Za-z]+/$|^curl |"
    r"^(window|document|astronote)\."
)


def bare(*rooms: str) -> Iterator[Found]:
    """English that a view or a state shows as it is: words outside the marking functions.

    A heuristic: string literals that look like words, but for docstrings, class names,
    refusals, log lines and keywords that are not shown.
    """
    for path in files(*rooms):
        yield from (f for f in _bare(path, tree(path), shown=True) if f.text not in _NAMES)


def _bare(path: Path, node: ast.AST, shown: bool) -> Iterator[Found]:
    if isinstance(node, ast.Constant):
        text = node.value
        if shown and isinstance(text, str) and _WORDS.search(text) and not _MARKUP.search(text):
            yield Found(f"{path.relative_to(PACKAGE)}:{node.lineno}", text)
        return
    for field, child in ast.iter_fields(node):
        children = child if isinstance(child, list) else [child]
        for one in children:
            if isinstance(one, ast.AST):
                yield from _bare(path, one, _is_shown(node, field, one, shown))


def _is_shown(node: ast.AST, field: str, child: ast.AST, shown: bool) -> bool:
    if isinstance(node, ast.Call):
        name = _name(node)
        if name in _MARKS or name in _NOT_SHOWN or name in _ERRORS or name == "counted":
            return False
        # Inside a call, what is passed is shown, unless a keyword says otherwise.
        return isinstance(child, ast.keyword) or field == "args"
    if isinstance(node, ast.keyword):
        return node.arg in _SHOWN
    if isinstance(node, ast.Expr):
        return not isinstance(child, ast.Constant)
    if isinstance(node, (ast.Compare, ast.Subscript, ast.Raise)) or field in _TYPES:
        return False
    if isinstance(node, ast.Dict):
        return field == "values"
    return shown or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


# Of products and people, the same in every language.
_NAMES = {"Astronote", "Edge", "Opera", "Samsung Internet", "Firefox", "Chrome", "Safari"}
_NAMES |= {"iPhone", "iPad", "Android", "Windows", "Macintosh", "Mac", "CrOS", "ChromeOS", "Linux"}
_NAMES |= {"Maria", "Papadopoulou", "Excel"}
# Values that are kept, examples in both languages, scripts and log lines.
_NAMES |= {"In the shop", "Paper form", "Web form", "user:", "an event failed"}
_NAMES |= {"billing.apply_stripe_events", "delivery.apply_webhook_events"}
_NAMES |= {"male, female, other · άνδρας, γυναίκα, άλλο"}

_TYPES = {"annotation", "returns", "decorator_list", "bases"}
