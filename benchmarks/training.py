"""Training images per second, compared with a plain textbook loop of the same networks.

Run it from the checkout: ``python benchmarks/training.py``. The textbook loop is the
straightforward implementation: float32, the default Adam, one call for each image,
``item()`` on each loss. Both draw their examples from the same source and alternate,
and the median of all step times counts, because other programs interfere. On a GPU, if
there is one, the package chooses precision and compiles as it does for users.
"""

import argparse
import itertools
import platform
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from napari_asist.embedding.clips import ClipSource
from napari_asist.embedding.loss import background_loss, embedding_loss
from napari_asist.embedding.settings import EmbeddingSettings
from napari_asist.embedding.train import EmbeddingTraining, build_network
from napari_asist.labels import LabelVideo
from napari_asist.simulation.settings import NucleiSettings
from napari_asist.simulation.simulate import simulate_video
from napari_asist.synthesis.engines.cyclegan import NETWORKS, CycleGAN, build_networks
from napari_asist.synthesis.engines.training_data import CropSource
from napari_asist.synthesis.settings import SynthesisSettings
from napari_asist.training.device import choose_device
from napari_asist.workflow.recipe import make_recipe

Step = Callable[[int], object]

REPEATS = {"paper": 3, "paper-small": 15}
ON_A_GPU = 30
CPU_PATCH = 128
"""Longest side of a patch on the CPU in px; the paper's patches take minutes there."""
SCENE = NucleiSettings(frames=12, height=512, width=512, objects=60)
HEAD = f"{'':<34}{'textbook':>14}{'napari-asist':>14}   times faster"


def main(arguments: list[str] | None = None) -> int:
    """Print a table of speeds.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments by default.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--presets", nargs="+", default=["paper-small", "paper"])
    parser.add_argument("--precision", default="auto")
    parser.add_argument(
        "--repeats", type=int, help="steps of each, after one to warm up"
    )
    options = parser.parse_args(arguments)
    video = simulate_video(SCENE, 0)
    frames = [
        np.where(frame > 0, 0.6, -0.8).astype(np.float32) for frame in video.labels
    ]
    gpu = choose_device("auto")
    for device in dict.fromkeys((torch.device("cpu"), gpu)):
        threads = torch.get_num_threads()
        name = f"{platform.machine()}, {threads} threads"
        if device.type == "cuda":
            name = torch.cuda.get_device_name(device)
        print(f"\n{device} ({name}), PyTorch {torch.__version__}\n{HEAD}")
        for preset in options.presets:
            repeats = options.repeats or REPEATS.get(preset, 5)
            if device.type != "cpu":
                repeats = options.repeats or ON_A_GPU
            recipe = make_recipe(preset)
            changes = {"device": str(device), "precision": options.precision}
            synthesis = recipe.synthesis.changed(**changes)
            embedding = recipe.embedding.changed(**changes)
            if device.type == "cpu" and preset == "paper":
                synthesis = synthesis.changed(patch=CPU_PATCH)
                embedding = embedding.changed(patch=CPU_PATCH)
            name = f"CycleGAN, {preset}, {synthesis.patch} px"
            report(name, *gans(frames, synthesis, device), synthesis.batch, repeats)
            name = f"RSHN, {preset}, {embedding.frames} × {embedding.patch} px"
            steps = embeddings(frames, video, embedding, device)
            report(name, *steps, embedding.batch, repeats)
    return 0


def report(name: str, textbook: Step, ours: Step, batch: int, repeats: int) -> None:
    """Alternate two kinds of step and print images or clips per second."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(repeats + 1):
        for place in (0, 1) if number % 2 else (1, 0):
            began = perf_counter()
            (textbook, ours)[place](number)
            if number:  # the first one warms up
                times[place].append(perf_counter() - began)
    plain, fast = (median(list_of) for list_of in times)
    speeds = f"{batch / plain:>10.2f} /s {batch / fast:>10.2f} /s"
    print(f"{name:<34}{speeds:>28}{plain / fast:>15.2f}", flush=True)


def gans(
    frames: list[NDArray[np.float32]],
    settings: SynthesisSettings,
    device: torch.device,
) -> tuple[Step, Step]:
    """Return the textbook step of the CycleGAN and ours."""
    x, y, own_x, own_y = (CropSource(frames, settings.patch) for _ in range(4))
    gan = CycleGAN(own_x, own_y, settings, settings.steps, 0, device)
    return textbook_gan(x, y, settings, device), gan.step


