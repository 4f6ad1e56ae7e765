"""Run ``napari-asist`` as ``python -m napari_asist``."""

import sys

from napari_asist.cli import main

if __name__ == "__main__":
    sys.exit(main())
