import pytest
from pydantic import ValidationError

from napari_asist.depth.settings import DepthSettings, SceneSettings


def test_crops_are_whole_at_the_coarsest_resolution() -> None:
    with pytest.raises(ValidationError, match="multiple of 32"):
        DepthSettings(patch=200)
    assert DepthSettings(patch=200, channels=(8, 8, 8)).divisor == 8


def test_crops_fit_into_scenes() -> None:
    with pytest.raises(ValidationError, match=r"scenes\.side = 128"):
        DepthSettings(scenes=SceneSettings(side=128))


@pytest.mark.parametrize("channels", [(16,), (2, 8), (8, 1024)])
def test_channels_are_bounded(channels: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match="channels"):
        DepthSettings(channels=channels)
