"""Tables of ADBench (Han et al., NeurIPS 2022), as published, by name.

The checksums are those of the files in the repository Minqi824/ADBench, folder
`adbench/datasets/Classical`.
"""

from __future__ import annotations

URL = "https://github.com/Minqi824/ADBench/raw/main/adbench/datasets/Classical/"
LICENCE = "BSD-2-Clause (ADBench's file); see there for the data's own terms"

# name: file, rows, columns, anomalies, what it is, sha256
TABLES: dict[str, tuple[str, int, int, int, str, str]] = {
    "annthyroid": (
        "2_annthyroid.npz", 7200, 6, 534, "thyroid function",
        "e738f7c58a8740d2c4aac4c71ff49ce5e1d1aa16f44178135fc9c09df05fad1b",
    ),
    "campaign": (
        "5_campaign.npz", 41188, 62, 4640, "bank customers called, one-hot columns among them",
        "74dd4d0072d6c6f1aabab63bc102f9633454f32bb936fa9bcfbd38f9f2386bcd",
    ),
    "ionosphere": (
        "18_Ionosphere.npz", 351, 32, 126, "radar returns",
        "bca46cb0cfd1bf9ddef6cde5ad2215d54fb0189508d0d4c4eb98e788cad69001",
    ),
    "landsat": (
        "19_landsat.npz", 6435, 36, 1333, "satellite pixels",
        "ba17e2158c07469597b89db49d3982c874c6b713ff6670721ddc88969da77987",
    ),
    "magic": (
        "22_magic.gamma.npz", 19020, 10, 6688, "gamma telescope events",
        "0be375984d7af9ea7a63b12206c240840d8b7daa3607021c5fb8756407dd86f1",
    ),
    "pendigits": (
        "28_pendigits.npz", 6870, 16, 156, "pen strokes of digits",
        "c4936b89dcdad59d303020e492f763a0f54170080d787c77497609acbb9c2d79",
    ),
    "satellite": (
        "30_satellite.npz", 6435, 36, 2036, "satellite pixels, three small classes are the anomalies",
        "1f048f5686f1b8c16a227fdfa3c81a62cd9a92715714a6b24c69b1c5ad96b46e",
    ),
    "satimage-2": (
        "31_satimage-2.npz", 5803, 36, 71, "satellite pixels, a sample of one class is the anomaly",
        "1b056e357f801b8b20c3f380a30224a3c4088d7ed764ec5a24828dc9b1918d6f",
    ),
    "shuttle": (
        "32_shuttle.npz", 49097, 9, 3511, "space shuttle sensors",
        "26900b0f6be45d9ddb7a402c9b2f956ceda42d23a8ca4cf4406b8bc1352823d1",
    ),
    "spambase": (
        "35_SpamBase.npz", 4207, 57, 1679, "word counts of mails, spam is the anomaly",
        "d0c46c7928e43f6496bcd06e09de0b70f6bc8143792dfa0a43f450263d254e9b",
    ),
    "vowels": (
        "40_vowels.npz", 1456, 12, 50, "spoken vowels of speakers",
        "4bfc4244d1c882773bbbc50d4a5db5e52276e53506e46b2d45e02d074cfcb1b6",
    ),
    "wilt": (
        "44_Wilt.npz", 4819, 5, 257, "diseased trees in satellite images",
        "c70b72aa611ec87b20efb400943ef3ce4f8bf7aa58fcef825fbd28cc5cee3cc9",
    ),
}  # fmt: skip
