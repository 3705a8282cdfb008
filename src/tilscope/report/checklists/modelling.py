"""Answers on how patients were divided, features reduced, and the score fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tilscope.report.checklists.answer import Answer
from tilscope.report.content import Content

EVENTS_PER_FEATURE = 10  # patients of the smaller class for each feature of the score: a usual rule of thumb
NO_SIGNATURE = Answer("no", "No signature has been fitted or applied yet. tilscope run STUDY.", "signature")
NOT_FITTED = "The signature is a published one, applied unchanged: nothing was developed here."


def is_fitted(content: Content) -> bool:
    """Tell whether the score was developed in this study."""
    return content.signature is not None and content.signature.origin != "published"


def _developed(content: Content) -> Answer | None:
    """Return the answer where nothing was developed; None where something was."""
    if content.signature is None:
        return NO_SIGNATURE
    return None if is_fitted(content) else Answer("not applicable", NOT_FITTED, "signature")


def only_developed(content: Content, says: str) -> Answer:
    """Return a question for the authors that does not arise where nothing was developed."""
    missing = _developed(content)
    return missing if missing is not None and missing.state == "not applicable" else Answer("for you", says)


def split(content: Content) -> Answer:
    """Answer for the division of patients, and for whether what was fitted saw training patients only."""
    missing = _developed(content)
    if missing is not None:
        return missing
    if content.performance_of("training") is None or content.performance_of("validation") is None:
        return Answer("no", "Patients are not divided into training and validation.", "performance")
    settings = content.settings.get("split", {})
    sizes = " and ".join(f"{p.n_positive + p.n_negative} {p.role}" for p in content.performance)
    seed = content.provenance.get("seed")
    told = (
        f"Patients (not images) were divided at random within each class, {settings.get('training_fraction', 0.7):.0%} "
        f"for training: {sizes} patients{'' if seed is None else f', seed {seed}'}."
    )
    if content.leak_proof is None or content.scores is None:
        return Answer(
            "partly", f"{told} Which patients each number saw is not on record; run again.", "performance"
        )
    entries = content.leak_proof["fitted"]
    if _saw_others(content, entries):
        return Answer("no", f"{told} But patients outside training were seen by what was fitted.", "leaks")
    told += f" Each of {len(entries)} fitted parts saw training patients only, by its own ledger."
    return Answer("yes", told, "leaks")


def _saw_others(content: Content, entries: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the ledger of the fit names anybody who is not for training."""
    roles = {} if content.scores is None else content.scores["role"].to_dict()
    return any(roles.get(key) != "training" for entry in entries for key in entry["participants"])


def partitioning(content: Content) -> Answer:
    """Answer for METRICS' data partitioning; whether a published signature knew the patients, only authors know."""
    found = split(content)
    if found.state != "not applicable":
        return found
    return Answer(
        "for you", f"{NOT_FITTED} Answer yes if none of these patients took part in its development."
    )


def scaling(content: Content) -> Answer:
    """Answer for scaling of feature values, and harmonisation between sites."""
    missing = _developed(content)
    if missing is not None:
        return missing
    text = (
        "Features were standardised (mean and sd of the training patients, inside each fold again) for the selection; "
        "the score's coefficients are for the original scale."
    )
    record = content.harmonisation
    if not is_harmonised(content) or record is None:
        return Answer("yes", f"{text} Features were not harmonised between sites.", "signature")
    n, sites = record["n_features"], len(record["known"])
    more = f" {n:,} features were harmonised between {sites} sites by ComBat, fitted on training patients."
    return Answer("yes", text + more, "harmonisation")


def is_harmonised(content: Content) -> bool:
    """Tell whether features were harmonised between at least two sites."""
    record = content.harmonisation
    return record is not None and len(record["known"]) > 1 and record["n_features"] > 0


def is_filtered(content: Content) -> bool:
    """Tell whether features that second readings do not reproduce were left out before the selection."""
    return any(d["is_used"] for d in (content.agreement or {}).get("designs") or ())


def reliability(content: Content) -> Answer:
    """Answer for the agreement of features between outlines."""
    record = content.agreement
    if record is None or not record["designs"]:
        return Answer(
            "no",
            "No lesion was outlined twice, so the features' agreement is not known. Import masks of a second reader "
            "or session.",
        )
    designs = "; ".join(
        f"{d['design']}: {d['n_patients']} patients, {d['n_training']} training" for d in record["designs"]
    )
    judged = (
        f"the filter (from {record['min_icc']:g}) was judged on training patients only"
        if is_filtered(content)
        else "no filter was made from it"
    )
    return Answer("yes", f"{record['form']} of every feature ({designs}); {judged}.", "reproducibility")


