"""Losses of heads against torch's own, scikit-learn's weights, and numbers worked out by hand."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
from torch.nn import functional  # noqa: E402

from dprep.train.computing.losses import balanced, balanced_binary, binary_losses, label_losses  # noqa: E402
from dprep.train.settings import Settings  # noqa: E402

torch.set_num_threads(1)


def numbers(*shape: int) -> "torch.Tensor":
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


LOGITS, LABELS = numbers(7, 5) * 3, torch.tensor([0, 1, 2, 3, 4, 0, 1])
WEIGHTS = torch.tensor([1.0, 0.5, 2.0, 3.0, 0.1])
TARGETS = (numbers(7, 5) > 0).long()


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_label_losses_are_cross_entropies(smoothing: float, weights: "torch.Tensor | None") -> None:
    truth = functional.cross_entropy(LOGITS, LABELS, weights, label_smoothing=smoothing, reduction="none")
    assert torch.allclose(label_losses(LOGITS, LABELS, Settings(label_smoothing=smoothing), weights), truth, atol=1e-6)


def test_a_place_that_cannot_be_chosen_gets_no_share_of_the_smoothing() -> None:
    closed = torch.cat([LOGITS, torch.full((7, 2), -math.inf)], 1)
    settings = Settings(label_smoothing=0.1)
    assert torch.allclose(label_losses(closed, LABELS, settings), label_losses(LOGITS, LABELS, settings), atol=1e-6)


def test_the_gradient_is_a_number_behind_places_that_cannot_be_chosen() -> None:
    logits = LOGITS.clone().requires_grad_()
    closed = torch.cat([logits, torch.full((7, 2), -math.inf)], 1)
    label_losses(closed, LABELS, Settings(label_smoothing=0.1, focal=2.0)).sum().backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_the_focal_loss_by_hand() -> None:
    # p = 0.8 for the label: 0.2^2 x -ln 0.8; and p = 0.25: 0.75^2 x -ln 0.25
    logits = torch.tensor([[math.log(4), 0.0], [math.log(3), 0.0]])
    losses = label_losses(logits, torch.tensor([0, 1]), Settings(focal=2.0))
    assert losses.tolist() == pytest.approx([0.04 * -math.log(0.8), 0.5625 * -math.log(0.25)], rel=1e-5)


def test_the_focal_loss_of_a_sure_row_has_a_gradient_that_is_a_number() -> None:
    logits = torch.tensor([[200.0, 0.0]], requires_grad=True)
    label_losses(logits, torch.tensor([0]), Settings(focal=0.5)).sum().backward()
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_no_number_stays_no_number() -> None:
    assert label_losses(torch.tensor([[math.nan, 0.0]]), torch.tensor([0]), Settings(label_smoothing=0.1)).isnan().all()


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_binary_losses_are_the_mean_over_labels(weights: "torch.Tensor | None") -> None:
    truth = functional.binary_cross_entropy_with_logits(LOGITS, TARGETS.float(), pos_weight=weights, reduction="none").mean(1)
    assert torch.allclose(binary_losses(LOGITS, TARGETS, Settings(), weights), truth, atol=1e-6)


def test_smoothed_and_focal_binary_losses_by_hand() -> None:
    logits, targets = torch.tensor([[math.log(4)]]), torch.tensor([[1]])  # p = 0.8
    smooth = -0.95 * math.log(0.8) - 0.05 * math.log(0.2)
    assert float(binary_losses(logits, targets, Settings(label_smoothing=0.1))) == pytest.approx(smooth, rel=1e-5)
    assert float(binary_losses(logits, targets, Settings(focal=2.0))) == pytest.approx(0.04 * -math.log(0.8), rel=1e-5)
    assert float(binary_losses(logits, 1 - targets, Settings(focal=2.0))) == pytest.approx(0.64 * -math.log(0.2), rel=1e-5)


def test_balanced_weights_are_those_of_scikit_learn() -> None:
    weights = pytest.importorskip("sklearn.utils.class_weight", reason="scikit-learn is not installed")
    labels = [0] * 5 + [1] * 3 + [2] * 12
    truth = weights.compute_class_weight("balanced", classes=np.arange(3), y=labels)
    assert balanced([5, 3, 12]) == pytest.approx(truth)


def test_labels_without_rows_weigh_one() -> None:
    assert balanced([2, 0, 2]) == [1.0, 1.0, 1.0]
    assert balanced_binary([0, 4, 1], 4) == [1.0, 1.0, 3.0]


def test_half_precision_is_computed_in_full() -> None:
    losses = label_losses(LOGITS.bfloat16(), LABELS, Settings(label_smoothing=0.1), WEIGHTS.bfloat16())
    assert losses.dtype == torch.float32
