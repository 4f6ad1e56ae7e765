"""Run ``napari-asist``, also as ``python -m napari_asist``."""

import sys


def main() -> int:
    """Run the command of this process.

    Returns
    -------
    int
        See `napari_asist.cli.main.main`.
    """
    try:
        from napari_asist.cli import main as run
    except KeyboardInterrupt:  # before it could be handled there
        print("napari-asist: Stopped at once.", file=sys.stderr)
        return 130
    return run()


if __name__ == "__main__":
    sys.exit(main())
