import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from cases import (
    CASES,
    at_the_border,
    blank,
    division,
    empty,
    gap,
    good,
    high_labels,
    late_start,
    merge_fault,
    new_labels,
    one_frame,
    square,
    touching,
    without_division,
    without_last_marker,
)

from napari_asist.ctc import write_ctc
from napari_asist.errors import AsistError
from napari_asist.evaluation import Scores, evaluate, evaluate_videos, score_table
from napari_asist.labels import LabelVideo, LabelVideoError, relabel, split_gaps

RESULTS = {
    "itself": (good, good),
    "missed marker": (good, without_last_marker),
    "no tracking": (good, new_labels),
    "merged": (touching, merge_fault),
    "division missed": (division, without_division),
    "false division": (without_division, division),
    "moved": (division, lambda: moved(division(), 3)),
    "other labels": (division, lambda: renamed(division())),
}


def moved(video: LabelVideo, columns: int) -> LabelVideo:
    return LabelVideo(np.roll(video.labels, columns, axis=2), video.tracks)


def renamed(video: LabelVideo) -> LabelVideo:
    """Give the same objects other labels, in another order."""
    tracks = video.tracks.copy()
    tracks["label"] = 100 - tracks["label"]
    tracks["parent"] = np.where(tracks["parent"] > 0, 100 - tracks["parent"], 0)
    labels = np.where(video.labels > 0, 100 - video.labels, 0).astype(np.uint16)
    return LabelVideo(labels, tracks)


def library_scores(truth: Path, result: Path) -> dict[str, Any]:
    from ctc_metrics import evaluate_sequence

    with contextlib.redirect_stdout(io.StringIO()):
        metrics = ["Valid", "DET", "SEG", "TRA", "LNK", "BC"]
        scores: dict[str, Any] = evaluate_sequence(
            str(result), str(truth), metrics, threads=1
        )
    return scores


@pytest.mark.parametrize("name", RESULTS)
def test_scores_are_the_library_s_own(name: str, tmp_path: Path) -> None:
    truth, result = (make() for make in RESULTS[name])
    write_ctc(truth, tmp_path / "01_GT", "truth")
    write_ctc(result, tmp_path / "01_RES")
    theirs = library_scores(tmp_path / "01_GT", tmp_path / "01_RES")
    ours = evaluate(tmp_path / "01_GT", tmp_path / "01_RES")
    assert theirs["Valid"] == 1
    assert (ours.det, ours.seg, ours.tra) == (
        theirs["DET"],
        theirs["SEG"],
        theirs["TRA"],
    )
    assert (ours.lnk, ours.division_f1) == (theirs["LNK"], theirs["BC(1)"])
    assert (ours.splits, ours.misses, ours.false_positives) == tuple(
        theirs[f"AOGM_{key}"] for key in ("NS", "FN", "FP")
    )
    assert (ours.false_links, ours.missing_links, ours.wrong_links) == tuple(
        theirs[f"AOGM_{key}"] for key in ("ED", "EA", "EC")
    )


@pytest.mark.parametrize("name", CASES)
def test_every_video_agrees_with_itself(name: str) -> None:
    video = CASES[name]()
    scores = evaluate_videos(video, video)
    assert (scores.det, scores.seg, scores.tra) == (1, 1, 1)
    assert scores.misses == scores.false_positives == scores.splits == 0


def test_a_missed_marker_costs_its_share_of_det() -> None:
    scores = evaluate_videos(good(), without_last_marker())
    assert scores.objects == 11
    assert scores.misses == 1
    assert scores.det == pytest.approx(1 - 1 / 11)


def test_masks_without_tracking_keep_det_and_lose_lnk() -> None:
    scores = evaluate_videos(good(), new_labels())
    assert (scores.det, scores.lnk) == (1, 0)
    assert scores.tra == pytest.approx(1 - 1.5 * 8 / (10 * 11 + 1.5 * 8))


def test_a_mask_over_two_cells_is_one_cut_per_frame() -> None:
    scores = evaluate_videos(touching(), merge_fault())
    assert scores.splits == 4
    assert scores.misses == 0
    assert scores.det == pytest.approx(1 - 5 * 4 / (10 * 8))


def test_divisions_are_counted() -> None:
    found = evaluate_videos(division(), division())
    lost = evaluate_videos(division(), without_division())
    invented = evaluate_videos(without_division(), division())
    assert (found.division_f1, found.divisions, found.divisions_found) == (1, 1, 1)
    assert (lost.division_f1, lost.divisions, lost.divisions_found) == (0, 1, 0)
    assert invented.division_f1 is None
    assert invented.false_divisions == 1


