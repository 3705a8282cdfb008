"""What tilscope runs on here: versions, compiled kernels, cores and memory; nothing is changed."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

PARTS = (
    "antspyx",
    "distributed",
    "gseapy",
    "highdicom",
    "jinja2",
    "matplotlib",
    "nibabel",
    "numba",
    "numpy",
    "pandas",
    "picsl-greedy",
    "pillow",
    "pyarrow",
    "pydantic",
    "pydicom",
    "pyjpegls",
    "pynrrd",
    "PyWavelets",
    "PyYAML",
    "rich",
    "scikit-learn",
    "scipy",
    "SimpleITK",
    "starlette",
    "threadpoolctl",
    "typer",
    "uvicorn",
    "XlsxWriter",
)
EXTRAS = {"h5ad": ("h5py",), "lbp": ("scikit-image",)}
ROOMS_WITH_KERNELS = ("tilscope.radiomics", "tilscope.signature")


@dataclass(frozen=True, slots=True)
class Kernels:
    """The functions that numba compiles.

    Attributes
    ----------
    n_kernels, n_cached : int
        How many there are; how many lie compiled on the disk, for this Python and not older than their source.
    folders : tuple of str
        Where compiled ones are kept; empty if no folder can be written, so that each process compiles anew.
    """

    n_kernels: int
    n_cached: int
    folders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """What tilscope runs on.

    Attributes
    ----------
    tilscope, python, system : str
    parts : dict
        Version by name; None: not installed.
    extras : dict
        Of each optional part: version by name; None: not installed.
    kernels : Kernels
    n_cores : int
        Cores that this process may use.
    memory_bytes : int
        Memory that this process may use.
    """

    tilscope: str
    python: str
    system: str
    parts: dict[str, str | None]
    extras: dict[str, dict[str, str | None]]
    kernels: Kernels
    n_cores: int
    memory_bytes: int

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the parts that must be installed and are not."""
        return tuple(name for name, found in self.parts.items() if found is None)


def environment() -> Environment:
    """Look at this installation and this machine."""
    from dask.system import CPU_COUNT
    from distributed.system import MEMORY_LIMIT

    return Environment(
        tilscope=version("tilscope"),
        python=f"{platform.python_version()} ({platform.python_implementation()})",
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        parts={name: _version(name) for name in PARTS},
        extras={extra: {name: _version(name) for name in names} for extra, names in EXTRAS.items()},
        kernels=kernels(),
        n_cores=int(CPU_COUNT),
        memory_bytes=int(MEMORY_LIMIT),
    )


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def kernels() -> Kernels:
    """Find all compiled functions and look for them on the disk; compiles nothing."""
    found = list(_dispatchers())
    folders = [dispatcher.stats.cache_path for dispatcher in found]
    return Kernels(
        n_kernels=len(found),
        n_cached=sum(
            folder is not None and _is_cached(dispatcher.py_func, Path(folder))
            for dispatcher, folder in zip(found, folders, strict=True)
        ),
        folders=tuple(sorted({str(folder) for folder in folders if folder is not None})),
    )


def _dispatchers() -> Iterator[Any]:
    from numba.core.registry import CPUDispatcher

    for room in ROOMS_WITH_KERNELS:
        package = import_module(room)
        for module in walk_packages(package.__path__, f"{room}."):
            members = vars(import_module(module.name))
            yield from (
                member
                for member in members.values()
                if isinstance(member, CPUDispatcher) and member.py_func.__module__ == module.name
            )


def _is_cached(function: Any, folder: Path) -> bool:
    """Tell whether numba's index of a function is there and not older than the function's file."""
    source = Path(function.__code__.co_filename)
    tag = f"py{''.join(platform.python_version_tuple()[:2])}"
    name = f"{source.stem}.{function.__qualname__}-{function.__code__.co_firstlineno}.{tag}*.nbi"
    newest = max((file.stat().st_mtime for file in folder.glob(name)), default=0.0)
    return newest >= os.stat(source).st_mtime
