"""PyRadiomics parameter files: each key is understood, known to be off, or refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn

from tilscope.vocabulary import SettingsError

ELSEWHERE = "tilscope does this in preprocessing; set it in study.toml and leave it out here."
UNSUPPORTED = "Remove the key, or extract these features with PyRadiomics."

OFF: dict[str, tuple[tuple[Any, ...], str]] = {
    "normalize": ((False, None), ELSEWHERE),
    "removeOutliers": ((None,), ELSEWHERE),
    "resampledPixelSpacing": ((None, [0, 0, 0]), ELSEWHERE),
    "resegmentRange": ((None,), UNSUPPORTED),
    "resegmentShape": ((False, None), UNSUPPORTED),
    "correctMask": ((False, None), ELSEWHERE),
    "force2D": ((False, None), UNSUPPORTED),
    "weightingNorm": ((None,), UNSUPPORTED),
    "symmetricalGLCM": ((True,), UNSUPPORTED),
    "preCrop": ((False, None), "Remove it: tilscope computes on a crop, with the values of the whole image."),
    "additionalInfo": ((False,), "Remove it, or set it to false: there are no diagnostics columns."),
    "label": ((1,), "Remove it, and choose the segment where the mask is read."),
    "level": ((1,), UNSUPPORTED),
    "start_level": ((0,), UNSUPPORTED),
}
"""Keys that are accepted only with the values at which they do nothing."""

FIELDS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "binWidth": ("bin_width", float),
    "binCount": ("n_bins", lambda value: None if value is None else int(value)),
    "voxelArrayShift": ("voxel_array_shift", float),
    "distances": ("distances", lambda value: tuple(int(d) for d in value)),
    "wavelet": ("wavelet", str),
    "minimumROISize": ("min_voxels", lambda value: 2 if value is None else int(value) + 1),
    "minimumROIDimensions": ("min_dimensions", lambda value: max(2, int(value))),
}
"""Keys with a field of ours (PyRadiomics refuses ROIs of ``minimumROISize`` voxels or fewer)."""

IDLE = {"normalizeScale", "interpolator", "padDistance", "resegmentMode", "force2Ddimension"}
"""Keys that only steer something else, which is refused when it is on (normalize, resampledPixelSpacing, ...)."""

IMAGE_TYPE_KEYS = {"Original": {}, "Wavelet": {"wavelet", "level", "start_level"}}
SECTIONS = ("setting", "imageType", "featureClass")


def read_parameter_file(file: str | PathLike[str]) -> dict[str, Any]:
    """Return the fields of `Settings` that a parameter file asks for; `Settings.from_pyradiomics` documents it."""
    reader = _Reader(str(file))
    sections = reader.mapping(_load(Path(file)), "the file")
    for section in sections:
        if section not in SECTIONS:
            reader.refuse("SET-21", section, "section is not supported", expected=", ".join(SECTIONS))
    fields = reader.fields(reader.mapping(sections.get("setting"), "setting"), "setting")
    fields |= reader.image_types(reader.mapping(sections.get("imageType"), "imageType"))
    fields |= reader.feature_classes(reader.mapping(sections.get("featureClass"), "featureClass"))
    return reader.checked(fields)


def _load(file: Path) -> Any:
    import yaml

    try:
        return yaml.load(file.read_text(encoding="utf-8"), Loader=_strict_loader())  # noqa: S506 - a SafeLoader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(
            "SET-20",
            "the parameter file cannot be read",
            file=file,
            found=" ".join(str(error).split()),
            remedy="Give a PyRadiomics parameter file (YAML or JSON).",
        ) from error


def _strict_loader() -> Any:
    """Return YAML's safe loader, made to refuse a key that appears twice (by default the last one wins)."""
    import yaml

    class StrictLoader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            for key in keys:
                if keys.count(key) > 1:
                    raise yaml.constructor.ConstructorError(None, None, f"key {key!r} twice", node.start_mark)
            return super().construct_mapping(node, deep)

    return StrictLoader


