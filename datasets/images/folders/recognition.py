"""Which images of a folder are what, by the names of the folders in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from datasets.errors import DataError
from datasets.images.folders import masks, words
from datasets.images.folders.layout import ANOMALY, NORMAL, Layout
from datasets.images.folders.tree import Tree
from datasets.images.folders.words import Label, Side
from datasets.wording import counted

FORM = (
    "put normal images into FOLDER/normal and, if there are any, anomalies into FOLDER/anomaly, or images of two or "
    "more classes into FOLDER/CLASS"
)


@dataclass(frozen=True)
class ClassFolder:
    """A folder of images of one class or kind."""

    path: Path
    side: Side
    label: Label | None
    name: str
    files: list[Path]


class Recognition:
    """How a folder is laid out.

    Parameters
    ----------
    tree : Tree
    normal : str, optional
        The name of the normal folder, where a person gave it.
    """

    def __init__(self, tree: Tree, normal: str | None = None) -> None:
        self.tree, self.root, self.given = tree, _inner(tree), normal
        self.classes: list[ClassFolder] = []
        self.loose: dict[Side, tuple[Path, list[Path]]] = {}
        self.mask_roots = masks.roots_of(tree)
        self.left: list[tuple[Path, str]] = []
        """Folders that are not read, and why."""
        self._collect()
        self.mask_files = masks.files_of(tree, self.mask_roots)

    def layout(self) -> Layout:
        """What is what.

        Raises
        ------
        DataError
            If the names leave open which images are normal.
        """
        learnt = [c for c in self.classes if c.side != "test"]
        layout = self._one_normal() if self._speaks(learnt) else self._in_turn()
        if masks_said := masks.attach(layout, self.tree, self.mask_files):
            layout.roles += masks_said
        return self._the_rest(layout)

    # -- what there is ----------------------------------------------------------

    def _collect(self) -> None:
        """Sort the folders in the root, and in its train, validation and test folders."""
        at_root: list[ClassFolder] = []
        for path in self.tree.without:
            if path.parent == self.root or words.meaning(path.parent.name).side:
                self._not_empty(path)
        names = {path.name.casefold() for path in self.tree.children(self.root)}
        for path in self.tree.children(self.root):
            what = words.meaning(path.name)
            if what.side == "validation" and "invalid" in names and path.name.casefold() == "valid":
                what = words.Meaning(label="normal")
            if what.use == "masks":
                continue
            if what.use == "unlabelled":
                self.left.append((path, "left out: images without a label; predict.py scores them"))
            elif what.side and not what.label:
                self._side(path, what.side)
            else:
                at_root += self._class_folders(path, what)
        if any(c.side == "train" for c in self.classes):
            named = [c for c in at_root if c.label and c.side == "train"]
            if named:
                raise DataError(
                    f"{self.root} has training images in {self._names([named[0]])} and in "
                    f"{self._names([next(c for c in self.classes if c.side == 'train')])}; have them in one place"
                )
            for one in at_root:
                if one.side == "train":
                    self.left.append((one.path, "left out: it lies beside the folder of training images"))
            at_root = [c for c in at_root if c.side != "train"]
        self.classes = at_root + self.classes
        if not any(c.label for c in self.classes):
            pair = words.opposites(c.name for c in self.classes if c.side == "train")
            self.classes = [replace(c, label=pair.get(c.name)) for c in self.classes]
        self._no_sets_of_sets()

    def _not_empty(self, path: Path) -> None:
        """Refuse a folder for normal images or anomalies in which none can be read."""
        if words.meaning(path.name).label:
            there = [file for file in self.tree.others if path in file.parents]
            found = f": {self.tree.suffixes(there)} cannot be read as images" if there else ""
            raise DataError(
                f"{path} has no image files{found}; {'save them as .png' if there else 'remove it if there are none'}"
            )

    def _side(self, path: Path, side: Side) -> None:
        """A folder of training, validation or test images."""
        inner = _inner(self.tree, path)
        for place in self.tree.children(inner):
            what = words.meaning(place.name)
            if what.use == "masks":
                continue
            if what.use == "unlabelled" and side != "test":
                self.left.append((place, "left out: images without a label; predict.py scores them"))
            else:
                files = self._images_of(place)
                self.classes.append(ClassFolder(place, side, what.label, place.name, files))
        if files := self.tree.loose(inner):
            self.loose[side] = (inner, [f for f in files if not masks.is_beside(f, files)])

    def _class_folders(self, path: Path, what: words.Meaning) -> list[ClassFolder]:
        """A class, which may have its training and test images in folders of their own."""
        name, side = path.name, what.side or "train"
        parts = {child: words.meaning(child.name).side for child in self.tree.children(path)}
        sides = {child: part for child, part in parts.items() if part and not self.tree.children(child)}
        if not sides or what.side:
            return [ClassFolder(path, side, what.label, name, self._images_of(path))]
        rest = [f for f in self._images_of(path) if not any(child in f.parents for child in sides)]
        found = [ClassFolder(path, side, what.label, name, rest)] if rest else []
        return found + [
            ClassFolder(child, part, what.label, name, self._images_of(child)) for child, part in sides.items()
        ]

    def _images_of(self, path: Path) -> list[Path]:
        """Images of a folder without the masks in it."""
        within = [root for root in self.mask_roots if path in root.parents]
        files = [file for file in self.tree.below(path) if not any(root in file.parents for root in within)]
        return [file for file in files if not masks.is_beside(file, self.tree.loose(file.parent))]

    def _no_sets_of_sets(self) -> None:
        """Refuse a folder of several datasets: their test images would be trained on."""
        whole = [
            c.path
            for c in self.classes
            if c.label is None and any(words.meaning(p.name).side for p in self.tree.children(c.path))
        ]
        if whole:
            listed = ", ".join(path.name for path in whole[:5]) + (", …" if len(whole) > 5 else "")
            raise DataError(
                f"{self.root} holds {counted(whole, 'dataset')} ({listed}): name one, as in images:{whole[0]}"
            )

    # -- one normal class -------------------------------------------------------

    def _speaks(self, learnt: list[ClassFolder]) -> bool:
        """Whether some folder says that it is normal or anomalous."""
        if any(c.label for c in learnt):
            return True
        tested = any(c.label == "normal" for c in self.classes)
        return tested and ("train" in self.loose or bool(learnt))

    def _one_normal(self) -> Layout:
        layout = Layout(one_normal=True)
        learnt = [c for c in self.classes if c.side != "test"]
        normal = self._normal(learnt)
        for one in normal:
            layout.add(NORMAL, one.files, False)
            self._contradiction(one)
            also = ", joined to the training images" if one.side == "validation" else ""
            layout.roles.append((one.path, len(one.files), f"normal{also}"))
        if not normal:
            path, files = self.loose.pop("train")
            layout.add(NORMAL, files, False)
            layout.roles.append((path, len(files), "normal: they lie in no folder, and the test has normal images"))
        named = [c for c in learnt if c.label == "anomaly"]
        kinds = [c for c in learnt if c.label is None and c not in normal]
        if self.given is not None:
            named, kinds = [c for c in learnt if c not in normal], []
        if named and kinds:
            self.left += [
                (
                    c.path,
                    f"left out: its name says neither normal nor anomaly; in {named[0].path.name}/ it would be a kind",
                )
                for c in kinds
            ]
            kinds = []
        kinds += named
        self._add_kinds(layout, kinds, single=len([c for c in kinds if c.side == "train"]) < 2, test=False)
        self._test(layout, {c.name for c in kinds})
        return layout

    def _normal(self, learnt: list[ClassFolder]) -> list[ClassFolder]:
        """The folders of normal images: one on each side."""
        if self.given is not None:
            chosen = [c for c in learnt if c.name.casefold() == self.given.casefold()]
            speaking = [c for c in learnt if c.label == "normal"]
            if not chosen and words.meaning(self.given).label == "normal" and len(speaking) == 1:
                chosen = speaking
            if not chosen:
                raise DataError(f"{self.root} has no folder {self.given!r} with images; it has {self._names(learnt)}")
            return chosen
        normal = [c for c in learnt if c.label == "normal"]
        for side in ("train", "validation"):
            several = [c for c in normal if c.side == side]
            if len(several) > 1:
                raise DataError(
                    f"{self._names(several, counts=True)} could all be normal images; have them in one folder, or say "
                    f"which is normal, as in images:{self.tree.root}:{several[0].name}"
                )
        if not any(c.side == "train" for c in normal) and "train" not in self.loose:
            others = [c for c in learnt if c.label is None and c.side == "train"]
            if others:
                raise DataError(
                    f"which images of {self.root} are normal? No name of {self._names(others, counts=True)} says it; "
                    f"say which, as in images:{self.tree.root}:{others[0].name}"
                )
            if not normal:
                raise DataError(f"{self.root} has no normal images to train on, but {self._names(learnt)}; {FORM}")
        return normal

    def _add_kinds(self, layout: Layout, folders: list[ClassFolder], *, single: bool, test: bool) -> None:
        """Add folders of anomalies: each folder in one is a kind; where there are several, each is one itself."""
        kinds: dict[str, list[Path]] = {}
        for one in folders:
            alone = ANOMALY if single and one.label == "anomaly" else one.name
            counts: dict[str, int] = {}
            for file in one.files:
                inner = [part for part in file.relative_to(one.path).parts[:-1] if not _container(part)]
                name = inner[0] if inner else alone
                name = f"{ANOMALY}-{name}" if name == NORMAL else name
                kinds.setdefault(name, []).append(file)
                counts[name] = counts.get(name, 0) + 1
            joined = ", to choose by" if one.side == "validation" else ""
            joined = ", sealed test" if test else joined
            for name, count in sorted(counts.items()):
                deeper = one.path / name if (one.path / name).is_dir() else one.path
                kind = "anomalies" if name == ANOMALY else f"anomalies of kind {name}"
                layout.roles.append((deeper, count, f"{kind}{joined}"))
        for kind, files in sorted(kinds.items()):
            layout.add(kind, files, test)

    def _test(self, layout: Layout, known: set[str]) -> None:
        """Test images with labels, and those without."""
        tested = [c for c in self.classes if c.side == "test"]
        normal = [c for c in tested if c.label == "normal"]
        if self.given is not None:
            normal = [c for c in tested if c.name.casefold() == self.given.casefold()] or normal
        if len(normal) > 1:
            raise DataError(
                f"{self._names(normal, counts=True)} could all be normal test images; have them in one folder"
            )
        anomalous = [c for c in tested if c.label == "anomaly" and c not in normal]
        others = [c for c in tested if c not in normal and c not in anomalous]
        able = [c for c in others if words.meaning(c.name).use != "unlabelled"]
        same = [c for c in able if c.name in known]
        if same or (normal and not anomalous):  # as MVTec has them: every other folder is a kind
            kinds = same if anomalous else able
            anomalous, others = [*anomalous, *kinds], [c for c in others if c not in kinds]
        if bool(normal) != bool(anomalous):
            place = (normal or anomalous)[0].path
            lacking = "normal images (test/normal or test/good)" if anomalous else "anomalies (test/anomaly or kinds)"
            raise DataError(
                f"{place.parent} has {place.name} but not {lacking}; a test needs both, and images without labels lie "
                f"in {place.parent} itself"
            )
        if normal:
            self._contradiction(normal[0])
            layout.add(NORMAL, normal[0].files, True)
            layout.roles.append((normal[0].path, len(normal[0].files), "normal, sealed test"))
            self._add_kinds(layout, anomalous, single=len(anomalous) < 2, test=True)
        self._add_plain(layout, others)

    def _add_plain(self, layout: Layout, folders: list[ClassFolder]) -> None:
        """Images of the test folder without labels."""
        place, files = self.loose.pop("test", (None, []))
        for one in folders:
            layout.roles.append((one.path, len(one.files), "without labels, to be scored"))
        if place is not None and files:
            layout.roles.append((place, len(files), "without labels, to be scored"))
        layout.plain = sorted([*files, *(file for one in folders for file in one.files)])
        layout.plain_root = place or (folders[0].path.parent if folders else None)

    # -- classes in turn --------------------------------------------------------

    def _in_turn(self) -> Layout:
        """Every class is normal in turn; validation images are the test where there is no other."""
        layout = Layout(one_normal=False)
        train = [c for c in self.classes if c.side == "train"]
        names = [c.name for c in train]
        if len(names) < 2:
            only = f"only {train[0].path} has images" if names else "no folder in it has images"
            if self.tree.images and not names:
                only = f"its {counted(self.tree.images, 'image')} lie in no folder of a class"
            raise DataError(f"{self.root} has no folder of normal images, and {only}; {FORM}")
        tested = any(c.side == "test" and c.name in names for c in self.classes)
        for held in [c for c in self.classes if c.side == "validation" or (c.side == "test" and tested)]:
            if held.name not in names:
                unknown = [c.name for c in self.classes if c.side == held.side and c.name not in names]
                raise DataError(
                    f"{held.path.parent} has the classes {', '.join(unknown[:5])}, which {train[0].path.parent} has not"
                )
        for one in sorted(self.classes, key=lambda c: ("train", "validation", "test").index(c.side)):
            if one.side == "test" and not tested:
                continue
            # with a test of its own, the validation images are for choosing
            test = one.side == "test" or (one.side == "validation" and not tested)
            layout.add(one.name, one.files, test)
            layout.roles.append((one.path, len(one.files), f"class {one.name}{', sealed test' if test else ''}"))
        self._add_plain(layout, [] if tested else [c for c in self.classes if c.side == "test"])
        layout.files.sort(key=lambda entry: entry[2])
        return layout

    # -- what is left -----------------------------------------------------------

    def _the_rest(self, layout: Layout) -> Layout:
        """Name every image that is not read, by its folder."""
        layout.roles += [(path, len(self.tree.below(path)), why) for path, why in self.left]
        for side, (path, files) in self.loose.items():
            if files:
                layout.roles.append((path, len(files), f"left out: they lie in no folder of a class ({side})"))
        seen = {file for _, file, _ in layout.files} | set(layout.plain) | set(self.mask_files)
        seen |= {file for _, files in self.loose.values() for file in files}
        seen |= {file for path, _ in self.left for file in self.tree.below(path)}
        rest: dict[Path, int] = {}
        for file in self.tree.images:
            if file not in seen:
                rest[file.parent] = rest.get(file.parent, 0) + 1
        layout.roles += [(path, n, "left out: they lie in no folder of a class") for path, n in rest.items()]
        return layout

    def _contradiction(self, one: ClassFolder) -> None:
        """Refuse a folder of anomalies within normal images."""
        for file in one.files:
            for part in file.relative_to(one.path).parts[:-1]:
                if words.meaning(part).label == "anomaly":
                    raise DataError(
                        f"{one.path} is normal by its name, and has {part} in it: have that folder beside it, or "
                        "give it another name"
                    )

    def _names(self, folders: Iterable[ClassFolder], *, counts: bool = False) -> str:
        listed = [
            c.path.relative_to(self.tree.root).as_posix() + (f" ({counted(c.files, 'image')})" if counts else "")
            for c in folders
        ]
        return ", ".join(listed[:6]) + (", …" if len(listed) > 6 else "")


def recognise(tree: Tree, normal: str | None = None) -> Layout:
    """How a folder is laid out; `normal` names the normal folder, where a person did."""
    return Recognition(tree, normal).layout()


def _inner(tree: Tree, folder: Path | None = None) -> Path:
    """The folder itself, or the only one in it that has everything, as an unpacked archive or `Data/Images` does."""
    place = folder or tree.root
    while not tree.loose(place):
        inner = [path for path in tree.children(place) if words.meaning(path.name).use not in ("masks", "unlabelled")]
        if len(inner) != 1 or not tree.children(inner[0]):
            break
        what = words.meaning(inner[0].name)
        if what.side or what.label:
            break
        place = inner[0]
    return place


def _container(name: str) -> bool:
    return words.meaning(name).use == "container"
