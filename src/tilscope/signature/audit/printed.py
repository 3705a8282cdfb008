"""Numbers as they stand in print: exact text in, the interval of values that would print so out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, InstanceOf

Reading = Literal["rounded", "truncated"]
READINGS: tuple[Reading, ...] = ("rounded", "truncated")

MAX_DECIMALS = 9
SLACK = 1e-9  # computed floats may miss an exact bound by this much
MINUS = "\N{MINUS SIGN}"
MIDDLE_DOT = "\N{MIDDLE DOT}"  # the decimal point of some British journals
EN_DASH, EM_DASH = "\N{EN DASH}", "\N{EM DASH}"
_NUMBER = re.compile(r"(?P<sign><=|>=|[<>≤≥=])?\s*(?P<digits>[+-]?(?:\d+\.?\d*|\.\d+))(?P<percent>\s*%)?")
_RANGE = re.compile(rf"\s*(?:{EN_DASH}|{EM_DASH}|\bto\b|,|;|(?<=[\d%])\s*-)\s*")
_RELATIONS: dict[str | None, Literal["=", "<", ">"]] = {
    None: "=", "=": "=", "<": "<", "<=": "<", "≤": "<", ">": ">", ">=": ">", "≥": ">",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of values; an end belongs to it unless it is open.

    Attributes
    ----------
    low, high : Fraction
        Ends.
    low_is_open, high_is_open : bool
        Whether an end itself is left out.
    """

    low: Fraction
    high: Fraction
    low_is_open: bool = False
    high_is_open: bool = False

    def holds(self, value: float | Fraction) -> bool:
        """Tell whether a value lies inside; computed floats may miss an end by 1e-9."""
        return self.meets(value, value)

    def meets(self, low: float | Fraction, high: float | Fraction) -> bool:
        """Tell whether any value from ``low`` to ``high`` lies inside."""
        return bool(high >= self.low - Fraction(SLACK) and low <= self.high + Fraction(SLACK))


@dataclass(frozen=True, slots=True)
class Printed:
    """One printed number.

    Attributes
    ----------
    text : str
        As printed, without blanks at its ends.
    value : Fraction
        Its exact value; a percent sign divides by 100.
    decimals : int
        Decimals of ``value`` (``.70`` has two, ``70 %`` too, ``70.0 %`` three).
    relation : {"=", "<", ">"}
        Whether the number itself or only a bound is printed (``<.001``).
    """

    text: str
    value: Fraction
    decimals: int
    relation: Literal["=", "<", ">"] = "="

    @property
    def unit(self) -> Fraction:
        """One unit of the last printed decimal."""
        return Fraction(1, 10**self.decimals)

    def span(self, reading: Reading = "rounded") -> Span:
        """Return all values that print as this text.

        Parameters
        ----------
        reading : {"rounded", "truncated"}
            ``rounded``: both ends belong to it, as halves are rounded up by some and to even by others;
            ``truncated``: decimals were cut off, towards zero.
        """
        if self.relation != "=":
            far = Fraction(10**12)
            return Span(-far, self.value) if self.relation == "<" else Span(self.value, far)
        if reading == "rounded":
            return Span(self.value - self.unit / 2, self.value + self.unit / 2)
        if self.value < 0:
            return Span(self.value - self.unit, self.value, low_is_open=True)
        return Span(self.value, self.value + self.unit, high_is_open=True)

    def with_decimals(self, decimals: int) -> Printed:
        """Return the same number, read as if it had at least so many decimals (``1`` as ``1.000``)."""
        return Printed(self.text, self.value, max(decimals, self.decimals), self.relation)

    def __float__(self) -> float:
        return float(self.value)

    def __str__(self) -> str:
        return self.text


def parse_printed(value: object) -> Printed:
    """Read a printed number.

    Parameters
    ----------
    value : str, int or Printed
        Such as ``".70"``, ``"70 %"``, ``"<.001"`` or ``12``. A float is refused: it has lost its decimals.

    Raises
    ------
    ValueError
        For anything else.
    """
    if isinstance(value, Printed):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("write the number as text, with the decimals that are printed")
    text = str(value).strip()
    plain = text.replace(MINUS, "-").replace(MIDDLE_DOT, ".")
    found = _NUMBER.fullmatch(plain)
    if found is None:
        raise ValueError("not a number as papers print it, such as .70, 70 % or <.001 (a point, no comma)")
    number = Fraction(found["digits"].rstrip(".") if found["digits"][-1] == "." else found["digits"])
    decimals = len(found["digits"].partition(".")[2])
    if found["percent"]:
        number, decimals = number / 100, decimals + 2
    if decimals > MAX_DECIMALS:
        raise ValueError(f"more than {MAX_DECIMALS} decimals")
    return Printed(text, number, decimals, _RELATIONS[found["sign"]])


def parse_exact(value: object) -> Printed:
    """Read a printed number that is no bound."""
    printed = parse_printed(value)
    if printed.relation != "=":
        raise ValueError("a number is needed, not a bound")
    return printed


def parse_ends(value: object) -> object:
    """Split ``.638-.943`` (also with an en dash, a comma or "to") into its two ends; anything else stays."""
    if not isinstance(value, str):
        return value
    return tuple(_RANGE.split(value.strip().strip("[]()")))


def _check_order(ends: Any) -> Any:
    if ends[0].value > ends[1].value:
        raise ValueError("the first end is above the second")
    return ends


Number = Annotated[InstanceOf[Printed], BeforeValidator(parse_exact)]
"""A printed number that is no bound."""

PValue = Annotated[InstanceOf[Printed], BeforeValidator(parse_printed)]
"""A printed p value, which may be a bound."""

Ends = Annotated[tuple[Number, Number], BeforeValidator(parse_ends)]
"""A printed interval."""
