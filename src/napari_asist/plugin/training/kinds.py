"""The two kinds of training panels, and what each one trains."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from napari_asist.plugin.choices.engine_forms import NetworkForm
from napari_asist.plugin.choices.section_form import SectionForm
from napari_asist.plugin.session import Session


@dataclass(frozen=True)
class TrainingKind:
    """What a panel trains.

    Parameters
    ----------
    stages : tuple of str
        Stages of the run, in order.
    before : tuple of str
        Stages that are run first if they are not done.
    folders : tuple of str
        Folders of these stages in the run folder.
    trainings : tuple of str
        Names under which the trainings report their events.
    forms : mapping of str to callable
        Functions that make the form of a section for a session, by title.
    done : str
        Message once everything is done, with the next step.
    has_report : bool
        Whether a label-free report is written.
    outlines : bool
        Whether the trained network outlines objects, also before its training ends.
    """

    stages: tuple[str, ...]
    folders: tuple[str, ...]
    trainings: tuple[str, ...]
    forms: Mapping[str, Callable[[Session], SectionForm]]
    done: str
    before: tuple[str, ...] = ()
    has_report: bool = False
    outlines: bool = False


SYNTHESIS = TrainingKind(
    ("simulate", "synthesize"),
    ("simulated", "synthesis"),
    ("synthesis (main)", "synthesis (mask)"),
    {"Settings": lambda session: SectionForm(session, "synthesis")},
    "Synthetic frames can now be drawn: check the report, then train the network.",
    has_report=True,
)
NETWORK = TrainingKind(
    ("refine", "train"),
    ("training", "network"),
    ("embedding", "depth"),
    {
        "Network": NetworkForm,
        "Refinement": lambda session: SectionForm(session, "refinement"),
    },
    "The network is trained: you can now segment and track the video.",
    before=SYNTHESIS.stages,
    outlines=True,
)
