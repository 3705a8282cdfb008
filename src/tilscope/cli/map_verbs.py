"""The verb that makes feature maps of one image."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tilscope.cli.telling import EXIT_INTERRUPTED, err, out, tell_next

if TYPE_CHECKING:
    from tilscope.pipeline import MappedCase

FeatureNames = Annotated[
    list[str] | None,
    typer.Option(
        "--feature",
        help="Name of a feature, such as original_glcm_JointEntropy; repeat for more. \\[default: all that "
        "the parameter file asks for]",
    ),
]
MapsSettings = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        "--param",
        "-p",
        help="PyRadiomics parameter file (its voxelSetting is followed), TOML file or study folder.",
    ),
]


def maps(
    image: Annotated[str, typer.Argument(help="An image.", show_default=False)],
    mask: Annotated[str, typer.Argument(help="Its mask.", show_default=False)],
    folder: Annotated[
        Path,
        typer.Option("--out", "-o", help="Folder to write to, one NIfTI per feature.", show_default=False),
    ],
    features: FeatureNames = None,
    settings: MapsSettings = None,
    kernel_radius: Annotated[
        int | None,
        typer.Option(
            help="Voxels from the middle of the kernel to its faces. \\[default: 1, or kernelRadius]",
            min=1,
            max=10,
        ),
    ] = None,
    masked: Annotated[
        bool | None,
        typer.Option(
            "--masked/--unmasked",
            help="Whether only voxels of the ROI count in a kernel. \\[default: yes, or maskedKernel]",
        ),
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", "-l", help="Value or name of the ROI in the mask.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over existing maps.")] = False,
) -> None:
    """Make maps of features: each voxel of the ROI gets the feature of the voxels around it."""
    from tilscope.pipeline import Bars, map_case, map_request, write_maps
    from tilscope.pipeline.mapping import checked_folder

    request = map_request(settings, features or (), kernel_radius=kernel_radius, masked=masked)
    checked_folder(folder, request.features, force=force)
    doing = "measure the maps"
    try:
        with Bars(err) as bars:
            bars.add(doing, max(len(request.features), 1), after_s=2.0)
            case = map_case(image, mask, label, request, bars.follow(doing))
        files = write_maps(case, folder)
    except KeyboardInterrupt:
        err.print("Interrupted; maps that are there are whole.")
        sys.exit(EXIT_INTERRUPTED)  # not by way of main: there is nothing to go on from
    _tell_maps(case, files)
    tell_next(f"open {files[0]} over {image}, in 3D Slicer for example")


def _tell_maps(case: MappedCase, files: list[Path]) -> None:
    for warning in case.maps.warnings:
        err.print(warning, markup=False)
    n_voxels = int(case.maps.mask.sum())
    for name, n in case.without_value().items():
        err.print(
            f"{name}: {n} of {n_voxels} voxels have no value (NaN); docs/maps.md says when.", markup=False
        )
    out.print(f"Wrote {len(files)} map(s) of {n_voxels} voxels to {files[0].parent}.", markup=False)
