import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from napari_asist.errors import AsistError
from napari_asist.workflow.run_folder.lock import holder, locked

HOLD = """
import sys, time
from pathlib import Path
from napari_asist.workflow.run_folder.lock import holder, locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_folder_is_held_only_once_in_a_process(tmp_path: Path) -> None:
    refused = pytest.raises(AsistError, match="in use by this process")
    with locked(tmp_path), refused, locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def test_another_process_is_named_until_it_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == "held\n"
        refused = pytest.raises(AsistError, match=f"in use by process {holder.pid} on ")
        with refused, locked(tmp_path):
            pass
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.communicate()
    assert (tmp_path / "lock").read_text()
    with locked(tmp_path):
        assert str(os.getpid()) in (tmp_path / "lock").read_text()
    assert not (tmp_path / "lock").read_text()


def test_the_holder_is_found_without_taking_the_lock(tmp_path: Path) -> None:
    assert holder(tmp_path) == ""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        assert holder(tmp_path).startswith(f"process {process.pid} on ")
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert holder(tmp_path) == ""


def test_checking_does_not_release_the_own_lock(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; "
        "from napari_asist.workflow.run_folder.lock import holder; "
        "print(holder(Path(sys.argv[1])))"
    )
    with locked(tmp_path):
        assert holder(tmp_path) == "this process"
        output = subprocess.check_output([sys.executable, "-c", code, str(tmp_path)])
        assert f"process {os.getpid()} on ".encode() in output
    assert holder(tmp_path) == ""
