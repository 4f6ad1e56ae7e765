"""The recipe: all settings of all stages, as one YAML file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import ValidationError

from napari_asist.depth.settings import DepthSettings
from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.errors import AsistError
from napari_asist.files import require_file, written_aside
from napari_asist.refinement.settings import RefinementSettings
from napari_asist.resampling import STANDARD_PX, ScaleSettings
from napari_asist.scaling import ScalingSettings
from napari_asist.settings import Field, Settings, explain
from napari_asist.simulation.settings import (
    SimulatorKind,
    SimulatorSettings,
    kinds_in_words,
    with_current_kinds,
)
from napari_asist.simulation.video_settings import (
    BORDER_EXPONENT,
    BORDER_EXPONENT_MEANING,
)
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.tracking.depth.settings import DepthTrackingSettings
from napari_asist.tracking.settings import TrackingSettings
from napari_asist.training.settings import TrainingSettings
from napari_asist.workflow.plain_yaml import LONGEST, load_plain
from napari_asist.workflow.presets import PRESETS

Engine = Literal["rshn", "depth"]

NETWORK = ("engine", "embedding", "depth")
TRACKING = ("engine", "tracking", "depth_tracking")
"""Sections for the network and for tracking; each engine reads only its own."""

NETWORK_OF: Mapping[Engine, str] = {"depth": "depth", "rshn": "embedding"}
TRACKING_OF: Mapping[Engine, str] = {"depth": "depth_tracking", "rshn": "tracking"}
"""The sections for the network and for tracking, by engine."""

OTHERS = {"depth": ("embedding", "tracking"), "rshn": ("depth", "depth_tracking")}
"""Sections that each engine does not read."""


LENGTHS = "Lengths are in standard px: a typical object has a radius of 13."


class EstimateSettings(Settings):
    """What is simulated if the objects' appearance is estimated from the video.

    The sizes are from the ASIST paper, section III-B.
    """

    simulator: SimulatorKind | None = Field(
        None,
        description=f"Simulator: {kinds_in_words()}. If null, it is chosen from the "
        "video: sticks if objects are elongated.",
    )
    videos: int = Field(10, ge=1, le=1000, description="Number of label videos.")
    frames: int = Field(
        50,
        ge=2,
        le=10_000,
        description="Frames per video.",
        unit="frames",
    )
    height: int = Field(
        512,
        ge=16,
        le=8192,
        description="Height of a frame.",
        unit=STANDARD_PX,
    )
    width: int = Field(
        512,
        ge=16,
        le=8192,
        description="Width of a frame.",
        unit=STANDARD_PX,
    )
    crowding: float = Field(
        1.0,
        gt=0,
        le=20,
        description="Factor applied to the estimated number of objects. Simulated "
        "objects are spread evenly, while real ones crowd in places, and the networks "
        "learn most where objects touch. Values above 1 replace the estimated "
        "clusters.",
    )
    border: float | None = Field(
        None,
        ge=0.1,
        le=0.7,
        description="Position of an object's outline, as a fraction of its own "
        "brightness. If null, it depends on the brightness, as with human annotators: "
        "the outlines of dim objects are at about 0.4, those of bright ones at 0.15. A "
        "number applies to all objects: at 0.5 (half maximum), a blurred edge is "
        "steepest.",
    )
    border_exponent: float = Field(
        BORDER_EXPONENT, ge=0.3, le=0.9, description=BORDER_EXPONENT_MEANING
    )


class Recipe(Settings):
    """All settings of a run."""

    seed: int = Field(
        0,
        ge=0,
        lt=2**32,
        description="Seed from which each stage derives its own.",
    )
    scale: ScaleSettings = Field(
        ScaleSettings(),
        description="Resampling of objects to the networks' scale, on which a typical "
        "object has a radius of 13 standard px.",
    )
    scaling: ScalingSettings = Field(
        ScalingSettings(), description="Scaling of raw intensities for the networks."
    )
    estimate: EstimateSettings = Field(
        EstimateSettings(),
        description="What is simulated if simulation is null; its settings are then "
        "estimated from the video.",
    )
    simulation: SimulatorSettings | None = Field(
        None,
        description="Label videos, in px of the video; null estimates the settings "
        "from the video.",
    )
    synthesis: SynthesisSettings = Field(
        SynthesisSettings(),
        description=f"Rendering of labels as microscope images. {LENGTHS}",
    )
    refinement: RefinementSettings = Field(
        RefinementSettings(),
        description=f"Fitting of the labels to the synthetic images. {LENGTHS}",
    )
    engine: Engine = Field(
        "rshn",
        description="Network that outlines and tracks objects: rshn, the recurrent "
        "stacked hourglass network, whose embeddings are clustered by mean shift, as "
        "published; or depth, a compact network, which learns in minutes and whose "
        "depth maps are divided into objects by a watershed.",
    )
    depth: DepthSettings = Field(
        DepthSettings(), description="Network and training of the depth engine."
    )
    depth_tracking: DepthTrackingSettings = Field(
        DepthTrackingSettings(), description="From depth maps to objects and tracks."
    )
    embedding: EmbeddingSettings = Field(
        EmbeddingSettings(),
        description="The rshn network, which distinguishes objects by their "
        f"embeddings. {LENGTHS}",
    )
    tracking: TrackingSettings = Field(
        TrackingSettings(),
        description=f"From embeddings to objects and tracks. {LENGTHS}",
    )

    @classmethod
    def preset(cls, name: str, **changes: Any) -> "Recipe":
        """Return a preset, with changes.

        Parameters
        ----------
        name : str
            A name in `napari_asist.workflow.presets.PRESETS`, such as ``laptop``.
        **changes
            Sections and their settings, such as ``depth={"steps": 1000}``, or ``seed``.

        Raises
        ------
        AsistError
            There is no such preset or setting, or a value is out of bounds.
        """
        return make_recipe(name, changes=[changes])

    @classmethod
    def read(cls, path: str | Path) -> "Recipe":
        """Read a recipe from a YAML file; missing settings keep their defaults.

        Raises
        ------
        AsistError
            Names the file and the field.
        """
        return read_recipe(Path(path))

    @property
    def network(self) -> TrainingSettings:
        """Settings of the network that the engine trains."""
        return self.depth if self.engine == "depth" else self.embedding

    @property
    def draws_scenes(self) -> bool:
        """Whether the network learns from scenes drawn during training."""
        return self.engine == "depth" and self.synthesis.engine == "renderer"

    def used(self, names: Sequence[str]) -> list[str]:
        """Return those of some sections that the engine reads."""
        return [name for name in names if name not in OTHERS[self.engine]]

    def sections(self, *names: str) -> dict[str, Any]:
        """Return some sections as plain data, as they appear in JSON."""
        return self.model_dump(mode="json", include=set(names))


def make_recipe(
    preset: str | None = None,
    file: Path | None = None,
    changes: Sequence[Mapping[str, Any]] = (),
) -> Recipe:
    """Make a recipe from a preset, a file and changes; later ones take precedence.

    Parameters
    ----------
    preset : str, optional
        A name in `PRESETS`.
    file : Path, optional
        YAML file; missing settings are taken from the preset or the defaults.
    changes : sequence of mapping, optional
        Nested plain data, see `parse_change`.

    Raises
    ------
    AsistError
        Names the file, the field, its bound and its value.
    """
    if preset is not None and preset not in PRESETS:
        raise AsistError(f"There is no preset {preset!r}; choose {', '.join(PRESETS)}.")
    values: Mapping[str, Any] = PRESETS[preset] if preset else {}
    if file is not None:
        values = merged(values, _load(file))
        _validated(values, f"{file}: ")
    for change in changes:
        values = merged(values, change)
    return _validated(values)


def read_recipe(path: Path) -> Recipe:
    """Read a recipe; missing settings keep their defaults.

    Raises
    ------
    AsistError
        Names the file and the field.
    """
    return make_recipe(file=path)


def write_recipe(recipe: Recipe, path: Path) -> None:
    """Write a recipe as YAML with all settings, including defaults."""
    with written_aside(path) as aside:
        aside.write_text(recipe_text(recipe), encoding="utf-8")


def is_recipe(start: bytes) -> bool:
    """Return whether a file, given its first bytes, is a recipe.

    Parameters
    ----------
    start : bytes
    """
    text = start.decode("utf-8", "replace")
    # A long file is cut off within a line.
    lines = text[: text.rfind("\n") + 1].splitlines()
    sections = {line.partition(":")[0] for line in lines if line[:1].isalpha()}
    return bool(sections) and sections <= set(Recipe.model_fields)


def recipe_text(recipe: Recipe) -> str:
    """Return a recipe as YAML."""
    return yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, width=88)


def parse_change(text: str) -> dict[str, Any]:
    """Turn ``depth.steps=1000`` into ``{"depth": {"steps": 1000}}``.

    Raises
    ------
    AsistError
        It does not have the form ``section.name=value``.
    """
    path, sign, value = text.partition("=")
    keys = [key.strip() for key in path.split(".")]
    if not sign or not all(keys):
        raise AsistError(
            f"--set {text}: use section.name=value, such as depth.steps=1000."
        )
    try:
        nested: Any = load_plain(value)
    except AsistError as error:
        reason = f"the value is not valid YAML ({error})"
        shown = " ".join(text.split())[:80]
        raise AsistError(f"--set {shown}: {reason}.") from error
    for key in reversed(keys):
        nested = {key: nested}
    change: dict[str, Any] = nested
    return change


def merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested data in which a change replaces single values of the base.

    Settings for a different kind of simulator replace the base's completely.
    """
    result = dict(base)
    for key, value in change.items():
        old: Any = result.get(key)
        mergeable = isinstance(old, Mapping) and isinstance(value, Mapping)
        if mergeable and _is_same_kind(old, value):
            value = merged(old, value)
        result[key] = value
    return result


