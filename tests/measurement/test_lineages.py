from napari_asist.labels import track_table
from napari_asist.measurement.lineages import lay_out_lineages


def test_families_with_divisions_come_first_with_centered_parents() -> None:
    tracks = track_table(
        [
            (1, 0, 9, 0),
            (2, 1, 3, 0),
            (3, 4, 9, 2),
            (4, 4, 6, 2),
            (5, 7, 9, 4),
            (6, 7, 9, 4),
        ]
    )
    laid = {row["label"].item(): row for row in lay_out_lineages(tracks)}
    rows = {label: row["row"].item() for label, row in laid.items()}
    assert rows == {3: 0, 5: 1, 6: 2, 4: 1.5, 2: 0.75, 1: 3}
    assert {label: row["root"].item() for label, row in laid.items()} == {
        1: 1,
        2: 2,
        3: 2,
        4: 2,
        5: 2,
        6: 2,
    }


def test_no_two_tracks_share_a_row_at_the_same_time() -> None:
    rows = [(label, label, label, label - 1) for label in range(1, 2000)]
    laid = lay_out_lineages(track_table(rows))
    assert set(laid["row"].tolist()) == {0.0}  # one after the other, without branches
    assert set(laid["root"].tolist()) == {1}


def test_nothing_to_lay_out() -> None:
    assert len(lay_out_lineages(track_table([]))) == 0
