"""PyRadiomics parameter files: each key is followed, known to do nothing, or refused by name."""

from __future__ import annotations

import json
import re
import reprlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn

from tilscope.radiomics.parameter_keys import (
    IMAGE_TYPE_WORDS,
    OF_EVERY_IMAGE_TYPE,
    SETTING_KEYS,
    VOXEL_KEYS,
    WITHOUT_VALUE,
    ImageTypeWord,
    Key,
    UnfitValueError,
)
from tilscope.vocabulary import SettingsError

SECTIONS = ("setting", "imageType", "featureClass", "voxelSetting")
REMOVE = "Remove it: tilscope would not follow it."
AXES = ("z", "y", "x")  # of force2Ddimension
DEFAULTS: dict[str, Any] = {"label": 1, "min_voxels": 2, "min_dimensions": 2, "image_types": ("original",)}
"""Where PyRadiomics' defaults are not those of `Settings`."""


@dataclass(frozen=True, slots=True)
class ParameterFile:
    """What a PyRadiomics parameter file asks for.

    Attributes
    ----------
    settings : dict
        Fields of `Settings`, PyRadiomics' defaults where the file says nothing.
    diagnostics : bool
        Whether columns about the image and the mask are wanted (``additionalInfo``, by default true).
    voxel : dict or None
        Section ``voxelSetting`` of feature maps, in PyRadiomics' words: ``kernelRadius`` (voxels),
        ``maskedKernel``, ``initValue`` (may be NaN), ``voxelBatch`` (voxels); None where there is none.
    """

    settings: dict[str, Any]
    diagnostics: bool
    voxel: dict[str, Any] | None


def read_parameter_file(file: str | PathLike[str]) -> ParameterFile:
    """Read a PyRadiomics parameter file (YAML, or JSON by its ending).

    Raises
    ------
    SettingsError
        SET-20 (not readable, a key twice), SET-21 (unknown key, or one that an image type cannot have of its
        own), SET-22 (value), SET-23 (image type, family or feature); nothing is ever ignored.

    References
    ----------
    PyRadiomics 3.1 ``schemas/paramSchema.yaml`` and ``RadiomicsFeatureExtractor._applyParams``.
    """
    reader = _Reader(str(file))
    sections = reader.table(_load(Path(file)), "the file")
    reader.refuse_unknown(sections, SECTIONS, "")
    fields, apart = reader.settings(reader.table(sections.get("setting", {}), "setting"))
    fields |= reader.image_types(sections)
    fields |= reader.feature_classes(sections, in_slices="slice_axis" in fields)
    reader.check(fields, "setting")
    voxel = None
    if "voxelSetting" in sections:
        voxel = reader.values(
            reader.table(sections["voxelSetting"], "voxelSetting"), VOXEL_KEYS, "voxelSetting"
        )
    return ParameterFile(DEFAULTS | fields, apart.get("additionalInfo", True), voxel)


def _load(file: Path) -> Any:
    import yaml

    try:
        text = file.read_text(encoding="utf-8-sig")
        if file.suffix.lower() == ".json":
            return json.loads(text, object_pairs_hook=_object)
        return yaml.load(text, Loader=_strict_loader())  # noqa: S506 - a SafeLoader
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise SettingsError(
            "SET-20",
            "the parameter file cannot be read",
            file=file,
            found=" ".join(str(error).split()),
            remedy="Give a PyRadiomics parameter file (YAML or JSON).",
        ) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    _refuse_twice(keys)
    return dict(pairs)


def _refuse_twice(keys: list[Any]) -> None:
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"key {key!r} twice")


def _strict_loader() -> Any:
    """Return YAML's safe loader, made to read plain words as YAML 1.2 (PyRadiomics' reader) does.

    ``1e-3`` is a number and ``yes`` is text. A key that appears twice is refused (by default the last wins).
    """
    import yaml

    class StrictLoader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the way to replace PyYAML's

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            _refuse_twice([self.construct_object(key, deep=True) for key, _ in node.value])
            return super().construct_mapping(node, deep)

    plain = {
        "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        "int": (r"[-+]?[0-9]+", list("-+0123456789")),
        "float": (
            r"[-+]?(?:(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
            list("-+.0123456789"),
        ),
        "merge": (r"<<", ["<"]),
    }
    for tag, (pattern, first) in plain.items():
        StrictLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)

    def whole_number(loader: Any, node: Any) -> int:  # PyYAML's own takes 010 for 8
        return int(loader.construct_scalar(node))

    StrictLoader.add_constructor("tag:yaml.org,2002:int", whole_number)
    return StrictLoader


