"""The steps of the guided dock, in the order in which a user takes them."""

from collections.abc import Callable
from dataclasses import dataclass

from napari import Viewer
from qtpy.QtWidgets import QWidget

from napari_asist.plugin.proofread_panel import ProofreadPanel
from napari_asist.plugin.result_panel import ResultPanel
from napari_asist.plugin.scores_panel import ScoresPanel
from napari_asist.plugin.session import Session
from napari_asist.plugin.simulator_panel import SimulatorPanel
from napari_asist.plugin.training_panel import NetworkPanel, SynthesisPanel
from napari_asist.plugin.video_panel import VideoPanel
from napari_asist.workflow.run_folder.folder import RunFolder


@dataclass(frozen=True)
class Step:
    """One step: its panel, what it is for, and whether it is done.

    Parameters
    ----------
    name : str
        On the step's button.
    purpose : str
        One sentence for the user.
    make : callable
        Builds the panel for a viewer.
    is_done : callable
        Tells whether a session has what the step is to give.
    has_previews : bool
        Its panel shows previews on the canvas, which no other step needs.
    """

    name: str
    purpose: str
    make: Callable[[Viewer], QWidget]
    is_done: Callable[[Session], bool]
    has_previews: bool = False


def _has_stage(folder: str) -> Callable[[Session], bool]:
    return lambda session: (
        session.run is not None and RunFolder(session.run).is_done(folder)
    )


STEPS = (
    Step(
        "Video",
        "Choose the video and a folder that keeps all that is made from it.",
        VideoPanel,
        lambda session: session.layer is not None and session.run is not None,
    ),
    Step(
        "Simulate",
        "Tune simulated objects until they look and move like yours. You may skip "
        "this: they are then estimated from the video.",
        SimulatorPanel,
        lambda session: session.recipe.simulation is not None,
        has_previews=True,
    ),
    Step(
        "Synthesize",
        "Learn to draw simulated objects as your microscope shows them.",
        SynthesisPanel,
        _has_stage("synthesis"),
    ),
    Step(
        "Train",
        "Fit the labels to the synthetic frames, and train the network that "
        "outlines and tracks objects. Earlier steps that are missing are done first.",
        NetworkPanel,
        _has_stage("network"),
    ),
    Step(
        "Track",
        "Outline and track the objects of your video; look at them and export them.",
        ResultPanel,
        lambda session: session.result.video is not None,
    ),
    Step(
        "Correct",
        "Merge, split, relabel and delete tracks, and correct their parents.",
        ProofreadPanel,
        lambda session: False,
    ),
    Step(
        "Score",
        "Compare the tracks with a ground truth, if you have one, and go through "
        "the errors.",
        ScoresPanel,
        lambda session: False,
    ),
)
