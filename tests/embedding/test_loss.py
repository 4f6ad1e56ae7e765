from typing import Literal

import numpy as np
import pytest
import torch

from napari_asist.embedding.loss import background_loss, embedding_loss

Pull = Literal["squared", "linear"]


def unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def reference(
    embedding: np.ndarray, labels: np.ndarray, neighbors: np.ndarray, pull: Pull
) -> float:
    """The published formula, object by object, in float64."""
    terms = []
    for i in range(len(neighbors)):
        h = unit(embedding[labels == i + 1].mean(0))
        own = unit(embedding[labels == i + 1]) @ h
        term = (1 - own**2 if pull == "squared" else 1 - own).mean()
        others = np.isin(labels, 1 + np.flatnonzero(neighbors[i]))
        if others.any():
            term += ((unit(embedding[others]) @ h) ** 2).mean()
        terms.append(term)
    return float(np.mean(terms))


@pytest.mark.parametrize("pull", ["squared", "linear"])
def test_loss_is_that_of_the_formula(pull: Pull) -> None:
    rng = np.random.default_rng(0)
    embedding = rng.normal(size=(200, 16))
    labels = np.concatenate([np.arange(6), rng.integers(0, 6, 194)])
    neighbors = np.triu(rng.random((5, 5)) < 0.5, 1)
    neighbors[4] = False  # an object without a neighbor
    for table in (neighbors, neighbors | neighbors.T):
        loss = embedding_loss(
            torch.from_numpy(embedding),
            torch.from_numpy(labels),
            torch.from_numpy(table),
            pull,
        )
        expected = reference(embedding, labels, table, pull)
        assert loss.item() == pytest.approx(expected, rel=1e-12)


def test_perfect_embeddings_cost_nothing() -> None:
    labels = torch.tensor([0, 1, 1, 2, 2])
    embedding = torch.eye(3)[labels]
    table = torch.tensor([[False, True], [True, False]])
    assert embedding_loss(embedding, labels, table).item() == 0
    assert background_loss(embedding, labels).item() == 0


def test_distant_objects_may_share_a_direction() -> None:
    labels = torch.tensor([1, 1, 2, 2])
    embedding = torch.ones(4, 3)
    apart = torch.zeros(2, 2, dtype=torch.bool)
    assert embedding_loss(embedding, labels, apart).item() == pytest.approx(0, abs=1e-6)
    assert embedding_loss(embedding, labels, ~apart).item() > 0.9


def test_no_cap_on_the_number_of_objects() -> None:
    count = 200
    labels = torch.arange(1, count + 1).repeat(2)
    embedding = torch.randn(2 * count, 8, requires_grad=True)
    table = torch.zeros(count, count, dtype=torch.bool)
    loss = embedding_loss(embedding, labels, table)
    loss.backward()  # type: ignore[no-untyped-call]
    assert embedding.grad is not None
    assert bool((embedding.grad.abs().sum(1) > 0).all())


def test_clip_without_objects_costs_nothing_and_has_a_gradient() -> None:
    embedding = torch.randn(5, 4, requires_grad=True)
    none = torch.zeros(0, 0, dtype=torch.bool)
    loss = embedding_loss(embedding, torch.zeros(5, dtype=torch.int64), none)
    loss.backward()  # type: ignore[no-untyped-call]
    assert loss.item() == 0


def test_balanced_background_weighs_both_sides_alike() -> None:
    labels = torch.tensor([0] * 9 + [1])
    embedding = torch.eye(2)[[0] * 9 + [0]]  # the one object pixel is wrong
    assert background_loss(embedding, labels).item() == pytest.approx(1)
    unbalanced = background_loss(embedding, labels, is_balanced=False)
    assert unbalanced.item() == pytest.approx(2 / 10)
