"""Settings of the split and of the selection."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from tilscope.vocabulary import SettingsRecord

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class SplitSettings(SettingsRecord):
    """How patients are classed and divided into training and validation."""

    til_threshold_percent: float = Field(
        default=20.0, gt=0.0, le=100.0, description="sTIL percentage from which TILs are called high (>=)."
    )
    training_fraction: float = Field(
        default=0.7, gt=0.0, lt=1.0, description="Share of each TIL class that goes to the training set."
    )


class SelectionSettings(SettingsRecord):
    """How features are selected and weighted on the training set."""

    alpha: Share | tuple[Share, ...] = Field(
        default=0.5,
        description="Elastic net mixing: 1 is the lasso, 0 is ridge. Of several, such as [0.1, 0.5, 1.0], the one with "
        "the smallest cross-validated deviance is taken.",
    )
    n_lambda: int = Field(default=100, ge=10, le=1000, description="Number of penalties on the path.")
    n_folds: int = Field(
        default=10, ge=3, le=100, description="Folds of the cross-validation that chooses the penalty."
    )
    lambda_rule: Literal["lambda_min", "lambda_1se"] = Field(
        default="lambda_1se",
        description="lambda_min: penalty of the smallest deviance; lambda_1se: the largest one within a standard "
        "error of it, which keeps fewer features (R's coef(cv.glmnet) takes it too).",
    )
    max_features: int | None = Field(
        default=None,
        ge=1,
        description="At most so many features: the penalty is raised until the model is small enough.",
    )
    near_constant_share: float = Field(
        default=0.95,
        gt=0.5,
        le=1.0,
        description="A feature is dropped where more than this share of training patients has one value.",
    )
    n_resamples: int = Field(
        default=100,
        ge=0,
        le=10_000,
        multiple_of=2,
        description="Halves of the training set, in pairs, on which each feature's selection frequency is counted "
        "(stability selection); 0: none.",
    )
    cutoff: Literal["median", "youden"] = Field(
        default="median",
        description="Cut-off of the score, frozen on the training set: its median, or the largest Youden index.",
    )
    refit: Literal["logistic", "elastic_net"] = Field(
        default="logistic",
        description="Coefficients of the score: logistic regression on the selected features (elastic net "
        "where the classes separate), or the elastic net's own.",
    )

    @field_validator("alpha")
    @classmethod
    def _differ(cls, alpha: float | tuple[float, ...]) -> float | tuple[float, ...]:
        if isinstance(alpha, tuple) and (not alpha or len(set(alpha)) < len(alpha)):
            raise ValueError("one number, or several different ones")
        return alpha

    @property
    def alphas(self) -> tuple[float, ...]:
        """The alphas to try."""
        return self.alpha if isinstance(self.alpha, tuple) else (self.alpha,)
