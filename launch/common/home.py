"""Where the record of all searches lives."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from launch.common import locks, stores
from launch.common.errors import UsageError


@dataclass(frozen=True)
class Home:
    """Paths of a home."""

    root: Path
    """Absolute."""

    @classmethod
    def at(cls, path: Path) -> Home:
        """Make the folder if need be and see that it can be written."""
        root = Path(path).expanduser().resolve()
        try:
            str(root).encode()  # a name that is not UTF-8 fits into no record
            (root / "studies").mkdir(parents=True, exist_ok=True)
            (root / "artifacts").mkdir(exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=root / "studies") as probe:
                probe.write(b"x" * 65536)
                probe.flush()
                os.fsync(probe.fileno())
        except UnicodeEncodeError as error:
            raise UsageError(f"the home {str(root)!a} has a name that is not UTF-8; pass another --home") from error
        except OSError as error:
            raise UsageError(
                f"the home {root} cannot be written ({error.strerror or error}); pass --home with a folder that can"
            ) from error
        return cls(root)

    def arguments(self) -> list[str]:
        """What a command line says to mean this home; nothing for the default one."""
        return [] if self.root == Path("runs").resolve() else ["--home", str(self.root)]

    @property
    def ledger(self) -> Path:
        """Every reading of test labels."""
        return self.root / "seal.jsonl"

    def artifacts_of(self, uri: str) -> Path | None:
        """Where artifacts of a store go: where its server says, else here."""
        return None if uri.startswith(("http://", "https://")) else self.root / "artifacts"

    def study(self, name: str, suffix: str) -> Path:
        """A file that belongs to a study."""
        return self.root / "studies" / f"{name}.{suffix}"

    def claim(self, name: str) -> Callable[[], None]:
        """Hold a study for this process; returns what gives it free. `UsageError` if another searches it now."""
        path = self.study(name, "lock")
        while True:
            handle = open(path, "ab")  # noqa: SIM115 the caller closes it
            if not locks.take(handle):
                handle.close()
                raise UsageError(
                    f"the study {name} is being searched by another process; wait for it, or take another --name"
                )
            # who gave it free took the file away: hold the one that others will find
            if path.exists() and os.path.samestat(os.fstat(handle.fileno()), path.stat()):
                break
            handle.close()

        def release() -> None:
            path.unlink(missing_ok=True)
            handle.close()

        return release

    def held(self, name: str) -> bool:
        """Whether a process searches a study right now."""
        path = self.study(name, "lock")
        return path.is_file() and locks.held(path)

    def checkpoints(self, storage: str | None) -> str:
        """Under which folder or URI searches keep the states of their trials."""
        if storage is not None and "://" in storage:
            return storage.rstrip("/")
        return str(Path(storage).expanduser().resolve() if storage is not None else self.root / "checkpoints")

    def tracking_uri(self, given: str | None, spool: bool = False) -> str:
        """The MLflow store: the one given, else sqlite here; with `spool`, a server may be away for now."""
        if given is not None:
            return stores.checked(given, spool=spool)
        stores.check_sqlite(self.root / "mlflow.db")
        return stores.sqlite_uri(self.root / "mlflow.db")