def removal_not_robust(content: Content) -> Answer:
    """Answer for METRICS' removal of features that are not robust."""
    if not is_filtered(content) or content.reproducibility is None:
        found = reliability(content)
        why = "The filter was not used, or too few training patients were outlined twice."
        return Answer("no", why, "reproducibility") if found.state == "yes" else found
    features = content.reproducibility
    n = features.loc[features["filter"] == "dropped", "feature"].nunique()
    total = features["feature"].nunique()
    least = (content.agreement or {})["min_icc"]
    return Answer(
        "yes", f"{n:,} of {total:,} features with an ICC below {least:g} were left out.", "reproducibility"
    )


def removal_redundant(content: Content) -> Answer:
    """Answer for METRICS' removal of redundant features."""
    found = reduction(content)
    if found.state != "not applicable":
        return found
    return Answer(
        "no", f"{NOT_FITTED} How its features were reduced is for its own publication.", "signature"
    )


def reduction(content: Content) -> Answer:
    """Answer for the way from all features to those of the score."""
    missing = _developed(content)
    signature = content.signature
    if missing is not None or signature is None:
        return missing or NO_SIGNATURE
    n, selection = len(signature.features), content.settings.get("selection", {})
    candidates = f" of {content.n_features:,}" if content.n_features else ""
    filtered = "the filter for reproducible features, then " if is_filtered(content) else ""
    share = selection.get("near_constant_share")
    limit = "" if share is None else f" (one value in more than {share:.0%})"
    return Answer(
        "yes",
        f"On training patients: {filtered}missing, constant, nearly constant{limit} and duplicate features were "
        f"dropped, and the elastic net kept {n}{candidates} features.",
        "signature",
    )


def dimensionality(content: Content) -> Answer:
    """Answer for METRICS' number of features against the number of patients."""
    signature, training = content.signature, content.performance_of("training")
    if signature is None:
        return NO_SIGNATURE
    if training is None or not is_fitted(content):
        return Answer(
            "for you", "The score was not fitted here: answer from the publication of the signature."
        )
    n, smaller = len(signature.features), min(training.n_positive, training.n_negative)
    told = f"{n} features of the score, {smaller} training patients in the smaller class"
    if n == 0:
        return Answer(
            "no", "No feature was selected, so there is nothing to weigh against the patients.", "signature"
        )
    if smaller >= EVENTS_PER_FEATURE * n:
        return Answer("yes", f"{told}: at least {EVENTS_PER_FEATURE} for each feature.", "signature")
    return Answer(
        "no",
        f"{told}: fewer than {EVENTS_PER_FEATURE} for each feature, the usual rule of thumb. Answer yes only with a "
        "better reason, such as equal results in other patients.",
        "signature",
    )


def algorithm(content: Content) -> Answer:
    """Answer for the model itself."""
    signature = content.signature
    if signature is None:
        return NO_SIGNATURE
    kinds = {
        "logistic": "an elastic net selects, a logistic regression weighs",
        "elastic_net": "an elastic net selects and weighs",
        "empty": "the elastic net selected nothing; the score is the share of high TILs",
        "published": f"the published signature {signature.name}, unchanged",
    }
    version = content.provenance.get("versions", {}).get("tilscope")
    told = f"{kinds[signature.origin].capitalize()}; {len(signature.features)} features"
    if not version:
        return Answer("partly", f"{told}. The version of tilscope is not on record; add it.", "signature")
    return Answer("yes", f"{told}; tilscope {version}.", "signature")


def tuning(content: Content) -> Answer:
    """Answer for training and hyperparameters."""
    missing = _developed(content)
    if missing is not None:
        return missing
    selection = content.settings.get("selection", {})
    if content.path is None or not selection:
        return Answer("no", "No feature was left to fit, so nothing was tuned.", "signature")
    return Answer(
        "yes",
        f"Elastic net with alpha {selection.get('alpha')}; {len(content.path['lambdas'])} penalties; "
        f"{selection.get('n_folds')}-fold cross-validation; seeds and limits are with the settings.",
        "signature",
    )


def model_selection(content: Content) -> Answer:
    """Answer for how the final model was chosen."""
    found = tuning(content)
    if found.state != "yes":
        return found
    selection = content.settings.get("selection", {})
    rule = {
        "lambda_1se": "the largest penalty within one standard error of the smallest deviance",
        "lambda_min": "the penalty of the smallest deviance",
    }.get(selection.get("lambda_rule", ""), "a stated penalty")
    most = selection.get("max_features")
    limit = f", with at most {most} features" if most else ""
    return Answer("yes", f"Chosen by cross-validated deviance within training: {rule}{limit}.", "signature")