def test_labels_of_any_width_give_the_same_scores() -> None:
    truth = relabel(high_labels())
    for dtype in (np.uint8, np.uint16, np.uint32, np.uint64):
        narrow = LabelVideo(truth.labels.astype(dtype), truth.tracks)
        assert evaluate_videos(narrow, high_labels()).tra == 1
    top = truth.labels.astype(np.uint16)
    top[top == 4] = 65_535
    assert evaluate_videos(truth, LabelVideo(top)).det == 1


def test_an_empty_result_scores_nothing(tmp_path: Path) -> None:
    write_ctc(LabelVideo(blank(4)), tmp_path / "01_RES")
    write_ctc(good(), tmp_path / "01_GT", "truth")
    scores = evaluate(tmp_path / "01_GT", tmp_path / "01_RES")
    assert (scores.det, scores.seg, scores.tra, scores.lnk) == (0, 0, 0, 0)
    assert scores.misses == scores.objects == 11


def test_an_empty_ground_truth_has_no_scores_but_counts_false_objects() -> None:
    result = LabelVideo(blank(3))
    square(result.labels[1], 1, 4, 4)
    scores = evaluate_videos(empty(), LabelVideo(result.labels))
    assert (scores.det, scores.seg, scores.tra) == (None, None, None)
    assert scores.false_positives == 1


def test_a_single_frame_has_no_links() -> None:
    scores = evaluate_videos(one_frame(), one_frame())
    assert scores.lnk is None
    assert scores.links == 0


def test_an_invalid_result_is_rejected_with_frame_and_label(tmp_path: Path) -> None:
    write_ctc(good(), tmp_path / "01_GT", "truth")
    write_ctc(good(), tmp_path / "01_RES")
    tifffile.imwrite(tmp_path / "01_RES" / "mask001.tif", gap().labels[1])
    with pytest.raises(AsistError, match=r"frame 1, label 1.*no score"):
        evaluate(tmp_path / "01_GT", tmp_path / "01_RES")
    with pytest.raises(LabelVideoError):
        evaluate_videos(good(), gap())


def test_margin_drops_objects_entirely_inside_it() -> None:
    truth = at_the_border()
    result = LabelVideo(np.where(truth.labels == 2, 0, truth.labels))
    assert evaluate_videos(truth, result).misses == 5
    scores = evaluate_videos(truth, result, margin=5)
    assert (scores.misses, scores.det, scores.seg) == (0, 1, 1)
    # Cell 3 is hidden in three frames: two parts of one frame and a link remain.
    assert scores.objects == 5 + 2
    assert scores.links == 4 + 1
    assert scores.margin == 5


def test_margin_agrees_with_manually_cleared_masks(tmp_path: Path) -> None:
    truth, result = at_the_border(), moved(at_the_border(), 1)
    folders = []
    for video, name in ((truth, "01_GT"), (result, "01_RES")):
        labels = video.labels.copy()
        for frame in labels:
            inner = np.unique(frame[5:-5, 5:-5])
            frame[~np.isin(frame, inner)] = 0
        cleared = split_gaps(LabelVideo(labels, video.tracks))
        write_ctc(cleared, tmp_path / name, "truth" if name == "01_GT" else "result")
        folders.append(tmp_path / name)
    theirs = library_scores(*folders)
    ours = evaluate_videos(truth, result, margin=5)
    assert (ours.det, ours.seg, ours.tra) == (
        theirs["DET"],
        theirs["SEG"],
        theirs["TRA"],
    )


@pytest.mark.parametrize("margin", [-1, 20, 400])
def test_impossible_margin_is_rejected(margin: int) -> None:
    with pytest.raises(AsistError, match="margin"):
        evaluate_videos(good(), good(), margin)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    write_ctc(late_start(), tmp_path / "01_GT", "truth")
    write_ctc(late_start(), tmp_path / "01_RES")
    return tmp_path / "01_GT", tmp_path / "01_RES"


def test_frames_that_start_late(folders: tuple[Path, Path]) -> None:
    scores = evaluate(*folders)
    assert (scores.det, scores.seg, scores.tra, scores.division_f1) == (1, 1, 1, 1)


