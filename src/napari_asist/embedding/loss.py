"""The cosine embedding loss of Payer et al. 2019, over all objects at once."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from napari_asist.embedding.network import SMALLEST_NORM


def embedding_loss(
    embedding: Tensor,
    labels: Tensor,
    neighbors: Tensor,
    pull: Literal["squared", "linear"] = "squared",
    push_weight: float = 1.0,
) -> Tensor:
    """Pull an object's pixels together in all frames, and push neighbors apart.

    With h the normalized mean embedding of object i and c the cosine between h and a
    pixel's embedding, the loss of the object is the mean of ``1 - c**2`` (or ``1 - c``)
    over its own pixels plus the weighted mean of ``c**2`` over all pixels of its
    neighbors; the result is the mean over the objects. All objects are used, unlike in
    the reference implementation, which uses at most 31.

    Parameters
    ----------
    embedding : Tensor, shape (pixels, D)
        Not normalized; any frames of one clip.
    labels : Tensor of int64, shape (pixels,)
        0 (background), 1, …, K; each occurs.
    neighbors : Tensor of bool, shape (K, K)
        See `napari_asist.embedding.neighbors.neighbor_table`.
    pull : {"squared", "linear"}
    push_weight : float

    Returns
    -------
    Tensor, scalar
        0 if there is no object.
    """
    inside = labels > 0
    embedding, objects = embedding[inside], labels[inside] - 1
    count = len(neighbors)
    if not count:
        return embedding.sum() * 0.0
    sizes = torch.bincount(objects, minlength=count).to(embedding)
    sums = embedding.new_zeros(count, embedding.shape[1])
    means = sums.index_add(0, objects, embedding) / sizes[:, None]
    directions = normalize(means, dim=1, eps=SMALLEST_NORM)
    cosines = normalize(embedding, dim=1, eps=SMALLEST_NORM) @ directions.T
    own = cosines.gather(1, objects[:, None])[:, 0]
    distance = 1 - own**2 if pull == "squared" else 1 - own
    pulls = embedding.new_zeros(count).index_add(0, objects, distance) / sizes
    # similarity[j, i]: squared cosines of object j's pixels with object i's mean.
    similarity = embedding.new_zeros(count, count).index_add(0, objects, cosines**2)
    apart = neighbors.T.to(embedding)
    pushes = (similarity * apart).sum(0) / (sizes[:, None] * apart).sum(0).clamp(min=1)
    return (pulls + push_weight * pushes).mean()


def background_loss(
    embedding: Tensor, labels: Tensor, is_balanced: bool = True
) -> Tensor:
    """Pull the background to the first axis, and push all objects away from it.

    Parameters
    ----------
    embedding : Tensor, shape (pixels, D)
        Not normalized.
    labels : Tensor of int64, shape (pixels,)
    is_balanced : bool
        Whether background and objects have equal weight, as published. Equal weight for
        every pixel keeps the border where both are equally likely.

    Returns
    -------
    Tensor, scalar
    """
    similarity = normalize(embedding, dim=1, eps=SMALLEST_NORM)[:, 0] ** 2
    error = torch.where(labels > 0, similarity, 1 - similarity)
    if not is_balanced:
        return 2 * error.mean()
    inside = (labels > 0).to(error)
    outside = 1 - inside
    return (error * inside).sum() / inside.sum().clamp(min=1) + (
        error * outside
    ).sum() / outside.sum().clamp(min=1)