def embeddings(
    frames: list[NDArray[np.float32]],
    video: LabelVideo,
    settings: EmbeddingSettings,
    device: torch.device,
) -> tuple[Step, Step]:
    """Return the textbook step of the RSHN and ours."""
    clips = ClipSource([(np.stack(frames), video)], settings)
    training = EmbeddingTraining(clips, settings, 0)
    return textbook_embedding(clips, settings, device), training.step


def textbook_gan(
    images: CropSource,
    annotations: CropSource,
    settings: SynthesisSettings,
    device: torch.device,
) -> Step:
    """Return a plain CycleGAN step that follows the reference implementation."""
    networks = build_networks(settings, 0).to(device)
    a, b, judge_x, judge_y = (networks[name] for name in NETWORKS)
    generators, judges = (
        torch.optim.Adam(
            itertools.chain(first.parameters(), second.parameters()), 2e-4, (0.5, 0.999)
        )
        for first, second in ((a, b), (judge_x, judge_y))
    )
    pools: tuple[list[Tensor], list[Tensor]] = ([], [])

    def pooled(pool: list[Tensor], fresh: Tensor, rng: np.random.Generator) -> Tensor:
        if len(pool) < settings.pool:
            pool.append(fresh)
            return fresh
        if rng.random() < 0.5:
            return fresh
        place = int(rng.integers(settings.pool))
        old, pool[place] = pool[place], fresh
        return old

    def judged(judge: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
        loss = ((judge(real) - 1) ** 2).mean() + (judge(fake) ** 2).mean()
        half: Tensor = 0.5 * loss
        half.backward()
        return half

    def step(number: int) -> object:
        rng = np.random.default_rng(number)
        x = images.batch([rng] * settings.batch).to(device)
        y = annotations.batch([rng] * settings.batch).to(device)
        noise = rng.standard_normal(y.shape, np.float32) * settings.noise
        judge_x.requires_grad_(False)
        judge_y.requires_grad_(False)
        fake_x, fake_y = b(y + torch.from_numpy(noise).to(device)), a(x)
        cycled_x, cycled_y = b(fake_y), a(fake_x)
        losses = [
            ((judge_y(fake_y) - 1) ** 2).mean(),
            ((judge_x(fake_x) - 1) ** 2).mean(),
            l1_loss(cycled_x, x) * settings.cycle_weight,
            l1_loss(cycled_y, y) * settings.cycle_weight,
        ]
        if settings.identity_weight:
            weight = settings.cycle_weight * settings.identity_weight
            losses.append(l1_loss(a(y), y) * weight)
        generators.zero_grad()
        torch.stack(losses).sum().backward()
        generators.step()
        judge_x.requires_grad_(True)
        judge_y.requires_grad_(True)
        judges.zero_grad()
        losses.append(judged(judge_x, x, pooled(pools[0], fake_x.detach(), rng)))
        losses.append(judged(judge_y, y, pooled(pools[1], fake_y.detach(), rng)))
        judges.step()
        return [loss.item() for loss in losses]

    return step


def textbook_embedding(
    clips: ClipSource, settings: EmbeddingSettings, device: torch.device
) -> Step:
    """Return a plain step of the RSHN."""
    torch.manual_seed(0)
    network = build_network(settings).to(device)
    weight_decay = settings.weight_decay
    adam = torch.optim.Adam(network.parameters(), 1e-4, weight_decay=weight_decay)

    def step(number: int) -> object:
        rng = np.random.default_rng(number)
        adam.zero_grad()
        losses = []
        for _ in range(settings.batch):
            clip = clips.clip(rng)
            labels = clip.labels.to(device).flatten()
            neighbors = clip.neighbors.to(device)
            for output in network(clip.images[:, None, None].to(device)):
                pixels = output[:, 0].permute(0, 2, 3, 1).flatten(0, 2)
                loss = embedding_loss(
                    pixels, labels, neighbors, settings.pull, settings.push_weight
                )
                is_balanced = settings.balanced_background
                losses.append(loss + background_loss(pixels, labels, is_balanced))
        torch.stack(losses).sum().backward()
        adam.step()
        return [loss.item() for loss in losses]

    return step


if __name__ == "__main__":
    sys.exit(main())
