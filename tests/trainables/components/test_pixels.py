import pytest
import torch

from trainables.components.pixels import Pixels, contrast_normalised


@pytest.fixture
def rows():
    return torch.tensor([[0.0, 255.0], [51.0, 102.0]]).view(1, 2, 2, 1)


def test_unit_and_symmetric_there_and_back(rows):
    unit, symmetric = Pixels("unit"), Pixels("symmetric")
    torch.testing.assert_close(unit(rows).flatten(), torch.tensor([0.0, 1.0, 0.2, 0.4]))
    torch.testing.assert_close(symmetric(rows).flatten(), torch.tensor([-1.0, 1.0, -0.6, -0.2]))
    for pixels in (unit, symmetric):
        assert pixels(rows).shape == (1, 1, 2, 2)
        torch.testing.assert_close(pixels.back(pixels(rows)), rows)


def test_contrast_by_hand():
    # mean 4; deviations -4, -2, 0, 6; mean of their sizes 3
    image = torch.tensor([0.0, 2.0, 4.0, 10.0]).view(1, 1, 2, 2)
    expected = torch.tensor([-4 / 3, -2 / 3, 0.0, 2.0]).view(1, 1, 2, 2)
    torch.testing.assert_close(contrast_normalised(image), expected)
    torch.testing.assert_close(contrast_normalised(7 * image), expected)  # the range of the pixels does not matter


def test_gcn_takes_its_bounds_from_training_rows():
    pixels = Pixels("gcn")
    train = torch.tensor([[0.0, 2.0, 4.0, 10.0], [0.0, 0.0, 8.0, 8.0]]).view(2, 2, 2, 1)
    pixels.fit(train, rows_at_once=1)
    # normalised: -4/3 .. 2 and -1 .. 1
    assert pixels.low.item() == pytest.approx(-4 / 3)
    assert pixels.high.item() == pytest.approx(2.0)
    out = pixels(train)
    assert (out.min().item(), out.max().item()) == pytest.approx((0.0, 1.0))


def test_an_even_image_has_no_contrast_and_no_nan():
    pixels = Pixels("gcn")
    even = torch.full((3, 2, 2, 1), 9.0)
    pixels.fit(even)
    assert torch.isfinite(pixels(even)).all()


def test_channels_last_memory_is_a_view():
    rows = torch.rand(2, 4, 4, 3)
    out = Pixels("unit")(rows)
    assert out.is_contiguous(memory_format=torch.channels_last)
