"""What is said of figures beside them."""

from launch.display.metric_table import pixel_basis
from launch.evaluation.arm_metrics import Interval, Localisation, PixelMetrics

PIXELS = PixelMetrics(Interval(0.9, 0.8, 0.95), Interval(0.7, 0.6, 0.8))


def test_what_pixel_figures_rest_on():
    assert pixel_basis(Localisation(12, 15, 0, 0, PIXELS)) == (
        "Error maps against masks of 12 anomalous images with 15 regions; 95 % intervals over images and seeds."
    )
    said = pixel_basis(Localisation(3, 4, 2, 1, PIXELS))
    assert "Of fewer than 10 images they are too narrow." in said
    assert "Of 2 more the anomaly was cut off with the border." in said
    assert "1 more have no mask, or one that cannot be read or marks nothing." in said