class _Reader:
    """Reads the sections of one file, and names it in every refusal."""

    def __init__(self, file: str) -> None:
        self.file = file

    def refuse(self, rule: str, key: str, why: str, **details: Any) -> NoReturn:
        details.setdefault("remedy", UNSUPPORTED)
        raise SettingsError(rule, f"{key}: {why}", file=self.file, **details)

    def mapping(self, node: Any, where: str) -> Mapping[str, Any]:
        if node is None:
            return {}
        if not isinstance(node, dict) or not all(isinstance(key, str) for key in node):
            self.refuse("SET-20", where, "must be a table of keys", found=type(node).__name__)
        return node

    def fields(self, section: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Translate settings; refuse what would change the numbers without being followed."""
        fields: dict[str, Any] = {}
        for key, value in section.items():
            if key in FIELDS:
                name, convert = FIELDS[key]
                fields[name] = self._converted(f"{where}.{key}", value, convert)
            elif key in OFF:
                accepted, remedy = OFF[key]
                if not any(type(value) is type(a) and value == a for a in accepted):
                    self.refuse(
                        "SET-22", f"{where}.{key}", "value is not supported", found=value, remedy=remedy
                    )
            elif key not in IDLE:
                self.refuse("SET-21", f"{where}.{key}", "setting is not supported")
        return fields

    def _converted(self, key: str, value: Any, convert: Callable[[Any], Any]) -> Any:
        try:
            return convert(value)
        except (TypeError, ValueError):
            self.refuse("SET-22", key, "value is not understood", found=repr(value))

    def image_types(self, section: Mapping[str, Any]) -> dict[str, Any]:
        """Translate ``imageType``; PyRadiomics takes the original image if there is none."""
        fields: dict[str, Any] = {"image_types": tuple(t.lower() for t in IMAGE_TYPE_KEYS if t in section)}
        for name, custom in section.items():
            if name not in IMAGE_TYPE_KEYS:
                self.refuse(
                    "SET-23", f"imageType.{name}", "is not supported", expected=", ".join(IMAGE_TYPE_KEYS)
                )
            own = self.mapping(custom, f"imageType.{name}")
            for key in own:
                if key not in IMAGE_TYPE_KEYS[name]:
                    self.refuse("SET-21", f"imageType.{name}.{key}", "setting is not supported here")
            fields |= self.fields(own, f"imageType.{name}")
        return fields if section else {"image_types": ("original",)}

    def feature_classes(self, section: Mapping[str, Any]) -> dict[str, Any]:
        """Translate ``featureClass``; without one, all families of tilscope."""
        from tilscope.radiomics.families import FAMILIES

        known = {family.name: family.feature_names for family in FAMILIES}
        chosen: dict[str, tuple[str, ...]] = {}
        for name, features in section.items():
            if name not in known:
                self.refuse(
                    "SET-23", f"featureClass.{name}", "family is not supported", expected=", ".join(known)
                )
            wanted = [] if features is None else features
            if not isinstance(wanted, list):
                self.refuse(
                    "SET-22", f"featureClass.{name}", "must be a list of features", found=repr(features)
                )
            for feature in wanted:
                if feature not in known[name]:
                    self.refuse("SET-23", f"featureClass.{name}", f"no feature {feature!r}")
            if wanted:
                chosen[name] = tuple(wanted)
        if not section:
            return {}
        return {"families": tuple(name for name in known if name in section), "features": chosen}

    def checked(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return the fields if `Settings` accepts them."""
        from pydantic import ValidationError

        from tilscope.radiomics.settings import Settings

        try:
            Settings(**fields)
        except ValidationError as error:
            first = error.errors()[0]
            self.refuse("SET-22", ".".join(map(str, first["loc"])), first["msg"], found=repr(first["input"]))
        return fields
