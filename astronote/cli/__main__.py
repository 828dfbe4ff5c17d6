"""``python -m astronote.cli``, where the ``astronote`` script is not at hand."""

from astronote.cli import main

main()
