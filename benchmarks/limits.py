"""Where the ready-made models fail, and how that shows.

Run it from the checkout: ``python benchmarks/limits.py``. Small videos that the virtual
microscope draws are tracked by a ready-made model. The table shows the scores, how many
objects are clear, which fraction of their pixels is traced back to the same object, and
whether `napari_asist.tracking.doubt` says that the video may be unlike the training.
``--picture FILE.png`` draws a frame of each with the outlines that were found.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from virtual_videos import VIDEOS, VirtualVideo

from napari_asist.errors import AsistError
from napari_asist.evaluation import evaluate_videos
from napari_asist.files import save_picture
from napari_asist.labels import LabelVideo, confidence_of_objects
from napari_asist.microscope.render import render_video
from napari_asist.simulation.simulate import simulate_video
from napari_asist.tracking.doubt import CLEAR, doubt_about
from napari_asist.video import video_of
from napari_asist.workflow.model import Model

FRAMES, SEED = 8, 1


class Example(NamedTuple):
    """Frames, shape (T, Y, X), their truth if there is one, and the model to use."""

    frames: NDArray[Any]
    truth: LabelVideo | None
    model: str


def drawn(name: str, model: str, **microscope: Any) -> Example:
    """Return a virtual video, with changes to its microscope."""
    video = VIDEOS[name]
    simulator = video.simulator.changed(frames=FRAMES)
    return rendered(
        VirtualVideo(simulator, video.microscope.changed(**microscope)), model
    )


def rendered(video: VirtualVideo, model: str) -> Example:
    """Draw a virtual video."""
    truth = simulate_video(video.simulator, SEED)
    return Example(render_video(truth, video.microscope, SEED), truth, model)


def of_brightness(*levels: float) -> Example:
    """Return nuclei of these quantiles of brightness, in counts; the noise is 8.7."""
    return drawn("r13", "nuclei", brightness={"quantiles": levels})


def fast() -> Example:
    """Return nuclei that move by one and a half radii between frames."""
    video = VIDEOS["r13"]
    simulator = video.simulator.changed(frames=FRAMES, move=20.0)
    return rendered(VirtualVideo(simulator, video.microscope), "nuclei")


def hollow() -> Example:
    """Return nuclei of which only the rims are bright."""
    bright = drawn("r13", "nuclei")
    frames = bright.frames.astype(np.float32)
    blurred = np.stack([gaussian_filter(frame, 4) for frame in frames])
    return bright._replace(frames=1000 + np.abs(frames - blurred))


def texture() -> Example:
    """Return a standing texture with the noise of a camera, and no object."""
    rng = np.random.default_rng(SEED)
    grain = gaussian_filter(rng.normal(size=(320, 320)), 4)
    frames = 1000 + 200 * grain / grain.std() + rng.normal(0, 20, (FRAMES, 320, 320))
    return Example(frames, None, "nuclei")


def moving_noise() -> Example:
    """Return smooth noise, new in each frame."""
    rng = np.random.default_rng(SEED)
    frames = [gaussian_filter(rng.normal(size=(320, 320)), 6) for _ in range(FRAMES)]
    return Example(1000 + 3000 * np.array(frames), None, "nuclei")


EXAMPLES: Mapping[str, Callable[[], Example]] = {
    "nuclei": lambda: drawn("r13", "nuclei"),
    "crowded nuclei": lambda: drawn("crowded", "nuclei"),
    "mitoses over nuclei": lambda: drawn("dense", "nuclei"),
    "brightness of 10 noise": lambda: of_brightness(60, 90, 120),
    "brightness of 5 noise": lambda: of_brightness(30, 45, 60),
    "brightness of 2.5 noise": lambda: of_brightness(15, 22, 30),
    "strong blur": lambda: drawn("r13", "nuclei", psf_sigma=5.0),
    "1.5 radii a frame": fast,
    "only rims": hollow,
    "rods": lambda: drawn("sticks80", "rods"),
    "220 rods that cross": lambda: drawn("sticks220", "rods"),
    "rods, by nuclei": lambda: drawn("sticks80", "nuclei"),
    "nuclei, by rods": lambda: drawn("r13", "rods"),
    "standing texture": texture,
    "moving noise": moving_noise,
}


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", type=Path, metavar="FILE.png")
    options = parser.parse_args()
    print("| video | DET | SEG | TRA | clear | traced | doubt is said |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    pictures = {}
    for name, make in EXAMPLES.items():
        example = make()
        row, found = tracked(example)
        print(f"| {name} | {row} |", flush=True)
        pictures[name] = example.frames[FRAMES // 2], found
    if options.picture:
        draw(pictures, options.picture)
    return 0


def tracked(example: Example) -> tuple[str, NDArray[Any] | None]:
    """Return a row of the table, and the labels of a frame in the middle."""
    model = Model.pretrained(example.model)
    try:
        video = model.track(video_of(example.frames), progress=False)
    except AsistError as error:
        return f"– | – | – | – | – | {error}", None
    known = np.array(list(confidence_of_objects(video).values())).reshape(-1, 2)
    scores = "– | – | –"
    if example.truth is not None:
        found = evaluate_videos(example.truth, video)
        scores = f"{found.det:.3f} | {found.seg:.3f} | {found.tra:.3f}"
    clear = np.mean(known[:, 0] >= CLEAR) if len(known) else np.nan
    traced = np.nanmean(known[:, 1]) if len(known) else np.nan
    said = "yes" if doubt_about(video) else "no"
    return f"{scores} | {clear:.2f} | {traced:.3f} | {said}", video.labels[FRAMES // 2]


def draw(
    pictures: Mapping[str, tuple[NDArray[Any], NDArray[Any] | None]], path: Path
) -> None:
    """Draw part of each frame, with the outlines that were found."""
    from matplotlib.figure import Figure

    side, columns = 256, 5
    rows = -(-len(pictures) // columns)
    figure = Figure(figsize=(2.4 * columns, 2.65 * rows), layout="constrained")
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for panel in panels:
        panel.set_axis_off()
    for panel, (name, (frame, labels)) in zip(panels, pictures.items(), strict=False):
        part = frame[:side, :side]
        low, high = np.quantile(part, (0.01, 0.998))
        panel.imshow(part, cmap="gray", vmin=low, vmax=high)
        if labels is not None:
            for label in np.unique(labels[:side, :side])[1:]:
                inside = labels[:side, :side] == label
                panel.contour(inside, [0.5], colors="#ff9f1c", linewidths=0.8)
        panel.set_title(name, fontsize=9)
    save_picture(figure, path)


if __name__ == "__main__":
    sys.exit(main())
