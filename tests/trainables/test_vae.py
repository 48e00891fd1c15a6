from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.metrics import roc_auc_score

from tests.trainables.dependence import tied_columns
from trainables.core.detector import TrainData
from trainables.networks.vae import draw
from trainables.vae import VAE, kl_divergence, negative_log_likelihood

PAIR = np.array([[1, 2], [3, 4]], np.float32)
MEAN, LOGVAR = torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, math.log(4.0)]])
KL = 0.5 * (1 + 1 - 1 - 0) + 0.5 * (4 + 4 - 1 - math.log(4.0))  # 3.3069


def with_constant_posterior(**params) -> VAE:
    """A network whose encoder answers MEAN, LOGVAR and whose decoder answers zeros, whatever comes."""
    detector = VAE(hidden=(3,), latent=2, variance="unit", device="cpu", **params)
    detector.begin(TrainData.from_labels(PAIR))
    for p in detector.network_.parameters():
        p.data.zero_()
    raw = LOGVAR.exp().expm1().log()  # softplus of it is the variance
    detector.network_.encoder[-1].bias.data.copy_(torch.cat([MEAN, raw], 1)[0])
    return detector


def test_kl_by_hand() -> None:
    torch.testing.assert_close(kl_divergence(MEAN, LOGVAR), torch.tensor([KL]))
    torch.testing.assert_close(kl_divergence(torch.zeros(3, 5), torch.zeros(3, 5)), torch.zeros(3))


def test_kl_is_torchs() -> None:
    g = torch.Generator().manual_seed(0)
    mean, logvar = torch.randn(2, 50, 4, generator=g)
    q = torch.distributions.Normal(mean, (logvar / 2).exp())
    expected = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(kl_divergence(mean, logvar), expected)


def test_likelihood_is_scipys() -> None:
    rng = np.random.default_rng(0)
    x, mean, variance = rng.normal(size=(9, 4)), rng.normal(size=(9, 4)), rng.uniform(0.1, 3, (9, 4))
    given = [torch.from_numpy(a) for a in (x, mean, variance)]
    expected = -stats.norm.logpdf(x, mean, np.sqrt(variance)).sum(1)
    np.testing.assert_allclose(negative_log_likelihood(*given), expected)
    unit = -stats.norm.logpdf(x, mean, 1.0).sum(1)
    np.testing.assert_allclose(negative_log_likelihood(given[0], given[1], None), unit)


def test_draw_by_hand() -> None:
    torch.testing.assert_close(draw(MEAN, LOGVAR, torch.tensor([[3.0, -1.0]])), torch.tensor([[4.0, 0.0]]))


@pytest.mark.parametrize(
    ("beta", "capacity", "weighted"), [(1.0, 0.0, KL), (0.8, 0.2, 0.8 * (KL - 0.2)), (0.5, 10.0, 0.5 * (10.0 - KL))]
)
def test_loss_by_hand(beta: float, capacity: float, weighted: float) -> None:
    """Reconstruction (1 + 4 + 9 + 16) / 2 rows, summed over features."""
    losses = with_constant_posterior(beta=beta, capacity=capacity)._losses(torch.from_numpy(PAIR))
    assert float(losses["reconstruction"].detach()) == 15.0
    assert float(losses["kl"].detach()) == pytest.approx(KL)
    assert float(losses["loss"].detach()) == pytest.approx(15.0 + weighted)


def test_pyods_loss_is_this_one_over_the_features_while_its_clamp_is_out_of_reach() -> None:
    """Its reconstruction is a mean over features: the same balance is a beta D times smaller there."""
    vae = pytest.importorskip("pyod.models.vae")
    g = torch.Generator().manual_seed(1)
    x, restored = torch.randn(2, 20, 6, generator=g)
    mean, logvar = torch.randn(2, 20, 3, generator=g)
    theirs = vae.vae_loss(x, restored, mean, logvar, beta=0.5 / 6, capacity=1e9)
    mine = (x - restored).square().sum(1).mean() + 0.5 * kl_divergence(mean, logvar).mean()
    torch.testing.assert_close(6 * theirs, mine)


def test_pyods_default_has_no_kl_term() -> None:
    """Why PyOD's VAE is not followed: it clamps the term into [0, capacity], and capacity is 0."""
    vae = pytest.importorskip("pyod.models.vae")
    assert vae.VAE().capacity == 0.0
    x = torch.zeros(4, 6)
    mean = torch.full((4, 3), 7.0, requires_grad=True)
    loss = vae.vae_loss(x, x + 1, mean, torch.zeros(4, 3))
    assert float(loss.detach()) == 1.0  # the reconstruction alone, though the KL is 73.5
    loss.backward()
    assert bool((mean.grad == 0).all())


