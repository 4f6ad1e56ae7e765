import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from counted_stops import stopped_after
from refinement_scenes import moving_clip, same

from napari_asist.errors import AsistError
from napari_asist.events import Progress, Stopped, result_of
from napari_asist.refinement.refine import refine_video
from napari_asist.refinement.settings import RefinementSettings
from napari_asist.refinement.workers import FinishedJob, FrameWorkers

FAST = RefinementSettings(deformation="nearest")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A cluster of two processes that is known only by its address."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


def test_one_worker_works_in_this_process() -> None:
    with FrameWorkers() as crew:
        assert list(crew.results(os.getpid, [()])) == [os.getpid()]


def test_results_come_in_order_and_known_ones_among_them(address: str) -> None:
    jobs = [(number,) if number % 3 else FinishedJob(-number) for number in range(20)]
    expected = [number if number % 3 else -number for number in range(20)]
    with FrameWorkers(2, address) as crew:
        assert list(crew.results(abs, jobs)) == expected
        assert next(crew.results(os.getpid, [()])) != os.getpid()


def test_processes_and_clusters_give_what_one_process_gives(
    address: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    video, images, masks = moving_clip(6)
    refined = []
    for number, crew in enumerate(
        (FrameWorkers(), FrameWorkers(2), FrameWorkers(9, address))
    ):
        cache = tmp_path / str(number)
        with crew:
            work = refine_video(video, images, masks, FAST, 0, crew, cache)
            refined.append(result_of(work))
    one, two, cluster = refined
    assert same(one, two)
    assert same(one, cluster)
    # The cluster's workers do not need access to our disk: this process keeps the
    # frames.
    assert len(list((tmp_path / "2").glob("frame*.npz"))) == 6
    assert capfd.readouterr() == ("", "")


def test_jobs_are_taken_while_results_are(address: str) -> None:
    taken: list[int] = []

    def jobs() -> Iterator[tuple[int]]:
        for number in range(50):
            taken.append(number)
            yield (number,)

    with FrameWorkers(1, address) as crew:
        results = crew.results(abs, jobs())
        for done in range(1, 6):
            next(results)
            assert len(taken) <= 2 * 2 + done
        results.close()
    assert len(taken) < 10


def test_stopping_leaves_no_process() -> None:
    video, images, masks = moving_clip(30)
    before = children()
    with FrameWorkers(2) as crew:
        work = refine_video(video, images, masks, FAST, 0, crew)
        for event in work:
            if isinstance(event, Progress):
                break
        assert len(children() - before) >= 2
        work.close()
    assert children() <= before


def test_at_least_one_process_is_required() -> None:
    with pytest.raises(AsistError, match="at least 1"):
        FrameWorkers(0)


def test_a_killed_process_is_reported_in_one_sentence() -> None:
    with (
        pytest.raises(AsistError, match="was killed, probably because memory ran out"),
        FrameWorkers(2) as crew,
    ):
        list(crew.results(kill_itself, [(), ()]))


def test_an_interrupt_of_the_terminal_does_not_end_processes() -> None:
    with FrameWorkers(2) as crew:
        assert list(crew.results(interrupt_itself, [(), ()])) == [1, 1]


def test_a_missing_scheduler_is_reported_within_seconds() -> None:
    start = time.monotonic()
    for nowhere in ("tcp://127.0.0.1:9", "nonsense://host"):
        with (
            pytest.raises(AsistError, match=f"No dask scheduler responds at {nowhere}"),
            FrameWorkers(1, nowhere) as crew,
        ):
            list(crew.results(abs, [(1,)]))
    assert time.monotonic() - start < 20


def test_a_cluster_without_workers_is_reported() -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=0, dashboard_address=":0") as cluster:
        idle = cluster.scheduler_address
        with (
            pytest.raises(AsistError, match="has no workers; start some"),
            FrameWorkers(1, idle) as crew,
        ):
            list(crew.results(abs, [(1,)]))


def test_a_cluster_without_the_package_is_reported(address: str) -> None:
    with (
        pytest.raises(AsistError, match="cannot run napari-asist"),
        FrameWorkers(1, address) as crew,
    ):
        list(crew.results(miss_a_package, [()]))


