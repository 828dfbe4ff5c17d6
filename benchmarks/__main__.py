"""``bin/bench [NAME …]``: run the named benchmarks, or all, and print the table."""

import importlib
import pkgutil
import sys

import benchmarks
from benchmarks.measured import HEAD

NOT_BENCHMARKS = {"__main__", "measured", "ground", "load", "bare_routes"}
ALSO_CALLED = {"import": "imports", "send-whole": "send_whole"}


def names() -> list[str]:
    """The benchmarks there are."""
    found = {module.name for module in pkgutil.iter_modules(benchmarks.__path__)}
    return sorted(found - NOT_BENCHMARKS)


def main(wanted: list[str]) -> int:
    """Run ``wanted``, or all; 2 for a name that there is not."""
    wanted = [ALSO_CALLED.get(name, name) for name in wanted]
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}; there are: {', '.join(names())}.")
        return 2
    rows = []
    for name in wanted or names():
        print(f"{name} …", file=sys.stderr)
        rows += [
            measured.line() for measured in importlib.import_module(f"benchmarks.{name}").run()
        ]
    print("\n".join([HEAD, *rows]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
