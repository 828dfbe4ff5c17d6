"""What the settings class says about itself: ``.env.example`` and the README's table."""

import re
from pathlib import Path

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from astronote.settings import Settings

BEGIN, END = "<!-- settings -->", "<!-- /settings -->"
_NOT_FOR_PEOPLE = {"astronote_embedded", "astronote_run"}


def env_example() -> str:
    """The text of ``.env.example``: every variable with its default, commented out."""
    lines = ["# Written by `astronote write-settings`; copy to .env and uncomment what you change."]
    for name, field in _fields():
        lines += ["", f"# {field.description}", f"#{name.upper()}={_default(field)}"]
    return "\n".join(lines) + "\n"


def table() -> str:
    """The README's table, between its markers."""
    lines = [BEGIN, "| Variable | Default | What it is |", "|---|---|---|"]
    for name, field in _fields():
        also = [f"`{other.upper()}`" for other in _names(field)[1:]]
        also_text = f" Also read as {', '.join(also)}." if also else ""
        default = _default(field)
        shown = f"`{default}`" if default else ""
        lines.append(f"| `{name.upper()}` | {shown} | {field.description}{also_text} |")
    return "\n".join([*lines, END])


def outdated(root: Path) -> list[str]:
    """The files of ``root`` that differ from what :func:`write` would make of them."""
    return [path.name for path, text in _wanted(root).items() if path.read_text() != text]


def write(root: Path) -> None:
    """Write ``.env.example`` and the table in ``README.md``."""
    for path, text in _wanted(root).items():
        path.write_text(text)


def _wanted(root: Path) -> dict[Path, str]:
    readme = root / "README.md"
    between = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.S)
    return {
        root / ".env.example": env_example(),
        readme: between.sub(lambda _: table(), readme.read_text()),
    }


def _fields() -> list[tuple[str, FieldInfo]]:
    return [(n, f) for n, f in Settings.model_fields.items() if n not in _NOT_FOR_PEOPLE]


def _names(field: FieldInfo) -> list[str]:
    alias = field.validation_alias
    return [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else []


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return str(int(value)) if isinstance(value, bool) else str(value)
