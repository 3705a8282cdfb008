"""TRIPOD+AI: what a paper on a prediction model must tell (27 items in 52 parts); wording ours.

References
----------
Collins GS et al. BMJ 2024;385:e078378, doi:10.1136/bmj-2023-078378: Table 2.
"""

from __future__ import annotations

from tilscope.report.checklists import evaluation, imaging, modelling, patients
from tilscope.report.checklists.answer import Answer
from tilscope.report.checklists.item import Checklist, Item, by_authors
from tilscope.report.content import Content

INTRODUCTION, METHODS = "Write it in the introduction.", "Write it in the methods."
DISCUSSION, DECLARATIONS = "Write it in the discussion.", "Write it in the declarations."


def _poor_input(content: Content) -> Answer:
    return modelling.only_developed(
        content,
        "Say what users do with poor or missing input. tilscope refuses images that fail its checks, and does not "
        "score a patient who lacks a feature.",
    )


def _users(content: Content) -> Answer:
    return modelling.only_developed(
        content, "Say who outlines the lesion in use, how much experience that takes, and what else users do."
    )


ITEMS: tuple[Item, ...] = (
    Item("1", "Title", "Title", "Does it name the model, the patients and the outcome?",
         by_authors("Write it on the title page.")),
    Item("2", "Abstract", "Abstract", "Does it follow TRIPOD+AI's own list for abstracts?",
         by_authors("Write the abstract; the summary page has its numbers.")),
    Item("3a", "Introduction", "Background", "What is it for, diagnosis or prognosis, and which models exist?",
         by_authors(INTRODUCTION)),
    Item("3b", "Introduction", "Background", "For whom is it meant, where in care, and who uses it?",
         by_authors(INTRODUCTION)),
    Item("3c", "Introduction", "Background", "Are there known inequalities between groups of people?",
         by_authors(INTRODUCTION)),
    Item("4", "Introduction", "Objectives", "Is a model developed, evaluated or both?", by_authors(INTRODUCTION)),
    Item("5a", "Methods", "Data", "Where do the data come from, and are they representative?", by_authors(METHODS)),
    Item("5b", "Methods", "Data", "From when to when were patients seen?",
         by_authors("Give the dates; tilscope keeps none.")),
    Item("6a", "Methods", "Participants", "In which setting, in how many centres, where?", by_authors(METHODS)),
    Item("6b", "Methods", "Participants", "Who could take part?", patients.eligibility),
    Item("6c", "Methods", "Participants", "Which treatments were given, and do they matter?", by_authors(METHODS)),
    Item("7", "Methods", "Data preparation", "How were data processed and checked, alike for all groups?",
         imaging.quality_checks),
    Item("8a", "Methods", "Outcome", "What is predicted, how and when was it assessed?", patients.outcome),
    Item("8b", "Methods", "Outcome", "Who assessed it, with which training?", patients.assessors),
    Item("8c", "Methods", "Outcome", "Was its assessment blinded?",
         by_authors("Say whether the pathologists knew the images or the clinical course.")),
    Item("9a", "Methods", "Predictors", "Which were considered at the start, and why?", modelling.candidates),
    Item("9b", "Methods", "Predictors", "How is each defined, and when measured?", modelling.predictors),
    Item("9c", "Methods", "Predictors", "Who judged those that need judgement?", imaging.operators),
    Item("10", "Methods", "Sample size", "Why this many patients, and are they enough?", patients.sample_size),
    Item("11", "Methods", "Missing data", "What was done with missing values?", patients.missing),
    Item("12a", "Methods", "Analysis", "How were the data used and divided?", modelling.split),
    Item("12b", "Methods", "Analysis", "How did predictors enter (form, scale)?", modelling.scaling),
    Item("12c", "Methods", "Analysis", "Which model, by which steps and tuning, validated how?",
         modelling.building),
    Item("12d", "Methods", "Analysis", "Was variation between centres handled?", evaluation.clusters),
    Item("12e", "Methods", "Analysis", "Which measures and plots judge it, and why?",
         evaluation.measures_with_reasons),
    Item("12f", "Methods", "Analysis", "Was the model updated?", evaluation.updating),
    Item("12g", "Methods", "Analysis", "How were predictions calculated for the evaluation?", modelling.calculation),
    Item("13", "Methods", "Class imbalance", "If a method against it was used, which and why?",
         patients.imbalance_methods),
    Item("14", "Methods", "Fairness", "What was done for fairness between groups?",
         by_authors("Say what was done; tilscope does nothing of that kind by itself.")),
    Item("15", "Methods", "Output", "What does it return, and how were thresholds found?", modelling.output),
    Item("16", "Methods", "Development against evaluation", "How do the two sets of patients differ?",
         patients.compared_with_development),
    Item("17", "Methods", "Ethics", "Who approved it, and what of consent?", by_authors(METHODS)),
    Item("18a", "Open science", "Funding", "Who paid, and what was their part?", by_authors(DECLARATIONS)),
    Item("18b", "Open science", "Conflicts of interest", "Which have the authors?", by_authors(DECLARATIONS)),
    Item("18c", "Open science", "Protocol", "Where is it, or was there none?", by_authors(METHODS)),
    Item("18d", "Open science", "Registration", "Where, under which number, or not?", by_authors(METHODS)),
    Item("18e", "Open science", "Data", "Who can have them?", by_authors(DECLARATIONS)),
    Item("18f", "Open science", "Code", "Who can have the code of the analysis?", evaluation.software_shared),
    Item("19", "Patients and public", "Their part in the study", "How did they take part, or not?",
         by_authors(METHODS)),
    Item("20a", "Results", "Participants", "How many went through each step, with and without the outcome?",
         patients.flow),
    Item("20b", "Results", "Participants", "What are their characteristics, and what is missing?",
         patients.characteristics),
    Item("20c", "Results", "Participants", "How do evaluation patients compare with development patients?",
         patients.compared_with_development),
    Item("21", "Results", "Model development", "How many patients and events had each analysis?",
         patients.numbers_by_analysis),
    Item("22", "Results", "Model specification", "Is the whole model given, with its terms of use?",
         modelling.specification),
    Item("23a", "Results", "Performance", "How good is it, with intervals, in subgroups too?",
         evaluation.performance_with_subgroups),
    Item("23b", "Results", "Performance", "If looked at: how does it vary between centres?",
         evaluation.cluster_results),
    Item("24", "Results", "Updating", "What did an update give?", evaluation.updating),
    Item("25", "Discussion", "Interpretation", "What do the results mean, fairness included?",
         by_authors(DISCUSSION)),
    Item("26", "Discussion", "Limitations", "What limits them?", evaluation.limitations),
    Item("27a", "Discussion", "Use in care", "What is done with poor or missing input?", _poor_input),
    Item("27b", "Discussion", "Use in care", "What must users do, and know?", _users),
    Item("27c", "Discussion", "Use in care", "What research comes next?", by_authors(DISCUSSION)),
)  # fmt: skip

TRIPOD_AI = Checklist(
    "tripod_ai",
    "TRIPOD+AI",
    "What a paper on a prediction model must tell.",
    "Collins GS, Moons KGM, Dhiman P, et al. BMJ 2024;385:e078378. doi:10.1136/bmj-2023-078378",
    ITEMS,
)
