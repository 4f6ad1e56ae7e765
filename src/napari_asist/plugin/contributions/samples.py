"""Sample videos: rendered by the virtual microscope, or downloaded from the CTC."""

from dataclasses import replace
from functools import partial

from napari.utils.notifications import show_info

from napari_asist.microscope.render import MicroscopeSettings, render_video
from napari_asist.plugin.layers.metadata import LayerData
from napari_asist.plugin.layers.video_layers import image_layer
from napari_asist.simulation.settings import (
    MicrovilliSettings,
    NucleiSettings,
    SimulatorSettings,
)
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video import Video, lazy_frames, open_video

FRAMES = 30
SIZE = 256
SEED = 1
TERMS = (
    "The {title} ({name}) are from the Cell Tracking Challenge. If you publish results "
    "from them, acknowledge it and cite Maška et al., Nature Methods 20, 1010 (2023)."
)


def virtual_nuclei() -> list[LayerData]:
    """Return a video of touching nuclei that move and divide."""
    settings = NucleiSettings(
        videos=1,
        frames=FRAMES,
        height=SIZE,
        width=SIZE,
        objects=45,
        appearing=3,
        disappearing=3,
        mitoses=6,
        elongation=0.2,
    )
    return [_photographed(settings, MicroscopeSettings(), "virtual nuclei")]


def virtual_microvilli() -> list[LayerData]:
    """Return a video of thin sticks that shift, turn, grow and shrink."""
    settings = MicrovilliSettings(
        videos=1, frames=FRAMES, height=SIZE, width=SIZE, objects=70, overlap=1
    )
    return [_photographed(settings, MicroscopeSettings(), "virtual microvilli")]


def hela() -> list[LayerData]:
    """Return a video of HeLa nuclei, downloaded once from the challenge's site.

    Raises
    ------
    AsistError
        It cannot be downloaded or saved; says why.
    """
    return [_downloaded("Fluo-N2DL-HeLa", "HeLa nuclei", 0.645, 30 * 60)]


def pancreatic_stem_cells() -> list[LayerData]:
    """Return a video of pancreatic stem cells, downloaded once from the same site.

    Raises
    ------
    AsistError
        It cannot be downloaded or saved; says why.
    """
    return [_downloaded("PhC-C2DL-PSC", "pancreatic stem cells", 1.6, 10 * 60)]


def _downloaded(
    name: str, title: str, pixel_size: float, frame_interval: float
) -> LayerData:
    # Imported only here: virtual-microscope samples need no network.
    from napari_asist.plugin.contributions.progress_dialog import wait_for
    from napari_asist.plugin.contributions.sample_download import fetch_sample
    from napari_asist.plugin.preferences import preferences

    cache = preferences().cache
    if not (cache / name / "01").is_dir():
        show_info(TERMS.format(title=title, name=name))
    folder = wait_for(partial(fetch_sample, name, cache), f"Downloading {name}")
    video = replace(
        open_video(folder / "01"),
        # These values are not in the files; they are from the challenge's web page.
        pixel_size=pixel_size,
        frame_interval=frame_interval,
    )
    return image_layer(video, f"{name} 01")


def _photographed(
    settings: SimulatorSettings,
    microscope: MicroscopeSettings,
    name: str,
) -> LayerData:
    truth = simulate_video(settings, SEED)
    frames = render_video(truth, microscope, SEED)
    video = Video(
        lazy_frames(range(FRAMES), frames.__getitem__, (SIZE, SIZE), "u2"), name
    )
    return image_layer(video, name)
