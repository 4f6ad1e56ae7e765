"""Annotation deformation by registration with ANTs, as in the paper."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_asist.labels import LabelArray
from napari_asist.refinement.settings import RefinementSettings


def deform_by_ants(
    labels: LabelArray, mask: NDArray[np.bool_], settings: RefinementSettings
) -> LabelArray:
    """Register the labels' foreground to the mask and warp the labels accordingly.

    Symmetric normalization, Avants et al., Medical Image Analysis 12, 2008. It uses no
    random numbers, so the same input gives the same result if ITK uses the same number
    of threads (``ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS``).

    Parameters
    ----------
    labels : ndarray of unsigned int, shape (Y, X)
    mask : ndarray of bool, shape (Y, X)
    settings : RefinementSettings
    """
    import ants

    # Floats represent consecutive small numbers exactly, but not large labels.
    names, numbers = np.unique(labels, return_inverse=True)
    numbers = numbers.reshape(labels.shape)
    with tempfile.TemporaryDirectory() as folder:
        registered = ants.registration(
            fixed=_registered_image(mask, settings.downsampling),
            moving=_registered_image(labels > 0, settings.downsampling),
            type_of_transform=settings.type_of_transform,
            syn_metric=settings.metric,
            # Radius of the cross-correlation's window, otherwise bins of the histogram.
            syn_sampling=4 if settings.metric == "CC" else 32,
            reg_iterations=settings.iterations,
            grad_step=settings.gradient_step,
            flow_sigma=settings.flow_sigma,
            outprefix=str(Path(folder) / "registration"),
        )
        image = ants.from_numpy(numbers.astype(np.float32))
        warped = ants.apply_transforms(
            image, image, registered["fwdtransforms"], interpolator="nearestNeighbor"
        )
    result: LabelArray = names[np.rint(warped.numpy()).astype(np.intp)]
    return result


def _registered_image(foreground: NDArray[np.bool_], downsampling: int) -> Any:
    """Return the foreground as an ANTs image with pixel positions."""
    import ants

    image = foreground.astype(np.float32)
    if downsampling == 1:
        return ants.from_numpy(image)
    from skimage.transform import downscale_local_mean

    factors = (downsampling, downsampling)
    smaller = downscale_local_mean(image, factors)  # type: ignore[no-untyped-call]
    return ants.from_numpy(
        smaller.astype(np.float32),
        origin=2 * ((downsampling - 1) / 2,),
        spacing=2 * (float(downsampling),),
    )
