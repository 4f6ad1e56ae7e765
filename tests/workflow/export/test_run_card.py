"""The run card of a result, and the paragraph made from it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cases import CASES, with_tracks
from tiny import tiny_depth_recipe, tiny_recipe

from napari_asist.workflow.export.methods_text import methods_text
from napari_asist.workflow.export.provenance import Origin
from napari_asist.workflow.export.run_card import run_card, write_card
from napari_asist.workflow.recipe import TRACKING
from napari_asist.workflow.run_folder.record import machine, versions


def origin(**changes: object) -> Origin:
    recipe = tiny_recipe(seed=17)
    return replace(
        Origin(
            {"name": "cells", "frames": [5, 40, 48], "sha256": "0", "channel": None},
            {"name": "model.safetensors", "sha256": "abc"},
            recipe.model_dump(mode="json"),
            True,
            "cpu",
            "2026-11-25T09:00:00+00:00",
            versions(),
            machine(),
        ),
        **changes,  # type: ignore[arg-type]
    )


def test_content_of_a_run_card(tmp_path: Path) -> None:
    write_card(CASES["division"](), origin(), tmp_path)
    card = json.loads((tmp_path / "run_card.json").read_text())
    assert card["annotations_used"] is False
    assert card["origin"]["settings"]["seed"] == 17
    assert card["origin"]["model"]["sha256"] == "abc"
    assert card["result"]["divisions"] == 1
    assert card["result"]["objects"] == 2 + 2 + 3 * 3
    text = (tmp_path / "methods.md").read_text()
    for part in (
        "without any manual annotation",
        "1 video of 8 frames with simulated nuclei",
        "with a CycleGAN, 5 steps",
        "seed 17",
        "device cpu",
        "4 tracks with 1 division and 13 object outlines in 5 frames",
        "It was not corrected manually.",
    ):
        assert part in text
    assert text.count("\n") == 3


def test_no_training_is_claimed_for_a_model_alone() -> None:
    recipe = tiny_recipe()
    known = recipe.sections("seed", "scaling", "tracking")
    card = run_card(CASES["good"](), origin(settings=known, trained=False))
    text = methods_text(card)
    assert "had been trained previously" in text
    assert "simulated" not in text


def test_a_card_of_an_earlier_version_becomes_a_methods_text() -> None:
    settings = tiny_recipe().model_dump(mode="json")
    settings["simulation"]["kind"] = "hela"
    card = run_card(CASES["division"](), origin(settings=settings))
    assert "with simulated nuclei" in methods_text(card)


def test_manual_corrections_are_reported() -> None:
    made = CASES["division"]()
    corrected = with_tracks(made, [(2, 2, 4, 0), (3, 2, 4, 0)])
    card = run_card(corrected, origin(), made.digest())
    assert card["result"]["corrected_by_hand"]
    assert "corrected manually afterwards" in methods_text(card)
    assert not run_card(made, origin(), made.digest())["result"]["corrected_by_hand"]


@pytest.mark.parametrize(
    ("is_known", "journal", "corrected", "said"),
    [
        (True, (), False, "It was not corrected manually."),
        (
            True,
            ("Deleted track 1.",),
            True,
            "It was corrected manually afterwards: 1 correction was made by hand.",
        ),
        (False, (), None, "Whether it was corrected manually is not recorded."),
        (
            False,
            ("Deleted track 1.", "Deleted track 2."),
            True,
            "It was corrected manually: 2 corrections were made by hand, and earlier "
            "ones are not recorded.",
        ),
    ],
)
def test_the_card_claims_what_is_known(
    is_known: bool, journal: tuple[str, ...], corrected: bool | None, said: str
) -> None:
    known = origin() if is_known else None
    card = run_card(CASES["good"](), known, journal=journal)
    assert card["result"]["corrected_by_hand"] is corrected
    assert card["result"]["corrections"] == len(journal)
    assert said in methods_text(card)


def test_the_review_is_reported() -> None:
    video = CASES["good"]()
    counts = {"listed": 40, "accepted": 8, "corrected": 3, "dismissed": 1}
    card = run_card(video, origin(), reviewed=counts)
    assert card["result"]["reviewed"] == counts
    assert (
        "40 places with unusual areas, motion or tracks were listed automatically for "
        "review, of which 12 were reviewed manually (8 accepted, 3 corrected, 1 "
        "dismissed)."
    ) in methods_text(card)
    assert "listed automatically" not in methods_text(run_card(video, origin()))


def test_another_dtype_is_not_a_correction() -> None:
    made = CASES["division"]()
    wide = type(made)(made.labels.astype(np.uint32), made.tracks)
    assert made.digest() == wide.digest()


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("scratch", ""),
        (
            "ready-made",
            ", starting from a network trained on simulations of many videos,",
        ),
    ],
)
def test_the_depth_engine_is_described(start: str, said: str) -> None:
    recipe = tiny_depth_recipe(depth={"start": start})
    text = methods_text(
        run_card(CASES["good"](), origin(settings=recipe.model_dump(mode="json")))
    )
    for part in (
        "A compact U-Net, which takes 3 frames",
        f"trained for {recipe.depth.steps} steps{said} on new synthetic scenes",
        "watershed on the predicted depth",
        "linear assignment",
    ):
        assert part in text
    assert "hourglass" not in text
    known = recipe.sections(*recipe.used(("seed", "scaling", *TRACKING)))
    alone = methods_text(
        run_card(CASES["good"](), origin(settings=known, trained=False))
    )
    assert "A compact U-Net that had been trained previously" in alone


def test_a_part_of_a_video_does_not_claim_to_be_the_whole() -> None:
    whole = origin().video
    part = {**whole, "made_from": "frames 11 to 15 of cells.tif"}
    text = methods_text(run_card(CASES["good"](), origin(video=part)))
    assert "Objects in the video cells (frames 11 to 15 of cells.tif) were" in text
    assert "Objects in the video cells were" in methods_text(
        run_card(CASES["good"](), origin())
    )
