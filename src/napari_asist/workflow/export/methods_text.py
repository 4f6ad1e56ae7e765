"""Turn a run card into a paragraph for the methods section of a paper."""

from collections.abc import Iterator, Mapping
from typing import Any

from napari_asist.resampling import STANDARD_RADIUS, scale_factor
from napari_asist.simulation.settings import current_kind, simulators

ENGINES = {
    "cyclegan": "a CycleGAN",
    "cut": "contrastive unpaired translation (CUT)",
    "renderer": "a virtual microscope fitted to the video",
}
DEFORMATIONS = {
    "ants": "registration (ANTs)",
    "watershed": "a watershed transform",
    "nearest": "assigning pixels to the nearest object",
}
NETWORKS = {"rshn": "A recurrent hourglass network", "depth": "A compact U-Net"}
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
            "The labels were taken from a napari layer; their provenance is not "
            "recorded."
        )
    else:
        yield from _making(origin)
    frames, height, width = result["frames"]
    yield (
        f"The result contains {_number(result['tracks'], 'track')} with "
        f"{_number(result['divisions'], 'division')} and "
        f"{_number(result['objects'], 'object outline')} in "
        f"{_number(frames, 'frame')} of {height} × {width} pixels."
    )
    yield _corrections(result, origin is not None)
    yield from _review(result.get("reviewed"))
    found = card["versions"] if origin is None else origin["versions"]
    names = [f"{name} {found[name]}" for name in NAMED_PACKAGES if name in found]
    yield f"Software versions: {', '.join(names)}."


def _corrections(result: Mapping[str, Any], is_made_here: bool) -> str:
    is_corrected, count = result["corrected_by_hand"], result.get("corrections", 0)
    if is_corrected is None:
        return "Whether it was corrected manually is not recorded."
    if not is_corrected:
        return "It was not corrected manually."
    if not count:
        return "It was corrected manually afterwards."
    were = "was" if count == 1 else "were"
    made = f"{_number(count, 'correction')} {were} made by hand"
    if is_made_here:
        return f"It was corrected manually afterwards: {made}."
    return f"It was corrected manually: {made}, and earlier ones are not recorded."


def _review(reviewed: Mapping[str, int] | None) -> Iterator[str]:
    if reviewed is None:
        return
    accepted, corrected, dismissed = (
        reviewed[name] for name in ("accepted", "corrected", "dismissed")
    )
    done = accepted + corrected + dismissed
    yield (
        f"{_number(reviewed['listed'], 'place')} with unusual areas, motion or tracks "
        f"{'was' if reviewed['listed'] == 1 else 'were'} listed automatically for "
        f"review, of which {done} "
        f"{'was' if done == 1 else 'were'} reviewed manually ({accepted} accepted, "
        f"{corrected} corrected, {dismissed} dismissed)."
    )


def _making(origin: Mapping[str, Any]) -> Iterator[str]:
    video, settings = origin["video"], origin["settings"]
    version = origin["versions"].get("napari-asist", "")
    part = f" ({video['made_from']})" if video.get("made_from") else ""
    yield (
        f"Objects in the video {video['name']}{part} were segmented and tracked with "
        f"napari-asist {version} using the ASIST method ({REFERENCE}), without any "
        "manual annotation."
    )
    yield from _scale(settings.get("scale", {}).get("object_radius"))
    if origin["trained"]:
        yield from _training(settings)
    else:
        yield (
            f"{NETWORKS[_engine(settings)]} that had been trained previously was "
            f"applied; the SHA-256 of its weights is {origin['model']['sha256']}."
        )
    yield _tracking(settings)
    yield (
        f"All random choices were derived from the seed {settings['seed']}; "
        f"networks ran on the device {origin['device']}."
    )


def _scale(radius: float | None) -> Iterator[str]:
    if radius and scale_factor(radius) != 1:
        yield (
            f"Frames were resampled so that a typical object, with a radius of "
            f"{radius:.3g} pixels in the video, had a radius of {STANDARD_RADIUS:g} "
            "pixels; outlines were mapped back to the video's resolution."
        )


def _training(settings: Mapping[str, Any]) -> Iterator[str]:
    simulation, synthesis = settings["simulation"], settings["synthesis"]
    if simulation:
        simulator = simulators().get(current_kind(simulation["kind"]))
        objects = simulator.noun if simulator else "objects"
        yield (
            f"{_number(simulation['videos'], 'video')} of "
            f"{_number(simulation['frames'], 'frame')} with simulated {objects} "
            f"({simulation['height']} × {simulation['width']} pixels) were used "
            "instead of manual annotations."
        )
    steps = "" if synthesis["engine"] == "renderer" else f", {synthesis['steps']} steps"
    yield (
        "Microscope-like frames were generated from them with "
        f"{ENGINES[synthesis['engine']]}{steps}."
    )
    if how := DEFORMATIONS.get(settings["refinement"]["deformation"]):
        yield f"The labels were fitted to the synthetic frames by {how}."
    if _engine(settings) == "depth":
        yield _depth_training(settings["depth"], synthesis["engine"] == "renderer")
        return
    embedding = settings["embedding"]
    yield (
        "A recurrent hourglass network was trained on these frames "
        f"({embedding['steps']} steps, patches of {embedding['patch']} pixels and "
        f"{embedding['frames']} frames)."
    )


def _depth_training(depth: Mapping[str, Any], is_fresh: bool) -> str:
    scenes, frames = depth["scenes"], 2 * depth["context"] + 1
    source = "scenes cropped from them"
    if is_fresh:
        source = (
            "new synthetic scenes, which the same simulator and microscope generated "
            "with varied settings during training"
        )
    start = ""
    if depth.get("start") == "ready-made":
        start = ", starting from a network trained on simulations of many videos,"
    return (
        f"{NETWORKS['depth']}, which takes {_number(frames, 'frame')} as input and "
        "predicts the foreground, the normalized depth within each object and the "
        "offset to the object's position in the previous frame, was trained for "
        f"{_number(depth['steps'], 'step')}{start} on {source} "
        f"({depth['batch']} patches of {depth['patch']} pixels per step, scenes of "
        f"{_number(scenes['frames'], 'frame')} of {scenes['side']} × "
        f"{scenes['side']} pixels)."
    )


def _tracking(settings: Mapping[str, Any]) -> str:
    if _engine(settings) == "depth":
        return (
            "Objects were segmented by a watershed on the predicted depth, linked from "
            "frame to frame by linear assignment, and split where earlier tracks "
            "showed that two had merged; divisions were detected among the tracks that "
            "begin."
        )
    return (
        "The pixel embeddings were clustered by mean shift in windows of "
        f"{settings['tracking']['window']} frames and linked over time."
    )


def _engine(settings: Mapping[str, Any]) -> str:
    """Return the engine; earlier cards do not name it, as there was only one."""
    return str(settings.get("engine", "rshn"))


def _number(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"