def _is_same_kind(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    before = with_current_kinds(old).get("kind")
    return bool(with_current_kinds(new).get("kind", before) == before)


def _load(path: Path) -> dict[str, Any]:
    require_file(path)
    try:
        # One byte more than a text may be long shows that it is too long.
        with path.open("rb") as file:
            text = file.read(LONGEST + 1).decode("utf-8")
        values = load_plain(text)
    except FileNotFoundError as error:
        raise AsistError(f"{path} does not exist; check the recipe's name.") from error
    except UnicodeDecodeError as error:
        raise AsistError(
            f"{path} is not text in UTF-8; choose a recipe, and save it as UTF-8."
        ) from error
    except (OSError, AsistError) as error:
        reason = " ".join(str(error).split())
        raise AsistError(f"{path} is not a readable YAML file ({reason}).") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise AsistError(
            f"{path}: a recipe has sections such as depth:, each with its settings."
        )
    return {str(key): value for key, value in values.items()}


def _validated(values: Mapping[str, Any], where: str = "") -> Recipe:
    simulation = values.get("simulation")
    if isinstance(simulation, Mapping) and "kind" not in simulation:
        raise AsistError(
            f"{where}simulation: set its kind, {kinds_in_words()}. Missing settings "
            "keep their defaults; settings are estimated only if simulation is null."
        )
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        raise AsistError(f"{where}{explain(error)}.") from error
