"""The videos of `accuracy.py`: where they come from, and the target scores."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from challenge_data import MARGIN, data_folder, missing_parts
from virtual_videos import VIDEOS, VirtualVideo

from napari_asist.microscope.render import MicroscopeSettings
from napari_asist.simulation.settings import SimulatorKind
from napari_asist.workflow.demo import NUCLEI, make_video

REFERENCE = "r13"
"""The video with which the other virtual nuclei are compared."""

NEAR = {"det": 0.01, "seg": 0.02, "tra": 0.01}
"""How far below it they may score."""

HALF_MAXIMUM = "estimate.border=0.5"
"""Where the virtual microscope's labels end, which no frame shows."""


@dataclass(frozen=True)
class Case:
    """A video, how it is tracked, and the target scores.

    Parameters
    ----------
    name, title : str
    preset : str or None
        Overrides the requested one.
    changes : tuple of str
        Recipe settings, as for ``--set``.
    kind : str
        Nuclei or sticks: given to the peer, while the method proposes it.
    border : float or None
        Where outlines end, see `EstimateSettings`.
    margin : int
        Excluded from the scores, in px.
    sequence : str
        Cell Tracking Challenge sequence in the data folder; if empty, the video is
        virtual.
    virtual : VirtualVideo or None
    threads : int or None
        OpenMP threads.
    aims : mapping of str to float
        Minimum scores, and maximum minutes.
    before : mapping of str to str
        Results of the method before the engine depth existed.
    """

    name: str
    title: str
    preset: str | None = None
    changes: tuple[str, ...] = ()
    kind: SimulatorKind = "nuclei"
    border: float | None = None
    margin: int = 0
    sequence: str = ""
    virtual: VirtualVideo | None = None
    threads: int | None = None
    aims: Mapping[str, float] = field(default_factory=dict)
    before: Mapping[str, str] = field(default_factory=dict)

    def absence(self) -> str:
        """Return why the video is unavailable; empty if it is available."""
        if not self.sequence:
            return ""
        sequence = data_folder() / self.sequence
        missing = missing_parts(sequence)
        return f"{sequence.parent} has no {', '.join(missing)}" if missing else ""

    def video(self, folder: Path, seed: int) -> Path:
        """Return the raw frames, rendering them first if they are virtual."""
        if self.virtual is None:
            return data_folder() / self.sequence
        make_video(folder, self.virtual.simulator, seed, self.virtual.microscope)
        return folder / "video"

    def truths(self, folder: Path) -> tuple[Path, Path | None]:
        """Return the folders of the ground truth and of the silver truth."""
        if self.virtual is not None:
            return folder / "truth" / "01_GT", None
        sequence = data_folder() / self.sequence
        return tuple(  # type: ignore[return-value]
            sequence.with_name(f"{sequence.name}_{kind}") for kind in ("GT", "ST")
        )


def _virtual(
    name: str,
    title: str,
    kind: SimulatorKind = "nuclei",
    aims: Mapping[str, float] = MappingProxyType({}),
) -> Case:
    return Case(
        name,
        title,
        changes=(HALF_MAXIMUM,),
        kind=kind,
        border=0.5,
        virtual=VIDEOS[name],
        aims=aims,
    )


CASES = (
    Case(
        "hela",
        "HeLa 01",
        margin=MARGIN,
        sequence="Fluo-N2DL-HeLa/01",
        aims={
            "det": 0.993,
            "seg": 0.86,
            "silver": 0.945,
            "tra": 0.992,
            "division_f1": 0.88,
            "minutes": 8,
        },
        before={
            "det": ".963",
            "seg": ".793",
            "silver": ".872",
            "tra": ".959",
            "division_f1": ".49 to .69",
            "minutes": "26",
        },
    ),
    Case(
        "psc",
        "PSC 01",
        kind="microvilli",
        margin=MARGIN,
        sequence="PhC-C2DL-PSC/01",
        aims={"det": 0.95, "silver": 0.73, "tra": 0.94},
    ),
    Case(
        "demo",
        "the demo's nuclei",
        preset="demo",
        border=0.5,
        virtual=VirtualVideo(NUCLEI, MicroscopeSettings()),
        threads=1,
        aims={
            "det": 0.985,
            "seg": 0.88,
            "tra": 0.98,
            "division_f1": 0.8,
            "minutes": 4,
        },
    ),
    _virtual("r13", "nuclei of 13 px"),
    _virtual("r5", "nuclei of 5 px"),
    _virtual("r10", "nuclei of 10 px"),
    _virtual("r30", "nuclei of 30 px"),
    _virtual("r60", "nuclei of 60 px"),
    _virtual("dim", "dim nuclei"),
    _virtual("crowded", "crowded nuclei"),
    _virtual("textured", "textured nuclei"),
    _virtual("nucleoli", "large nuclei with nucleoli"),
    _virtual("dense", "mitoses over nuclei"),
    _virtual("dusty", "nuclei among dust"),
    *(
        _virtual(
            f"sticks{count}",
            f"{count} microvilli",
            "microvilli",
            {"det": 0.92, "seg": 0.75, "tra": 0.90},
        )
        for count in (80, 150, 220)
    ),
)
