from napari_asist.workflow.seeds import derive_seed


def test_parts_have_independent_seeds() -> None:
    seeds = [
        derive_seed(0, "train"),
        derive_seed(1, "train"),
        derive_seed(0, "track"),
        derive_seed(0, "refine", 1),
        derive_seed(0, "refine", 2),
    ]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert derive_seed(0, "refine", 2) == seeds[-1]
