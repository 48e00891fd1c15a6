import numpy as np
import pytest

from trainables.autoencoder import Autoencoder
from trainables.core import state
from trainables.core.seed_ensemble import SeedEnsemble, ensemble_state, loaded, standardised

X = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)


def test_standardised_by_hand():
    assert standardised(np.array([1.0, 5.0]), 3.0, 4.0).tolist() == [-0.5, 0.5]
    assert standardised(np.array([1.0, 5.0]), 3.0, 0.0).tolist() == [-2.0, 2.0]


def test_it_is_the_mean_of_its_members_and_survives_the_disk():
    prototype = Autoencoder(epochs=1, hidden=(4,), latent=2)
    members = [Autoencoder(**{**prototype.get_params(), "seed": seed}).fit(X) for seed in range(3)]
    scales = [(0.1, 2.0), (0.2, 4.0), (0.3, 0.0)]
    saved = ensemble_state([(own.state_dict(), *scale) for own, scale in zip(members, scales, strict=True)])
    ensemble = loaded(prototype, state.loads(state.dumps(saved)))
    a, b, c = (own.decision_function(X) for own in members)
    np.testing.assert_allclose(ensemble.decision_function(X), ((a - 0.1) / 2 + (b - 0.2) / 4 + c - 0.3) / 3)
    assert isinstance(ensemble, SeedEnsemble)
    assert loaded(prototype, members[0].state_dict()) is prototype
    with pytest.raises(KeyError):
        SeedEnsemble(prototype).load_state_dict({})
