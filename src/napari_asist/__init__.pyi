from .api import (
    estimate as estimate,
)
from .api import (
    evaluate as evaluate,
)
from .api import (
    render as render,
)
from .api import (
    run as run,
)
from .api import (
    simulate as simulate,
)
from .api import (
    track_graph as track_graph,
)
from .api import (
    track_table as track_table,
)
from .api import (
    train as train,
)
from .ctc import (
    read_ctc as read_ctc,
)
from .ctc import (
    validate_ctc as validate_ctc,
)
from .ctc import (
    write_ctc as write_ctc,
)
from .errors import AsistError as AsistError
from .evaluation import Scores as Scores
from .events import (
    CheckpointWritten as CheckpointWritten,
)
from .events import (
    Event as Event,
)
from .events import (
    Finished as Finished,
)
from .events import (
    Note as Note,
)
from .events import (
    Paused as Paused,
)
from .events import (
    Progress as Progress,
)
from .events import (
    Resumed as Resumed,
)
from .events import (
    SampleImage as SampleImage,
)
from .events import (
    Scalars as Scalars,
)
from .events import (
    Started as Started,
)
from .events import (
    StopFlag as StopFlag,
)
from .events import (
    Stopped as Stopped,
)
from .labels import LabelVideo as LabelVideo
from .microscope.settings import MicroscopeSettings as MicroscopeSettings
from .plugin.layers.label_layers import label_layers as label_layers
from .simulation.settings import (
    MicrovilliSettings as MicrovilliSettings,
)
from .simulation.settings import (
    NucleiSettings as NucleiSettings,
)
from .video import Video as Video
from .video import open_video as open_video
from .video import video_of as video_of
from .workflow.model import Model as Model
from .workflow.recipe import Recipe as Recipe

__all__: list[str]
__version__: str
