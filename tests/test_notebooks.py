"""The notebooks of the documentation, executed."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).parent.parent / "docs" / "notebooks"


def printed(notebook: nbformat.NotebookNode) -> str:
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", ())]
    return "".join(out.get("text", "") for out in outputs)


@pytest.mark.skipif(not NOTEBOOKS.is_dir(), reason="the documentation is not here")
def test_a_video_is_tracked(tmp_path: Path) -> None:
    path = NOTEBOOKS / "track_a_video.ipynb"
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=500, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    scores = re.findall(r"DET (\S+)  SEG (\S+)  TRA (\S+)", printed(notebook))
    (found,) = scores
    det, seg, tra = map(float, found)
    assert min(det, tra) > 0.8
    assert seg > 0.6
    assert not any(cell.get("outputs") for cell in nbformat.read(path, 4).cells)