def test_a_lost_cluster_is_reported(capfd: pytest.CaptureFixture[str]) -> None:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=":0"
    ) as cluster:
        address = cluster.scheduler_address
        with (  # noqa: PT012
            pytest.raises(AsistError, match=f"scheduler {address} was lost"),
            FrameWorkers(1, address) as crew,
        ):
            results = crew.results(time.sleep, [(0.2,)] * 50)
            next(results)
            cluster.close()
            list(results)
    assert "distributed.client" not in capfd.readouterr().err


def test_a_full_disk_of_a_worker_is_reported(address: str) -> None:
    with (
        pytest.raises(AsistError, match=r"could not be refined: .*No space left"),
        FrameWorkers(1, address) as crew,
    ):
        list(crew.results(fill_the_disk, [()]))


def test_errors_of_frames_stay_what_they_are(address: str) -> None:
    from napari_asist.refinement.deform import deform

    job = (np.zeros((4, 4), np.uint8), np.ones((4, 5), bool), FAST)
    with (
        pytest.raises(AsistError, match="differ in shape"),
        FrameWorkers(1, address) as s,
    ):
        list(s.results(deform, [job]))


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads /proc")
def test_processes_listen_nowhere() -> None:
    """Whoever reached a listening socket could run code as this user."""
    with FrameWorkers(2) as crew:
        before = listening_sockets()
        processes = set(crew.results(os.getpid, [()] * 8))
        assert processes
        # Other programs on this machine may start to listen meanwhile.
        own = {os.getpid(), *processes}
        opened = {socket for process in own for socket in sockets_of(process)}
        assert not opened & listening_sockets() - before


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="needs another user")
def test_another_user_cannot_reach_processes() -> None:
    """The pipes of a process can be opened through /proc by its owner only."""
    code = (
        "import os, sys\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "for process in sys.argv[1:]:\n"
        "    try:\n"
        "        os.listdir(f'/proc/{process}/fd')\n"
        "    except PermissionError:\n"
        "        continue\n"
        "    sys.exit(f'{process} is open')\n"
    )
    with FrameWorkers(2) as crew:
        processes = {os.getpid(), *crew.results(os.getpid, [()] * 8)}
        found = subprocess.run(
            [sys.executable, "-c", code, *map(str, processes)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (found.returncode, found.stderr) == (0, "")


def test_stopping_does_not_wait_for_a_frame() -> None:
    with FrameWorkers(2) as crew:
        results = crew.results(time.sleep, [(0,), (60,), (60,)])
        next(results)
        start = time.monotonic()
        results.close()
    assert time.monotonic() - start < 5


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks processes up in /proc")
def test_no_process_outlives_a_killed_parent() -> None:
    code = (
        "import os, time\n"
        "from napari_asist.refinement.workers import FrameWorkers\n"
        "if __name__ == '__main__':\n"
        "    with FrameWorkers(2) as crew:\n"
        "        print(*crew.results(os.getpid, [()] * 8), flush=True)\n"
        "        list(crew.results(time.sleep, [(60,)] * 2))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        processes = {int(word) for word in parent.stdout.readline().split()}
        assert processes
        parent.kill()
    deadline = time.monotonic() + 20
    while any(map(is_running, processes)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(map(is_running, processes))


def listening_sockets() -> set[str]:
    """Return the inodes of all listening TCP sockets of this machine."""
    found = set()
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net", table)
        lines = path.read_text("ascii").splitlines()[1:] if path.exists() else []
        rows = (line.split() for line in lines)
        found |= {row[9] for row in rows if row[3] == "0A"}
    return found


def sockets_of(process: int) -> set[str]:
    """Return the inodes of the sockets that a process has open."""
    found = set()
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            target = str(link.readlink())
        except OSError:
            continue
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def interrupt_itself() -> int:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.2)
    return 1


def fill_the_disk() -> None:
    raise OSError(28, "No space left on device")


def miss_a_package() -> None:
    raise ModuleNotFoundError("No module named 'napari_asist'")


def children() -> set[int]:
    """Return the processes that this one has started."""
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {int(line.split()[0]) for line in found.splitlines() if "spawn" in line}


def is_running(process: int) -> bool:
    """Return whether a process exists and is not a zombie."""
    try:
        status = Path(f"/proc/{process}/stat").read_text("ascii", errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] not in "ZX"


def test_nobody_waits_for_a_frame_in_progress() -> None:
    with FrameWorkers(2) as crew:
        jobs = crew.results(time.sleep, [(600,)] * 4)
        with pytest.raises(Stopped):
            stopped_after(3, lambda: next(jobs))
