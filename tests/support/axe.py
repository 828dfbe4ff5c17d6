"""Accessibility checks by axe-core, from npm, at the version that ``tests/axe`` locks."""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from astronote.frontend import ROOT

_LOCKED = ROOT / "tests" / "axe"
_INSTALLED = ROOT / ".build" / "axe"
_SERIOUS = {"serious", "critical"}


def serious_findings(page: Page) -> list[str]:
    """What axe finds serious or critical on ``page``: rule and elements, a line each."""
    page.evaluate(_script())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [_line(v) for v in found["violations"] if v["impact"] in _SERIOUS]


def _line(violation: dict[str, Any]) -> str:
    places = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
    return f"{violation['id']} ({violation['impact']}): {'; '.join(places)}"


@cache
def _script() -> str:
    script = _INSTALLED / "node_modules" / "axe-core" / "axe.min.js"
    wanted = (_LOCKED / "package-lock.json").read_bytes()
    stamp = _INSTALLED / "installed.json"
    if not stamp.is_file() or stamp.read_bytes() != wanted:
        _install()
        stamp.write_bytes(wanted)
    return script.read_text()


def _install() -> None:
    shutil.rmtree(_INSTALLED, ignore_errors=True)
    shutil.copytree(_LOCKED, _INSTALLED)
    tools = Path(sys.executable).parent
    subprocess.run(
        [tools / "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=_INSTALLED,
        env=os.environ | {"PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}"},
        check=True,
        timeout=300,
    )
