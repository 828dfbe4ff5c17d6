"""Who may import whom: the contracts of pyproject.toml."""

import subprocess
import sys

from astronote.services.schema import ROOT


def test_the_layer_contracts_are_kept():
    code = "from importlinter.cli import lint_imports_command as run; run()"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout
