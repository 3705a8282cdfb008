"""Room: reading, the only door in.

DICOM series, volumes, masks, tables, gene sets. Every reader settles its format's oddities (coordinates to
LPS mm, arrays to (z, y, x), odd headers, bad values) or raises a typed error with its rule id; inside the
house, data are trusted.
"""

from tilscope.reading.dicom_scan import (
    DicomScan,
    Examination,
    HeaderBatch,
    group_headers,
    read_headers,
    scan_dicom,
)
from tilscope.reading.dicom_series import read_dicom_series
from tilscope.reading.examination_table import ChosenExamination, read_examinations
from tilscope.reading.expression import (
    ExpressionMatrix,
    expression_of,
    open_expression,
    read_expression,
    trusted_expression,
)
from tilscope.reading.expression_tables import ExpressionTable
from tilscope.reading.gene_aliases import GeneNames, read_hgnc, shipped_gene_names
from tilscope.reading.gene_sets import (
    GeneSetFile,
    encode_gene_sets,
    gene_set_text,
    parse_gene_sets,
    read_gene_sets,
)
from tilscope.reading.h5ad_files import encode_h5ad
from tilscope.reading.images import RawImage
from tilscope.reading.nifti import encode_nifti, encode_nifti_map, encode_nifti_mask
from tilscope.reading.originals import read_labels, read_original
from tilscope.reading.participants import ParticipantTable, read_participants, stil_reading_columns
from tilscope.reading.roi_dicom_out import encode_dicom_seg, encode_dicom_seg_on
from tilscope.reading.roi_files import PlacedRoi, describe_roi, place_roi, read_roi
from tilscope.reading.roi_parts import roi_notes
from tilscope.reading.roi_source import RoiSource, check_roi_belongs
from tilscope.reading.signature_table import read_signature_table
from tilscope.reading.table_kinds import table_kind
from tilscope.reading.volume_files import read_volume

__all__ = [
    "ChosenExamination",
    "DicomScan",
    "Examination",
    "ExpressionMatrix",
    "ExpressionTable",
    "GeneNames",
    "GeneSetFile",
    "HeaderBatch",
    "ParticipantTable",
    "PlacedRoi",
    "RawImage",
    "RoiSource",
    "check_roi_belongs",
    "describe_roi",
    "encode_dicom_seg",
    "encode_dicom_seg_on",
    "encode_gene_sets",
    "encode_h5ad",
    "encode_nifti",
    "encode_nifti_map",
    "encode_nifti_mask",
    "expression_of",
    "gene_set_text",
    "group_headers",
    "open_expression",
    "parse_gene_sets",
    "place_roi",
    "read_dicom_series",
    "read_examinations",
    "read_expression",
    "read_gene_sets",
    "read_headers",
    "read_hgnc",
    "read_labels",
    "read_original",
    "read_participants",
    "read_roi",
    "read_signature_table",
    "read_volume",
    "roi_notes",
    "scan_dicom",
    "shipped_gene_names",
    "stil_reading_columns",
    "table_kind",
    "trusted_expression",
]
