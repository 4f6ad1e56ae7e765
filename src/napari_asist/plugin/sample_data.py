"""Sample videos: no file and no download, the virtual microscope takes them."""

from napari_asist.plugin.layers import LayerData, image_layer
from napari_asist.simulation.microscope import MicroscopeSettings, render_video
from napari_asist.simulation.settings import HelaSettings, MicrovilliSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.video import Video, lazy_frames

FRAMES = 30
SIZE = 256
SEED = 1


def virtual_nuclei() -> list[LayerData]:
    """Return a video of touching nuclei that wander and divide."""
    settings = HelaSettings(
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


def _photographed(
    settings: HelaSettings | MicrovilliSettings,
    microscope: MicroscopeSettings,
    name: str,
) -> LayerData:
    truth = simulate_video(settings, SEED)
    frames = render_video(truth, microscope, SEED)
    video = Video(
        lazy_frames(range(FRAMES), frames.__getitem__, (SIZE, SIZE), "u2"), name
    )
    return image_layer(video, name)
