"""Rows of image datasets: their files, checksums, licences, shapes and classes. Cheap to import."""

from __future__ import annotations

from datasets.catalog.files import Published
from datasets.catalog.row import DatasetRow

DIGITS = tuple("0123456789")
CLOTHES = ("t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
OF_CLASSES = ("one-vs-rest", "multimodal", "multimodal-thesis", "balanced")
SYNTHETIC = ("blur", "patches", "turned")
"""Kinds of anomaly that `datasets.images.synthetic_anomalies` makes of faces."""

PREPARED = {
    name: Published(f"{name}.npz", sha256)
    for name, sha256 in (
        ("mnist", "094b831e432331f1f6d6829ab9bfff4551410a81e1f816c9cce482d3e9b3ba57"),
        ("fashion_mnist", "c2c37d617253c9f5a6fc23ba8553045734f3682da04a81934b27e6c7c2363beb"),
        ("usps", "b41b4ded34b54aef8f8e86043bc5bdfa229cdc4528cbe6ec9c91101a8d32221f"),
        ("cifar10", "a9e5930be68461fcd943303a6bb866c5efdeca1bda29fe0fdd90f78ed0419ffc"),
        ("faces64", "b4c85af18670faeb0218d54b95ce1a70fd7ff20d504074b19cdae5b992c44ea0"),
        ("tinyimagenet", "1c985c044cfae73856ec74928b8b8a4eb01835ec2604f043db1e9de3f34c5d2e"),
    )
}
"""Files in this project's prepared format, arrays `x_train`, `y_train`, `x_test` and `y_test` in an .npz."""

_MNIST = "CC BY-SA 3.0"
_SVHN = "for non-commercial use only"
_USPS = "no stated licence; published for research"
_LECUN = "LeCun et al., Proceedings of the IEEE 86, 1998 (MNIST)"
_HULL = "Hull, IEEE TPAMI 16, 1994 (USPS)"
_NETZER = "Netzer et al., NIPS Workshop on Deep Learning, 2011 (SVHN)"


def _row(
    name: str,
    summary: str,
    loader: str,
    shape: tuple[int, ...],
    classes: tuple[str, ...],
    *,
    licence: str,
    citation: str,
    url: str,
) -> DatasetRow:
    """A dataset of which every class may be the normal one."""
    return DatasetRow(
        name=name,
        summary=summary,
        loader=loader,
        files=(PREPARED[name],) if name in PREPARED else (),
        shape=shape,
        anomalies=0,
        modality="image",
        protocols=OF_CLASSES,
        default_protocol=OF_CLASSES[0],
        classes=classes,
        licence=licence,
        citation=citation,
        url=url,
    )


IMAGE_ROWS: tuple[DatasetRow, ...] = (
    _row(
        "mnist",
        "70,000 handwritten digits, 28x28 grey; one digit is normal",
        "datasets.images.standard:mnist",
        (70_000, 28, 28, 1),
        DIGITS,
        licence=_MNIST,
        citation=_LECUN,
        url="http://yann.lecun.com/exdb/mnist/",
    ),
    _row(
        "fashion_mnist",
        "70,000 photos of clothes, 28x28 grey; one kind is normal",
        "datasets.images.standard:fashion_mnist",
        (70_000, 28, 28, 1),
        CLOTHES,
        licence="MIT",
        citation="Xiao, Rasul and Vollgraf, arXiv:1708.07747, 2017",
        url="https://github.com/zalandoresearch/fashion-mnist",
    ),
    _row(
        "usps",
        "9,298 handwritten digits of zip codes, 16x16 grey; one digit is normal",
        "datasets.images.standard:usps",
        (9_298, 16, 16, 1),
        DIGITS,
        licence=_USPS,
        citation=_HULL,
        url="https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps",
    ),
    _row(
        "svhn",
        "99,289 digits of house numbers, 32x32 in colour; one digit is normal",
        "datasets.images.standard:svhn",
        (99_289, 32, 32, 3),
        DIGITS,
        licence=_SVHN,
        citation=_NETZER,
        url="http://ufldl.stanford.edu/housenumbers/",
    ),
    _row(
        "cifar10",
        "60,000 photos of animals and vehicles, 32x32 in colour; one of ten kinds is normal",
        "datasets.images.standard:cifar10",
        (60_000, 32, 32, 3),
        THINGS,
        licence="none stated",
        citation="Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
        url="https://www.cs.toronto.edu/~kriz/cifar.html",
    ),
    _row(
        "digits_joint",
        "MNIST, SVHN and USPS together, 28x28 grey; one digit is normal",
        "datasets.images.digits:digits_joint",
        (178_587, 28, 28, 1),
        DIGITS,
        licence=f"MNIST: {_MNIST}; SVHN: {_SVHN}; USPS: {_USPS}",
        citation="; ".join((_LECUN, _NETZER, _HULL)),
        url="http://ufldl.stanford.edu/housenumbers/",
    ),
    _row(
        "digits_mnist_usps",
        "MNIST and USPS together, 28x28 grey: digits_joint without SVHN; one digit is normal",
        "datasets.images.digits:digits_mnist_usps",
        (79_298, 28, 28, 1),
        DIGITS,
        licence=f"MNIST: {_MNIST}; USPS: {_USPS}",
        citation="; ".join((_LECUN, _HULL)),
        url="http://yann.lecun.com/exdb/mnist/",
    ),
    DatasetRow(
        name="faces",
        summary="the face homework: trainingset.npy and testingset.npy, 64x64 in colour; faces are normal",
        loader="datasets.images.faces:faces",
        files=(),
        shape=(100_000, 64, 64, 3),
        anomalies=0,
        licence="the course's; for its participants",
        citation="Machine Learning 2022 Spring, homework 8, National Taiwan University",
        url="https://www.kaggle.com/c/ml2022spring-hw8",
        modality="image",
        protocols=("kinds",),
        default_protocol="kinds",
        anomaly_types=("mixed", *SYNTHETIC),
    ),
    DatasetRow(
        name="faces64",
        summary="1,200 aligned faces, 64x64 in colour, against other objects or changed faces",
        loader="datasets.images.faces:faces64",
        files=(PREPARED["faces64"],),
        shape=(1_200, 64, 64, 3),
        anomalies=0,
        licence="UTKFace: non-commercial research only",
        citation="Zhang, Song and Qi, CVPR 2017 (UTKFace); Le and Yang, 2015 (Tiny ImageNet)",
        url="https://susanqq.github.io/UTKFace/",
        modality="image",
        protocols=("kinds",),
        default_protocol="kinds",
        anomaly_types=("objects", *SYNTHETIC),
    ),
)
"""`shape` is that of all images; faces64 has as many normal ones."""


def image_row(name: str) -> DatasetRow:
    """The row of that name."""
    return next(row for row in IMAGE_ROWS if row.name == name)
