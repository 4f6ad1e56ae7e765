from pathlib import Path

import numpy as np
import pytest
from refinement_scenes import clip, same

from napari_asist.events import Progress, result_of
from napari_asist.labels import LabelVideo
from napari_asist.refinement import deformation_cache as deformed_frames
from napari_asist.refinement.deform import deform
from napari_asist.refinement.deformation_cache import cache_file
from napari_asist.refinement.refine import refine_video
from napari_asist.refinement.settings import RefinementSettings

FAST = RefinementSettings(deformation="watershed")


def test_a_killed_run_resumes_after_its_finished_frames(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    video, images, masks = clip(4)
    shifted = np.stack([np.roll(f, t, 0) for t, f in enumerate(video.labels)])
    moving = LabelVideo(shifted)
    whole = result_of(refine_video(moving, images, masks, FAST, 0))
    begun = refine_video(moving, images, masks, FAST, 0, cache=tmp_path)
    for event in begun:
        if isinstance(event, Progress) and event.done == 2:
            break
    begun.close()
    assert len(list(tmp_path.glob("frame*.npz"))) == 2
    deformed: list[int] = []

    def counted(*arguments: object) -> object:
        deformed.append(1)
        return deform(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(deformed_frames, "deform", counted)
    resumed = result_of(refine_video(moving, images, masks, FAST, 0, cache=tmp_path))
    assert len(deformed) == 2
    assert same(whole, resumed)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("left", [0, 100, 300])
def test_a_torn_frame_is_deformed_again(left: int, tmp_path: Path) -> None:
    video, images, masks = clip(2)
    whole = result_of(refine_video(video, images, masks, FAST, 0, cache=tmp_path))
    for file in tmp_path.glob("frame*.npz"):
        file.write_bytes(file.read_bytes()[:left])
    again = result_of(refine_video(video, images, masks, FAST, 0, cache=tmp_path))
    assert same(whole, again)
    for file in tmp_path.glob("frame*.npz"):
        assert np.load(file)["labels"].shape == video.labels.shape[1:]


def test_other_settings_do_not_meet_frames_kept_before(tmp_path: Path) -> None:
    video, images, masks = clip(1)
    for settings in (FAST, FAST.changed(cap=1), FAST.changed(feather=0)):
        result_of(refine_video(video, images, masks, settings, 0, cache=tmp_path))
    assert len(list(tmp_path.glob("frame*.npz"))) == 2


def test_where_frames_are_deformed_does_not_name_their_files(tmp_path: Path) -> None:
    video, _, masks = clip(1)
    here, there = (
        cache_file(tmp_path, 0, video.labels[0], masks[0], settings)
        for settings in (FAST, FAST.changed(scheduler="tcp://host:8786"))
    )
    assert here == there