def building(content: Content) -> Answer:
    """Answer for TRIPOD+AI's model building, tuning and internal validation in one."""
    chosen = model_selection(content)
    if chosen.state != "yes":
        return chosen
    row, panel = content.performance_of("validation"), content.honesty or {}
    ways = [] if row is None else [f"{row.n_positive + row.n_negative} patients held out"]
    nested = panel.get("nested")
    ways += [f"nested cross-validation ({nested['n_folds']} folds)"] if nested else []
    validated = f"Internal validation: {' and '.join(ways)}." if ways else "There is no internal validation."
    return Answer(
        "partly" if ways else "no",
        f"{algorithm(content).says} {chosen.says} {validated} Say why this kind of model.",
        "signature",
    )


def confounders(content: Content) -> Answer:
    """Answer for confounding: what was told, harmonised or held equal."""
    columns = content.settings.get("biology", {}).get("covariates") or ()
    genes = (
        f" Genes were compared with {', '.join(columns)} held equal."
        if columns and content.genes is not None
        else ""
    )
    if is_harmonised(content) and content.harmonisation is not None:
        n = len(content.harmonisation["known"])
        return Answer(
            "yes",
            f"Features were harmonised between {n} sites, and sites are compared with the classes.{genes}",
            "harmonisation",
        )
    if "associations" in content.results:
        return Answer(
            "partly",
            f"Clinical variables are compared with groups or score, one by one; the score was not adjusted.{genes}",
            "associations",
        )
    if genes:
        return Answer("partly", f"{genes.strip()} The score itself was not adjusted for anything.", "genes")
    return Answer(
        "no",
        "Scanners and centres were not harmonised and no clinical variable was held equal. See harmonisation.site.",
    )


def candidates(content: Content) -> Answer:
    """Answer for where the candidate predictors come from."""
    missing = _developed(content)
    if missing is not None:
        return missing
    if not content.n_features:
        return Answer("no", "The features that the score was chosen from are not on record.", "signature")
    return Answer(
        "yes",
        f"All {content.n_features:,} features of the families in the settings were candidates.",
        "methods",
    )


def predictors(content: Content) -> Answer:
    """Answer for the definition of the predictors."""
    if not content.n_features:
        return Answer("no", "No features have been extracted in this study. tilscope run STUDY.")
    return Answer(
        "partly",
        "Features are defined by family, image and phase and were computed without knowledge of the outcome. Say when "
        "the images were made, and whether readers of the images knew the TILs.",
        "methods",
    )


def output(content: Content) -> Answer:
    """Answer for what the model returns, and the cut-off."""
    missing, signature = _developed(content), content.signature
    if missing is not None or signature is None:
        return missing or NO_SIGNATURE
    rule = {"median": "the median training score", "youden": "the largest Youden index in training"}
    how = rule.get(signature.cutoff_rule or "", "frozen with the signature")
    return Answer(
        "yes",
        f"A score from 0 to 1 for {signature.positive} TILs; class by the cut-off {signature.cutoff:.4g} ({how}).",
        "signature",
    )


def specification(content: Content) -> Answer:
    """Answer for the complete model."""
    missing, signature = _developed(content), content.signature
    if missing is not None or signature is None:
        return missing or NO_SIGNATURE
    return Answer(
        "partly",
        f"Intercept, {len(signature.features)} coefficients and cut-off are printed, and signature.json scores new "
        "patients (tilscope score). Say where readers find that file, and under which licence.",
        "signature",
    )


def calculation(content: Content) -> Answer:
    """Answer for how predictions were calculated in the evaluation."""
    if content.signature is None:
        return NO_SIGNATURE
    return Answer(
        "yes", "Scores come from the frozen equation, which is printed with its coefficients.", "signature"
    )


def interpretability(content: Content) -> Answer:
    """Answer for how the model can be understood."""
    signature = content.signature
    if signature is None:
        return NO_SIGNATURE
    if not signature.features:
        return Answer("no", "No feature was selected: there is nothing to explain.", "signature")
    more = " and how often each feature is chosen again" if content.stability is not None else ""
    return Answer("yes", f"A linear equation of {len(signature.features)} named features{more}.", "signature")


def feature_statistics(content: Content) -> Answer:
    """Answer for statistics of the selected features."""
    signature = content.signature
    if signature is None:
        return NO_SIGNATURE
    if not signature.features:
        return Answer("no", "No feature was selected.", "signature")
    names = set(signature.feature_names)
    known = content.reproducibility
    read = 0 if known is None else known.loc[known["feature"].isin(names), "feature"].nunique()
    told = f"{len(names)} features with name, coefficient and range."
    if not read:
        return Answer("partly", f"{told} Their agreement between readers is not known.", "signature")
    return Answer("yes", f"{told} The ICC of {read} of them is in the report.", "reproducibility")
