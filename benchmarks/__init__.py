"""What ``bin/bench`` runs: each measure beside its floor, in the same run.

A benchmark is a module here with ``run() -> list[Measured]``; its name is the module's.
"""
