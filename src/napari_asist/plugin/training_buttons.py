"""What the buttons and the line of state of a training panel say."""

from typing import TYPE_CHECKING

from napari_asist.plugin.memory_use import memory_use
from napari_asist.plugin.training_start import is_begun, is_done

if TYPE_CHECKING:
    from napari_asist.plugin.training_panel import TrainingPanel

RENDERER = (
    "The engine renderer trains no network and has no losses: the virtual microscope "
    "is fitted to the video within a minute. The tab Report tells how well."
)
WAITS = "Losses and sample images appear here when training begins."


def show_buttons(panel: "TrainingPanel") -> None:
    """Enable what can be done now, and name it."""
    work, run = panel.work, panel.session.run
    is_busy = work.is_running or bool(work.elsewhere)
    panel.start.setEnabled(not is_busy)
    panel.start.setText(_start_text(panel))
    is_pausing = work.is_asked_to_pause
    panel.pause.setText("Resume" if is_pausing else "Pause")
    is_open = work.is_running and not work.is_asked_to_stop
    panel.pause.setEnabled(is_open and (is_pausing or work.state.is_training))
    panel.stop.setEnabled(is_open)
    panel.run.setEnabled(not work.is_running)
    for form in panel.forms.values():
        form.lock(is_busy)
    panel.progress.say(_hint(panel))
    if work.elsewhere and run is not None:
        panel.bar.say(
            f"{work.elsewhere[:1].upper()}{work.elsewhere[1:]} works on {run.name}; "
            "it is shown here as it goes. Pause or stop it where it was started."
        )


def show_state(panel: "TrainingPanel") -> None:
    """Tell what runs, how fast, with how much memory, and for how long."""
    work, state = panel.work, panel.work.state
    if not work.is_running and not work.elsewhere:
        panel.tick.stop()
        panel.bar.end()
        panel.state.setText(_rest_text(panel))
        return
    headline = state.headline()
    if work.is_asked_to_stop:
        headline = "Saving; it ends after this step"
    elif work.is_asked_to_pause and not state.is_paused:
        headline += "; it pauses after this step"
    memory = memory_use() if work.is_running else ""
    parts = (state.outlook(), f"memory {memory}" if memory else "")
    second = ", ".join(filter(None, parts))
    panel.state.setText("\n".join(filter(None, (headline, second))))
    panel.bar.progress.show()
    panel.bar.progress.setRange(0, state.total)
    panel.bar.progress.setValue(state.done)


def _start_text(panel: "TrainingPanel") -> str:
    run, kind = panel.session.run, panel.kind
    is_busy = panel.work.is_running or panel.work.elsewhere
    return "Resume training" if not is_busy and is_begun(run, kind.folders) else "Start"


def _rest_text(panel: "TrainingPanel") -> str:
    run, kind = panel.session.run, panel.kind
    if is_done(run, kind.folders):
        return "Done."
    if is_begun(run, kind.folders):
        return "Stopped before the end; it can go on where it was."
    return "Not started."


def _hint(panel: "TrainingPanel") -> str:
    recipe = panel.session.recipe
    if panel.kind.has_report and recipe.synthesis.engine == "renderer":
        return RENDERER
    return WAITS if panel.progress.plot.is_empty else ""