class _Reader:
    """Reads the sections of one file, and names it in every refusal."""

    def __init__(self, file: str) -> None:
        self.file = file

    def refuse(self, rule: str, path: str, why: str, **details: Any) -> NoReturn:
        details.setdefault("remedy", REMOVE)
        raise SettingsError(rule, f"{path}: {why}", file=self.file, **details)

    def table(self, node: Any, path: str) -> Mapping[str, Any]:
        if not isinstance(node, dict) or not all(isinstance(key, str) for key in node):
            remedy = "Write {} for an empty table." if node is None else "Write keys and values."
            self.refuse("SET-20", path, "must be a table of keys", found=_shown(node), remedy=remedy)
        return node

    def refuse_unknown(self, table: Mapping[str, Any], known: Iterable[str], path: str) -> None:
        known = tuple(known)
        for key in table:
            if key not in known:
                where = f"{path}.{key}" if path else key
                self.refuse("SET-21", where, "is not supported here", expected=", ".join(known))

    def values(self, table: Mapping[str, Any], keys: Iterable[Key], path: str) -> dict[str, Any]:
        """Return the values under PyRadiomics' words, each of the right type."""
        known = {key.name: key for key in keys}
        self.refuse_unknown(table, known, path)
        return {name: self._value(known[name], value, path) for name, value in table.items()}

    def _value(self, key: Key, value: Any, path: str) -> Any:
        try:
            return key.read(value)
        except UnfitValueError as unfit:
            self.refuse(
                "SET-22",
                f"{path}.{key.name}",
                "value is not supported",
                found=_shown(value),
                expected=unfit.expected,
                remedy=unfit.remedy,
            )

    def settings(self, table: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the fields of section ``setting``, and the values of keys without a field of their own."""
        values = self.values(table, SETTING_KEYS, "setting")
        fields = _fields(values, SETTING_KEYS)
        if values.get("force2D"):
            fields["slice_axis"] = AXES[values.get("force2Ddimension", 0)]
        if fields.get("interpolator", "") is None:  # PyRadiomics does not resample then
            fields = {name: fields[name] for name in fields if name != "interpolator"}
            fields["resampled_spacing_mm"] = None
        return fields, values

    def image_types(self, sections: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of section ``imageType``; PyRadiomics takes the original image if it is empty."""
        from tilscope.radiomics.images import IMAGE_TYPES

        if "imageType" not in sections:
            return {}
        table = self.table(sections["imageType"], "imageType")
        available = {image_type.name for image_type in IMAGE_TYPES}
        words = {word.name: word for word in IMAGE_TYPE_WORDS if word.ours in available}
        fields: dict[str, Any] = {}
        per_image: dict[str, dict[str, Any]] = {}
        for name, own in table.items():
            path = f"imageType.{name}"
            if name not in words:
                self.refuse("SET-23", path, "there is no such image type", expected=", ".join(words))
            of_filter, of_image = self._own_settings(own, words[name], path)
            fields |= of_filter
            if of_image:
                per_image[words[name].ours] = of_image
        if not table:
            return {}
        types = tuple(word.ours for word in words.values() if word.name in table)
        return fields | {"image_types": types, "per_image": per_image}

    def _own_settings(
        self, own: Any, word: ImageTypeWord, path: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the fields of the image type's filter, and those that it sets for its own images."""
        filter_keys = tuple(key for key in SETTING_KEYS if key.name in word.filter_keys)
        table = self.table(own, path)
        values = self.values(table, (*filter_keys, *OF_EVERY_IMAGE_TYPE), path)
        of_filter, of_image = _fields(values, filter_keys), _fields(values, OF_EVERY_IMAGE_TYPE)
        self.check(of_filter | of_image, path)
        return of_filter, of_image

    def feature_classes(self, sections: Mapping[str, Any], *, in_slices: bool) -> dict[str, Any]:
        """Return the fields of section ``featureClass``; without one, PyRadiomics takes every family.

        2-D shape has values only within slices (``force2D``), so it belongs to all families only there.
        """
        from tilscope.radiomics.families import FAMILIES

        everything = tuple(f.name for f in FAMILIES if in_slices or f.name != "shape2D")
        if "featureClass" not in sections:
            return {"families": everything}
        table = self.table(sections["featureClass"], "featureClass")
        known = {family.name: family.all_names for family in FAMILIES}
        chosen = {name: self._features(name, features, known) for name, features in table.items()}
        if "shape2D" in chosen and not in_slices:
            self.refuse(
                "SET-23",
                "featureClass.shape2D",
                "has no values in three dimensions",
                remedy="Set force2D: true, or remove shape2D.",
            )
        if not chosen:
            return {"families": everything}
        features = {name: names for name, names in chosen.items() if names}
        return {"families": tuple(name for name in known if name in chosen), "features": features}

    def _features(self, family: str, features: Any, known: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        path = f"featureClass.{family}"
        if family not in known:
            self.refuse("SET-23", path, "there is no such family", expected=", ".join(known))
        wanted = [] if features is None else features
        if not isinstance(wanted, list):
            self.refuse(
                "SET-22", path, "must be a list of features", found=_shown(features), remedy="Use [...]."
            )
        for feature in wanted:
            why = WITHOUT_VALUE.get((family, feature)) if isinstance(feature, str) else None
            if why is not None:
                self.refuse("SET-23", path, f"PyRadiomics gives no value for {feature}: {why}")
            if feature not in known[family]:
                self.refuse(
                    "SET-23", path, f"no feature {_shown(feature)}", expected=", ".join(known[family])
                )
            if wanted.count(feature) > 1:
                self.refuse("SET-23", path, f"{feature} is there twice", remedy="Remove one.")
        return tuple(wanted)

    def check(self, fields: dict[str, Any], path: str) -> None:
        """Refuse what `Settings` does not accept, under the name that it has in the file."""
        from pydantic import ValidationError

        from tilscope.radiomics.settings import Settings

        if "log" in fields.get("image_types", ()) and not fields.get("log_sigma_mm"):
            self.refuse("SET-22", "imageType.LoG", "has no sigma", remedy="Add sigma: [2.0, 3.0] (mm).")
        try:
            Settings(**fields)
        except ValidationError as error:
            first = error.errors()[0]
            field = first["loc"][0] if first["loc"] else ""
            names = (f"{path}.{key.name}" for key in SETTING_KEYS if key.field == field)
            self.refuse(
                "SET-22",
                next(names, path),
                first["msg"],
                found=_shown(first["input"]),
                remedy="Correct the value.",
            )


def _fields(values: Mapping[str, Any], keys: Iterable[Key]) -> dict[str, Any]:
    return {key.field: values[key.name] for key in keys if key.field and key.name in values}


def _shown(value: Any) -> str:
    return reprlib.repr(value)
