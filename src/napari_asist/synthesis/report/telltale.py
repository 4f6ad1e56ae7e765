"""An image of the crops that reveal synthetic frames, next to real ones."""

from pathlib import Path

from napari_asist.files import save_picture
from napari_asist.synthesis.report.crop_classifier import ClassifiedCrops, Crops

TELLTALE = "telltale.png"
COLUMNS = 8


def write_telltale(path: Path, crops: ClassifiedCrops) -> None:
    """Write the image, or delete an earlier one if there are no crops.

    Parameters
    ----------
    path : Path
        PNG to write.
    crops : ClassifiedCrops
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not len(crops.real):
        path.unlink(missing_ok=True)
        return
    rows: list[tuple[str, Crops]] = [
        ("real,\nsurest", crops.real[:COLUMNS]),
        ("synthetic,\nsurest", crops.synthetic[:COLUMNS]),
        ("synthetic,\nmost like real", crops.synthetic[::-1][:COLUMNS]),
    ]
    figure = Figure(figsize=(1.1 * COLUMNS + 0.6, 3.9), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(
        f"{crops.accuracy:.0%} of crops identified (chance 50%), mostly by {crops.by}",
        fontsize=10,
    )
    grid = figure.subplots(len(rows), COLUMNS, squeeze=False)
    for axes, (name, images) in zip(grid, rows, strict=True):
        for place in axes:
            place.set_xticks([])
            place.set_yticks([])
            place.set_frame_on(False)
        axes[0].set_ylabel(name, fontsize=8)
        for place, image in zip(axes, images, strict=False):
            place.imshow(image, cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
    save_picture(figure, path)
