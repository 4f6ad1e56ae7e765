"""The demo: from a simulated microscope video, without labels, to scored tracks."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tifffile

from napari_asist.errors import AsistError
from napari_asist.events import Note, StopFlag, Work
from napari_asist.simulation.settings import NucleiSettings, SimulatorSettings
from napari_asist.workflow.overview import write_overview
from napari_asist.workflow.recipe import Recipe
from napari_asist.workflow.run import run_stages
from napari_asist.workflow.run_folder.claim import claimed
from napari_asist.workflow.run_folder.record import write_json
from napari_asist.workflow.seeds import derive_seed

if TYPE_CHECKING:
    from napari_asist.evaluation import Scores
    from napari_asist.microscope.render import MicroscopeSettings

NUCLEI = NucleiSettings(
    videos=1,
    frames=24,
    height=256,
    width=256,
    objects=28,
    appearing=2,
    disappearing=2,
    mitoses=4,
    radius_mean=11,
    radius_sd=1,
    radius_min=7,
    radius_max=14,
    elongation=0.2,
)
"""The scene of the virtual microscope: touching nuclei, some of which divide."""


@dataclass(frozen=True)
class Demo:
    """The output of the demo.

    Parameters
    ----------
    result : Path
        The CTC folder with the tracks.
    overview : Path
        The overview picture.
    scores : Scores
    """

    result: Path
    overview: Path
    scores: "Scores"


def run_demo(
    out: Path, recipe: Recipe, stop: StopFlag, nuclei: NucleiSettings = NUCLEI
) -> Work[Demo]:
    """Render a video, run the method on it, and only then score the result.

    Parameters
    ----------
    out : Path
        Folder for ``video``, ``truth``, ``run``, ``scores.json`` and ``overview.png``.
    recipe : Recipe
    stop : StopFlag
    nuclei : NucleiSettings
        The simulated scene.

    Raises
    ------
    AsistError
        The result is not valid.
    """
    from napari_asist.ctc import result_name
    from napari_asist.evaluation import evaluating

    with claimed(out):
        make_video(out, nuclei, recipe.seed)
        yield Note("demo", f"The rendered video is in {out / 'video'}.")
        result = yield from run_stages(out / "video", recipe, out / "run", stop)
        tracked = result / result_name()
        scores = yield from evaluating(out / "truth" / "01_GT", tracked)
        write_json(out / "scores.json", scores.as_dict())
        yield Note("demo", "Drawing the overview picture.")
        write_overview(out / "run", out / "overview.png")
    return Demo(tracked, out / "overview.png", scores)


def make_video(
    out: Path,
    simulator: SimulatorSettings,
    seed: int,
    microscope: "MicroscopeSettings | None" = None,
) -> None:
    """Write the virtual microscope's video and, separately, its ground truth.

    Parameters
    ----------
    out : Path
        Folder for ``truth/01_GT`` and, last, ``video``; an existing video is kept.
    simulator : SimulatorSettings
    seed : int
        Seed of the recipe.
    microscope : MicroscopeSettings, optional
        Defaults are used if omitted.

    Raises
    ------
    AsistError
        The existing video was made with another seed or other settings.
    """
    from napari_asist.ctc import write_ctc
    from napari_asist.microscope.render import MicroscopeSettings, render_video
    from napari_asist.simulation.simulate import simulate_video

    requested = simulator.model_dump_json() + f"\nseed {seed}\n"
    if microscope is not None:
        requested += microscope.model_dump_json() + "\n"
    note = out / "truth" / "made-with.txt"
    if (out / "video").exists():
        if not note.exists() or note.read_text(encoding="utf-8") != requested:
            raise AsistError(
                f"{out / 'video'} was made with another seed or by another version; "
                f"choose another --out, or delete {out}."
            )
        return
    truth = simulate_video(simulator, derive_seed(seed, "demo"))
    write_ctc(truth, out / "truth" / "01_GT", "truth")
    note.write_text(requested, encoding="utf-8")
    microscope = microscope or MicroscopeSettings()
    images = render_video(truth, microscope, derive_seed(seed, "microscope"))
    partial = out / "video.partial"
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir()
    for time, image in enumerate(images):
        tifffile.imwrite(partial / f"t{time:03d}.tif", image, compression="zlib")
    partial.rename(out / "video")
