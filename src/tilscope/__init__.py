"""tilscope reads tumour-infiltrating lymphocytes from breast MRI."""

from importlib.metadata import version

__version__ = version("tilscope")
