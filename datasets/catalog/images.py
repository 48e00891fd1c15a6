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
        ("svhn", "f0823c58575f45f41096a3582fe3aa570bd65aef05043b2e8d3026a18fac8d8c"),
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
_LECUN_URL, _NETZER_URL = "http://yann.lecun.com/exdb/mnist/", "http://ufldl.stanford.edu/housenumbers/"

# name: what it is, loader, shape, classes of which each is normal in turn, licence, citation, URL
_ONE_VS_REST: dict[str, tuple[str, str, tuple[int, ...], tuple[str, ...], str, str, str]] = {
    "mnist": (
        "70,000 handwritten digits, 28x28 grey; one digit is normal",
        "standard:load", (70_000, 28, 28, 1), DIGITS, _MNIST, _LECUN, _LECUN_URL,
    ),
    "fashion_mnist": (
        "70,000 photos of clothes, 28x28 grey; one kind is normal",
        "standard:load", (70_000, 28, 28, 1), CLOTHES, "MIT", "Xiao, Rasul and Vollgraf, arXiv:1708.07747, 2017",
        "https://github.com/zalandoresearch/fashion-mnist",
    ),
    "fashion_mnist_32": (
        "FashionMNIST at 32x32, as the imbalance report has it; one kind is normal",
        "standard:at_32", (70_000, 32, 32, 1), CLOTHES, "MIT", "Xiao, Rasul and Vollgraf, arXiv:1708.07747, 2017",
        "https://github.com/zalandoresearch/fashion-mnist",
    ),
    "usps": (
        "9,298 handwritten digits of zip codes, 16x16 grey; one digit is normal",
        "standard:load", (9_298, 16, 16, 1), DIGITS, _USPS, _HULL,
        "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps",
    ),
    "svhn": (
        "99,289 digits of house numbers, 32x32 in colour; one digit is normal",
        "standard:load", (99_289, 32, 32, 3), DIGITS, _SVHN, _NETZER, _NETZER_URL,
    ),
    "cifar10": (
        "60,000 photos of animals and vehicles, 32x32 in colour; one of ten kinds is normal",
        "standard:load", (60_000, 32, 32, 3), THINGS, "none stated",
        "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
        "https://www.cs.toronto.edu/~kriz/cifar.html",
    ),
    "svhn_grey": (
        "SVHN at 28x28 grey, prepared as in digits_joint: what the thesis trains on; one digit is normal",
        "digits:joint", (99_289, 28, 28, 1), DIGITS, _SVHN, _NETZER, _NETZER_URL,
    ),
    "usps_grey": (
        "USPS at 28x28 grey, prepared as in digits_joint: what the thesis trains on; one digit is normal",
        "digits:joint", (9_298, 28, 28, 1), DIGITS, _USPS, _HULL,
        "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps",
    ),
    "digits_joint": (
        "MNIST, SVHN and USPS together, 28x28 grey; one digit is normal",
        "digits:joint", (178_587, 28, 28, 1), DIGITS, f"MNIST: {_MNIST}; SVHN: {_SVHN}; USPS: {_USPS}",
        "; ".join((_LECUN, _NETZER, _HULL)), _NETZER_URL,
    ),
    "digits_mnist_usps": (
        "MNIST and USPS together, 28x28 grey: digits_joint without SVHN; one digit is normal",
        "digits:joint", (79_298, 28, 28, 1), DIGITS, f"MNIST: {_MNIST}; USPS: {_USPS}",
        "; ".join((_LECUN, _HULL)), _LECUN_URL,
    ),
}  # fmt: skip

# the same with the kinds of anomaly in place of classes, the default first
_KINDS: dict[str, tuple[str, str, tuple[int, ...], tuple[str, ...], str, str, str]] = {
    "faces": (
        "the face homework: trainingset.npy and testingset.npy, 64x64 in colour; faces are normal",
        "faces:faces", (100_000, 64, 64, 3), ("mixed", *SYNTHETIC), "the course's; for its participants",
        "Machine Learning 2022 Spring, homework 8, National Taiwan University",
        "https://www.kaggle.com/c/ml2022spring-hw8",
    ),
    "faces64": (
        "1,200 aligned faces, 64x64 in colour, against other objects or changed faces",
        "faces:faces64", (1_200, 64, 64, 3), ("objects", *SYNTHETIC), "UTKFace: non-commercial research only",
        "Zhang, Song and Qi, CVPR 2017 (UTKFace); Le and Yang, 2015 (Tiny ImageNet)",
        "https://susanqq.github.io/UTKFace/",
    ),
}  # fmt: skip

IMAGE_ROWS: tuple[DatasetRow, ...] = tuple(
    DatasetRow(
        name=name,
        summary=summary,
        loader=f"datasets.images.{loader}",
        files=(PREPARED[name],) if name in PREPARED else (),
        shape=shape,
        anomalies=0,
        modality="image",
        protocols=protocols,
        default_protocol=protocols[0],
        licence=licence,
        citation=citation,
        url=url,
        classes=known if rows is _ONE_VS_REST else (),
        anomaly_types=known if rows is _KINDS else (),
    )
    for protocols, rows in ((OF_CLASSES, _ONE_VS_REST), (("kinds",), _KINDS))
    for name, (summary, loader, shape, known, licence, citation, url) in rows.items()
)
"""`shape` is that of all images; faces64 has as many normal ones."""


def image_row(name: str) -> DatasetRow:
    """The row of that name."""
    return next(row for row in IMAGE_ROWS if row.name == name)
