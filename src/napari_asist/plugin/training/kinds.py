"""What the two training panels have and do."""

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
        Stages of the run, in their order.
    before : tuple of str
        Stages that are done first where they are missing.
    folders : tuple of str
        Where these stages work, in the run folder.
    trainings : tuple of str
        Names under which the trainings tell their events.
    forms : mapping of str to callable
        Make the form of a section for a session, by its title.
    done : str
        What to do when all is done.
    has_report : bool
        Whether a label-free report is written.
    """

    stages: tuple[str, ...]
    folders: tuple[str, ...]
    trainings: tuple[str, ...]
    forms: Mapping[str, Callable[[Session], SectionForm]]
    done: str
    before: tuple[str, ...] = ()
    has_report: bool = False


SYNTHESIS = TrainingKind(
    ("simulate", "synthesize"),
    ("simulated", "synthesis"),
    ("synthesis (main)", "synthesis (mask)"),
    {"Settings": lambda session: SectionForm(session, "synthesis")},
    "Synthetic frames can be drawn now: look at the report, then train the network.",
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
    "The network is trained: segment and track the video now.",
    before=SYNTHESIS.stages,
)