def test_tra_alone_and_seg_alone_give_their_scores(folders: tuple[Path, Path]) -> None:
    truth, result = folders
    only_tra = evaluate(truth / "TRA", result)
    only_seg = evaluate(truth / "SEG", result)
    assert (only_tra.tra, only_tra.seg) == (1, None)
    assert (only_seg.seg, only_seg.det) == (1, None)
    assert evaluate(truth / "TRA", result, segmentation=truth).seg == 1


def test_silver_truth_and_sparse_frames(folders: tuple[Path, Path]) -> None:
    truth, result = folders
    silver = truth.parent / "01_ST" / "SEG"
    silver.mkdir(parents=True)
    (truth / "SEG" / "man_seg152.tif").rename(silver / "man_seg152.tif")
    # A frame outside the result does not count.
    (truth / "SEG" / "man_seg150.tif").rename(silver / "man_seg012.tif")
    scores = evaluate(silver.parent, result)
    assert (scores.seg, scores.segmented_frames, scores.det) == (1, 1, None)
    assert evaluate(truth, result).segmented_frames == 3
    both = evaluate(truth / "TRA", result, segmentation=silver.parent)
    assert (both.tra, both.segmented_frames) == (1, 1)
    with pytest.raises(AsistError, match="has no masks"):
        evaluate(truth, result, segmentation=result)


def test_a_result_numbered_from_zero_is_matched_in_order(tmp_path: Path) -> None:
    write_ctc(late_start(), tmp_path / "01_GT", "truth")
    write_ctc(division(), tmp_path / "01_RES")
    scores = evaluate(tmp_path / "01_GT", tmp_path / "01_RES")
    assert (scores.tra, scores.seg) == (1, 1)


def test_a_result_with_more_frames_is_cut_to_the_ground_truth(tmp_path: Path) -> None:
    whole = division()
    tail = split_gaps(LabelVideo(whole.labels[2:], whole.tracks, first_frame=2))
    write_ctc(tail, tmp_path / "01_GT", "truth")
    write_ctc(whole, tmp_path / "01_RES")
    scores = evaluate(tmp_path / "01_GT", tmp_path / "01_RES")
    assert (scores.det, scores.tra, scores.false_positives) == (1, 1, 0)


def test_frames_that_do_not_match_are_rejected(tmp_path: Path) -> None:
    write_ctc(good(), tmp_path / "01_GT", "truth")
    write_ctc(LabelVideo(good().labels[:3]), tmp_path / "short")
    write_ctc(LabelVideo(good().labels[:, :30]), tmp_path / "cropped")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(AsistError, match="frames 0 to 2, but the ground truth has"):
        evaluate(tmp_path / "01_GT", tmp_path / "short")
    with pytest.raises(AsistError, match="the same shape"):
        evaluate(tmp_path / "01_GT", tmp_path / "cropped")
    with pytest.raises(AsistError, match="has no ground truth"):
        evaluate(tmp_path / "nothing", tmp_path / "short")
    with pytest.raises(AsistError, match="is not a folder"):
        evaluate(tmp_path / "absent", tmp_path / "short")
    with pytest.raises(AsistError, match="the same shape"):
        evaluate_videos(good(), LabelVideo(good().labels[:3]))


def test_extra_images_do_no_harm(folders: tuple[Path, Path]) -> None:
    truth, result = folders
    tifffile.imwrite(result / "overview.tif", np.zeros((3, 3), np.uint8))
    assert evaluate(truth, result).tra == 1


def test_nothing_is_printed(
    folders: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    evaluate(*folders)
    assert capfd.readouterr() == ("", "")


def test_table_is_aligned_and_omits_empty_columns() -> None:
    table = score_table(
        {"01": Scores(det=0.98765, misses=3), "longer": Scores(det=1.0)}
    )
    assert table.splitlines() == [
        "           DET  misses",
        "01      0.9877       3",
        "longer  1.0000       –",
    ]


def test_known_answer_of_the_challenge(data: Path) -> None:
    truth = data / "Fluo-N2DL-HeLa" / "01_GT"
    scores = evaluate(truth / "TRA", data / "known_answer" / "Fluo-N2DL-HeLa_01_RES")
    assert scores.det == 0.9954855886097927
    assert scores.tra == pytest.approx(0.9936361896, abs=5e-11)


def test_real_ground_truth_agrees_with_itself(data: Path) -> None:
    truth = data / "Fluo-N2DL-HeLa" / "01_GT" / "TRA"
    scores = evaluate(truth, truth)
    assert (scores.det, scores.tra, scores.lnk, scores.division_f1) == (1, 1, 1, 1)