def test_pyod_draws_when_it_scores() -> None:
    """Why PyOD's VAE is not followed: two looks at the same rows give two scores."""
    vae = pytest.importorskip("pyod.models.vae")
    torch.manual_seed(0)
    model = vae.VAEModel(6).eval()
    rows = torch.randn(4, 6)
    assert not torch.equal(model(rows)[0], model(rows)[0])


def test_score_is_the_error_of_the_means_reconstruction() -> None:
    """The decoder answers zeros: mean of squares (1 + 4) / 2 and (9 + 16) / 2."""
    np.testing.assert_allclose(with_constant_posterior(score="mse").decision_function(PAIR), [2.5, 12.5])


def test_probability_of_a_decoder_that_answers_zero() -> None:
    expected = -stats.norm.logpdf(PAIR).sum(1)
    np.testing.assert_allclose(
        with_constant_posterior(score="probability").decision_function(PAIR), expected, rtol=1e-6
    )


def test_probability_in_plain_numpy() -> None:
    X, scored, _ = tied_columns(100)
    detector = VAE(hidden=(8,), latent=2, draws=3, batch_size=50, epochs=2, lr=0.01, device="cpu").fit(X)
    w = {k: v.numpy().astype(float) for k, v in detector.network_.state_dict().items()}

    def stack(x: np.ndarray, name: str) -> np.ndarray:
        hidden = np.maximum(x @ w[f"{name}.0.weight"].T + w[f"{name}.0.bias"], 0)
        return hidden @ w[f"{name}.2.weight"].T + w[f"{name}.2.bias"]

    mean, raw = np.split(stack(scored, "encoder"), 2, axis=1)
    sigma = np.sqrt(np.log1p(np.exp(raw)))
    total = np.zeros(len(scored))
    for eps in detector._noise().numpy():
        restored, raw = np.split(stack(mean + sigma * eps, "decoder"), 2, axis=1)
        total -= stats.norm.logpdf(scored, restored, np.sqrt(1e-3 + np.log1p(np.exp(raw)))).sum(1)
    np.testing.assert_allclose(detector.decision_function(scored), total / 3, rtol=1e-4)


def test_a_far_row_costs_no_overflow() -> None:
    """A table's outliers may lie a hundred deviations out, where exp of an untrained encoder overflows."""
    rows = tied_columns(100)[0].copy()
    rows[0] *= 1e4
    detector = VAE(hidden=(8,), latent=2, device="cpu").begin(TrainData.from_labels(rows))
    with torch.no_grad():
        _, logvar = detector.network_.encode(torch.from_numpy(rows))
    assert float(logvar.exp().max()) < 10 * np.abs(rows[0]).max()  # grows as the row does, not as its exp
    assert np.isfinite(detector.train_round()["loss"])


def test_scoring_draws_hang_on_the_seed_alone() -> None:
    X, scored, _ = tied_columns(100)
    detector = VAE(hidden=(8,), latent=2, epochs=1, device="cpu").fit(X)
    whole = detector.decision_function(scored)
    torch.manual_seed(99)
    np.testing.assert_array_equal(detector.decision_function(scored), whole)
    np.testing.assert_allclose(detector.decision_function(scored[70:75]), whole[70:75], rtol=1e-5)
    assert detector._noise().std() > 0
    assert not torch.equal(detector._noise(), VAE(latent=2, seed=1)._noise())


@pytest.mark.parametrize(("variance", "score"), [("unit", "mse"), ("learnt", "mse"), ("learnt", "probability")])
def test_training_finds_what_ties_the_columns(variance: str, score: str) -> None:
    X, scored, y = tied_columns()
    detector = VAE(
        hidden=(16,), latent=2, variance=variance, score=score, lr=0.01, batch_size=64, epochs=15, device="cpu"
    )
    untrained = roc_auc_score(y, detector.begin(TrainData.from_labels(X)).decision_function(scored))
    trained = roc_auc_score(y, detector.fit(X).decision_function(scored))
    assert trained > 0.85 > untrained + 0.2


def test_a_heavy_kl_closes_the_bottleneck() -> None:
    X, _, _ = tied_columns()
    kl = []
    for beta in (0.1, 1000.0):
        detector = VAE(hidden=(16,), latent=2, variance="unit", beta=beta, lr=0.01, batch_size=64, device="cpu")
        detector.begin(TrainData.from_labels(X))
        for _ in range(8):
            losses = detector.train_round()
        kl.append(losses["kl"])
    assert kl[1] < 0.01 < 0.5 < kl[0]


def test_capacity_keeps_the_kl_at_its_mark() -> None:
    X, _, _ = tied_columns()
    detector = VAE(
        hidden=(16,), latent=2, variance="unit", beta=1000.0, capacity=3.0, lr=0.01, batch_size=64, device="cpu"
    ).begin(TrainData.from_labels(X))
    for _ in range(15):
        losses = detector.train_round()
    assert losses["kl"] == pytest.approx(3.0, abs=0.3)
