"""METRICS: quality of the method of a radiomics study (30 items in 9 categories, weighted); wording ours.

References
----------
Kocak B et al. Insights Imaging 2024;15:8, doi:10.1186/s13244-023-01572-w: Table 1 (items, weights, conditions). The
weights were held against the authors' online calculator, version 1.0, too.
"""

from __future__ import annotations

from tilscope.report.checklists import evaluation, imaging, modelling, patients
from tilscope.report.checklists.item import Checklist, Condition, Item, by_authors

SHARING = "Answer yes if it is public and explained, and say where."

ITEMS: tuple[Item, ...] = (
    Item("1", "Study design", "Guidelines followed", "Was a checklist used for design and reporting?",
         by_authors("Answer yes once CLEAR or TRIPOD+AI is completed and goes with the paper."), 0.0368),
    Item("2", "Study design", "Eligibility", "Do explicit criteria give patients like those it is meant for?",
         patients.representative, 0.0735),
    Item("3", "Study design", "Reference standard", "Is the outcome measured in a robust, accepted way?",
         patients.reference_standard, 0.0919),
    Item("4", "Imaging data", "More than one centre", "Do images come from more than one institution?",
         by_authors("Answer yes if they do, and name the institutions or codes for them."), 0.0438),
    Item("5", "Imaging data", "Images as in practice", "Does acquisition follow accepted guidelines?",
         by_authors("Answer yes if the protocol follows a guideline for breast MRI, and cite it."), 0.0292),
    Item("6", "Imaging data", "Imaging protocol", "Is it told so that others can repeat it?", imaging.protocol,
         0.0438),
    Item("7", "Imaging data", "Time to the reference", "Is the time between images and tissue told and short enough?",
         by_authors("Give the interval between MRI and the tissue on which TILs were read."), 0.0292),
    Item("8", "Segmentation", "How lesions were outlined", "Are rules and method told?", imaging.segmentation,
         0.0337),
    Item("9", "Segmentation", "Automatic outlines", "Were they held against experts?",
         by_authors("Hold the outlines against those of experts, and show some of them."), 0.0225),
    Item("10", "Segmentation", "One reader in the test set", "Are test outlines made as in practice?",
         imaging.single_reader, 0.0112),
    Item("11", "Image processing and features", "Preprocessing", "Is it fit for the images, and fully told?",
         imaging.appropriate_preprocessing, 0.0622),
    Item("12", "Image processing and features", "Standardised software", "Are features those of a standard?",
         imaging.extraction, 0.0311),
    Item("13", "Image processing and features", "Parameters", "Is the whole configuration told?", imaging.parameters,
         0.0415),
    Item("14", "Feature processing", "Features that do not repeat", "Were they left out?",
         modelling.removal_not_robust, 0.0200),
    Item("15", "Feature processing", "Redundant features", "Were they left out?", modelling.removal_redundant, 0.0200),
    Item("16", "Feature processing", "Features against patients", "Are there few enough features for the patients?",
         modelling.dimensionality, 0.0300),
    Item("17", "Feature processing", "Robust deep learning", "Was an end-to-end network tested for robustness?",
         by_authors("Test the network with repeated scans, other outlines or disturbed images."), 0.0200),
    Item("18", "Preparation for modelling", "Data partitioning", "Was the test data kept apart from everything?",
         modelling.partitioning, 0.0599),
    Item("19", "Preparation for modelling", "Confounders", "Were they looked for, and dealt with?",
         modelling.confounders, 0.0300),
    Item("20", "Metrics and comparison", "Measures", "Do they fit the task, with the confusion matrix?",
         evaluation.measures, 0.0352),
    Item("21", "Metrics and comparison", "Uncertainty", "Do results have intervals?", evaluation.uncertainty, 0.0234),
    Item("22", "Metrics and comparison", "Calibration", "Was it assessed?", evaluation.calibration, 0.0176),
    Item("23", "Metrics and comparison", "One kind of image", "Is one used, or are more shown to be better?",
         imaging.one_phase, 0.0117),
    Item("24", "Metrics and comparison", "Other methods", "Is it compared with a method without radiomics?",
         evaluation.comparison, 0.0293),
    Item("25", "Metrics and comparison", "Simple models", "Is it compared with a simple statistical model?",
         evaluation.simple_models, 0.0176),
    Item("26", "Testing", "Internal testing", "Was it tested in other patients of the same source?",
         evaluation.internal_testing, 0.0375),
    Item("27", "Testing", "External testing", "Was it tested in patients of another institution?",
         evaluation.external_testing, 0.0749),
    Item("28", "Open science", "Data", "Are any data public?", by_authors(SHARING), 0.0075),
    Item("29", "Open science", "Code", "Is the code public?", by_authors(SHARING), 0.0075),
    Item("30", "Open science", "Model", "Is the model public?", evaluation.model_shared, 0.0075),
)  # fmt: skip

CONDITIONS: tuple[Condition, ...] = (
    Condition("Are lesions outlined?", ("8", "9", "10"), True, "Features are taken inside the lesion's outline."),
    Condition("Are outlines made without any human?", ("9",), False,
              "Outlines are drawn, or grown from a seed or box that a human sets."),
    Condition("Are features computed by formulas (hand-crafted)?", ("12",), True, "All features are."),
    Condition("Are features a table of numbers?", ("14", "15", "16"), True, "One row per patient."),
    Condition("Does a network go from image to result (end-to-end deep learning)?", ("17",), False,
              "There is no network: features are computed by formulas."),
)  # fmt: skip

METRICS = Checklist(
    "metrics",
    "METRICS",
    "How sound the method of a radiomics study is.",
    "Kocak B, Akinci D'Antonoli T, Mercaldo N, et al. Insights Imaging 2024;15:8. doi:10.1186/s13244-023-01572-w",
    ITEMS,
    CONDITIONS,
)
