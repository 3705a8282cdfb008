"""What an immune-related molecule and a family of them are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Molecule:
    """One gene of a family.

    Attributes
    ----------
    symbol : str
        Approved HGNC symbol.
    family : str
        Name of its list.
    source : str
        The paper, with its DOI, that counts it among the family.
    former_symbols : tuple of str
        Earlier symbols of this gene and of no other, as older matrices have them.
    """

    symbol: str
    family: str
    source: str
    former_symbols: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MoleculeList:
    """One family of molecules, compared as one family of tests.

    Attributes
    ----------
    name : str
        Key in tables.
    title : str
        For figures; plural.
    molecules : tuple of Molecule
    note : str
        What was left out, and why; may be empty.
    """

    name: str
    title: str
    molecules: tuple[Molecule, ...]
    note: str = ""

    @property
    def genes(self) -> tuple[str, ...]:
        """The symbols, in the list's order."""
        return tuple(molecule.symbol for molecule in self.molecules)

    @property
    def sources(self) -> tuple[str, ...]:
        """The papers, each once, in the order of their first gene."""
        return tuple(dict.fromkeys(molecule.source for molecule in self.molecules))


def molecule_list(
    name: str,
    title: str,
    genes_by_source: Mapping[str, str],
    *,
    former: Mapping[str, str] | None = None,
    note: str = "",
) -> MoleculeList:
    """Return a family from symbols separated by blanks.

    Parameters
    ----------
    name, title, note : str
        As in `MoleculeList`.
    genes_by_source : mapping of source to symbols
    former : mapping of symbol to its earlier symbols, separated by blanks
    """
    earlier = former or {}
    return MoleculeList(
        name,
        title,
        tuple(
            Molecule(symbol, name, source, tuple(earlier.get(symbol, "").split()))
            for source, symbols in genes_by_source.items()
            for symbol in symbols.split()
        ),
        note,
    )
