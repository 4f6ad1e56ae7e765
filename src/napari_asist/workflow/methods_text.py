"""A run card as a paragraph for the methods of a paper."""

from collections.abc import Iterator, Mapping
from typing import Any

from napari_asist.resampling import STANDARD_RADIUS, scale_factor

OBJECTS = {"hela": "nuclei", "microvilli": "microvilli"}
ENGINES = {
    "cyclegan": "a CycleGAN",
    "cut": "contrastive unpaired translation (CUT)",
    "renderer": "a virtual microscope fitted to the video",
}
DEFORMATIONS = {
    "ants": "registration (ANTs)",
    "watershed": "a watershed",
    "nearest": "the nearest object",
}
REFERENCE = (
    "Liu et al., Computers in Biology and Medicine 134, 104501, 2021, "
    "doi 10.1016/j.compbiomed.2021.104501"
)
NAMED_PACKAGES = ("python", "numpy", "scipy", "scikit-image", "torch", "antspyx")


def methods_text(card: Mapping[str, Any]) -> str:
    """Return a run card as a title and one paragraph of Markdown.

    Parameters
    ----------
    card : mapping
        See `run_card`.
    """
    return "# Methods\n\n" + " ".join(_sentences(card)) + "\n"


def _sentences(card: Mapping[str, Any]) -> Iterator[str]:
    origin, result = card["origin"], card["result"]
    if origin is None:
        yield (
            "The labels were taken from a layer of napari, so where they come from is "
            "not known to this card."
        )
    else:
        yield from _making(origin)
    frames, height, width = result["frames"]
    yield (
        f"The result has {_number(result['tracks'], 'track')} with "
        f"{_number(result['divisions'], 'division')} and "
        f"{_number(result['objects'], 'object outline')} in "
        f"{_number(frames, 'frame')} of {height} × {width} pixels."
    )
    if result["corrected_by_hand"]:
        yield "It was corrected by hand afterwards."
    elif origin is not None:
        yield "It was not corrected by hand."
    found = card["versions"] if origin is None else origin["versions"]
    names = [f"{name} {found[name]}" for name in NAMED_PACKAGES if name in found]
    yield f"Versions: {', '.join(names)}."


def _making(origin: Mapping[str, Any]) -> Iterator[str]:
    video, settings = origin["video"], origin["settings"]
    version = origin["versions"].get("napari-asist", "")
    yield (
        f"Objects in the video {video['name']} were segmented and tracked with "
        f"napari-asist {version} by the ASIST method ({REFERENCE}), without any manual "
        "annotation."
    )
    yield from _scale(settings.get("scale", {}).get("object_radius"))
    if origin["trained"]:
        yield from _training(settings)
    else:
        yield (
            "A recurrent hourglass network that had been trained before was applied; "
            f"its weights have the SHA-256 {origin['model']['sha256']}."
        )
    yield (
        "The pixel embeddings were clustered by mean shift in windows of "
        f"{settings['tracking']['window']} frames and linked over time."
    )
    yield (
        f"All random choices follow from the seed {settings['seed']}; "
        f"networks ran on the device {origin['device']}."
    )


def _scale(radius: float | None) -> Iterator[str]:
    if radius and scale_factor(radius) != 1:
        yield (
            f"Frames were resampled so that a typical object, with a radius of "
            f"{radius:.3g} pixels in the video, had one of {STANDARD_RADIUS:g}; "
            "outlines were brought back to the video's resolution."
        )


def _training(settings: Mapping[str, Any]) -> Iterator[str]:
    simulation, synthesis = settings["simulation"], settings["synthesis"]
    if simulation:
        kind = OBJECTS.get(simulation["kind"], "objects")
        yield (
            f"{_number(simulation['videos'], 'video')} of "
            f"{_number(simulation['frames'], 'frame')} with simulated {kind} "
            f"({simulation['height']} × {simulation['width']} pixels) took the place "
            "of annotations."
        )
    steps = "" if synthesis["engine"] == "renderer" else f", {synthesis['steps']} steps"
    yield (
        "They were given the look of the microscope by "
        f"{ENGINES[synthesis['engine']]}{steps}."
    )
    if how := DEFORMATIONS.get(settings["refinement"]["deformation"]):
        yield f"Their labels were fitted to the synthetic frames by {how}."
    embedding = settings["embedding"]
    yield (
        "A recurrent hourglass network was trained on them "
        f"({embedding['steps']} steps, patches of {embedding['patch']} pixels and "
        f"{embedding['frames']} frames)."
    )


def _number(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"
