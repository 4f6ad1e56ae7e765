"""The command line: ``napari-asist COMMAND …``."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; see `napari_asist.cli.main.main`."""
    try:
        from napari_asist.cli.main import main as run
    except KeyboardInterrupt:  # before it could be handled there
        print("napari-asist: Stopped at once.", file=sys.stderr)
        return 130
    return run(arguments)


__all__ = ["main"]
