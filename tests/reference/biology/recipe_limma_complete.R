# Reference numbers of limma with weights, robust priors, covariates, several contrasts and a continuous score.
# Run in this folder, after recipe.R, whose matrices it reads: Rscript recipe_limma_complete.R [folder of the real data]
suppressMessages(library(limma))  # robust = TRUE also needs statmod

exact <- function(x) if (is.numeric(x)) sprintf("%.17g", x) else x
save <- function(frame, file) {
  frame[] <- lapply(frame, exact)
  write.csv(frame, file, row.names = FALSE, quote = FALSE, na = "NaN")
}
load_matrix <- function(file) as.matrix(read.csv(file, row.names = 1, na.strings = c("NA", "NaN"), check.names = FALSE))
# the whole matrix is fitted; a third of the genes is written: those that differ or are special, and every sixth
moderated <- function(case, expression, design, contrast, weights = NULL, trend = FALSE, robust = FALSE) {
  fit <- suppressWarnings(contrasts.fit(lmFit(expression, design, weights = weights), contrast))
  fit <- suppressWarnings(eBayes(fit, trend = trend, robust = robust))
  chosen <- rownames(expression) %in% sprintf("GENE%03d", c(1:8, 20:27, seq(30, 120, 6)))
  one <- function(k) {
    top <- topTable(fit, coef = k, number = Inf, sort.by = "none", confint = TRUE)
    data.frame(case = case[k], gene = rownames(expression), log2_fc = top$logFC, ci_low = top$CI.L,
               ci_high = top$CI.R, mean_expression = top$AveExpr, t = top$t, p_value = top$P.Value,
               p_adjusted = top$adj.P.Val, b = top$B)[chosen, ]
  }
  do.call(rbind, lapply(seq_along(case), one))
}

x <- load_matrix("limma_expression.csv"); missing <- load_matrix("limma_expression_missing.csv")
equal <- load_matrix("limma_expression_equal.csv")
columns <- read.csv("limma_design.csv", row.names = 1)
means <- as.matrix(columns[, c("high", "low")]); difference <- c(1, -1)
adjusted <- as.matrix(columns[, c("intercept", "high", "batch", "age")])
second <- c(0, 1, 0, 0); mixed <- c(0, 1, 0.5, 0.01)

set.seed(20261123)
# weights as voom's (small where the level is low), of values, of samples; 0 and NaN leave a value out
weights <- signif(2^(0.4 * (x - 8)) * runif(length(x), 0.5, 2), 4)
holes <- weights; holes[sample(length(x), 40)] <- 0; holes[sample(length(x), 40)] <- NA
samples <- signif(runif(12, 0.3, 3), 3)
# variances with outliers on both sides: ten times and a hundred times the sd, and a thousandth of it
stretch <- rep(1, 120); stretch[20:23] <- 10; stretch[24] <- 100; stretch[25:26] <- 0.001
spread <- function(m) {
  level <- rowMeans(m, na.rm = TRUE)
  level + (m - level) * stretch
}
outliers <- spread(x); outliers_missing <- spread(missing)
outliers_equal <- equal; outliers_equal[20:23, 1] <- outliers_equal[20:23, 1] + 12
constant <- x; constant["GENE020", ] <- 5
# one enormous variance beside a prior of many degrees of freedom: its tail is below the smallest double
factors <- signif(sqrt(rchisq(120, 10) / 10 * 60 / rchisq(120, 60)), 6); factors[24] <- 2e5
extreme <- rowMeans(equal) + (equal - rowMeans(equal)) * factors
with_mean <- rownames(x) != "GENE003"  # limma refuses a trend where a gene has no value at all
three <- model.matrix(~ 0 + factor(rep(c("a", "b", "c"), 4)))
centre <- cbind(three[, 1:3], batch = rep(c(0, 1, 1, 0), 3), age = columns$age)
three_contrasts <- cbind(c(1, -1, 0, 0, 0), c(0, 1, -1, 0, 0), c(1, -0.5, -0.5, 0, 0))
score <- round(rnorm(12, 40, 12), 1); standard <- (score - mean(score)) / sd(score)
continuous <- cbind(1, standard, columns$batch)

save(data.frame(sample = colnames(x), samples, score, a = three[, 1], b = three[, 2], c = three[, 3],
                batch = centre[, "batch"]), "limma_samples.csv")
save(data.frame(gene = rownames(x), stretch, factors), "limma_genes.csv")
save(data.frame(gene = rownames(x), weights), "limma_weights.csv")
save(data.frame(gene = rownames(x), holes), "limma_weights_holes.csv")
save(rbind(
  moderated("weights", x, means, difference, weights),
  moderated("weights-trend", x, means, difference, weights, trend = TRUE),
  moderated("weights-adjusted", x, adjusted, second, weights),
  moderated("weights-adjusted-mixed", x, adjusted, mixed, weights),
  moderated("weights-missing", missing, means, difference, weights),
  moderated("weights-missing-adjusted", missing, adjusted, second, weights),
  moderated("weights-missing-adjusted-mixed", missing, adjusted, mixed, weights),
  moderated("weights-holes", x, adjusted, mixed, holes),
  moderated("samples", x, means, difference, samples),
  moderated("samples-adjusted-mixed", x, adjusted, mixed, samples),
  moderated("samples-missing", missing, adjusted, mixed, samples),
  moderated("samples-zero", x, adjusted, mixed, replace(samples, 3, 0)),
  moderated("robust", outliers, means, difference, robust = TRUE),
  moderated("robust-trend", outliers, means, difference, robust = TRUE, trend = TRUE),
  moderated("robust-adjusted-trend", outliers, adjusted, second, robust = TRUE, trend = TRUE),
  moderated("robust-none", x, means, difference, robust = TRUE),
  moderated("robust-missing", outliers_missing, means, difference, robust = TRUE),
  moderated("robust-missing-trend", outliers_missing[with_mean, ], means, difference, robust = TRUE, trend = TRUE),
  moderated("robust-weights", outliers, adjusted, second, weights, robust = TRUE),
  moderated("robust-weights-missing-trend", outliers_missing[with_mean, ], adjusted, second,
            weights[with_mean, ], robust = TRUE, trend = TRUE),
  moderated("robust-constant", constant, means, difference, robust = TRUE),
  moderated("robust-equal", equal, means, difference, robust = TRUE),
  moderated("robust-outliers-equal", outliers_equal, means, difference, robust = TRUE),
  moderated("robust-outliers-equal-trend", outliers_equal, means, difference, robust = TRUE, trend = TRUE),
  moderated("robust-extreme", extreme, means, difference, robust = TRUE),
  moderated("robust-few", x[1:9, ], means, difference, robust = TRUE),
  moderated(c("three-ab", "three-bc", "three-a-others"), x, centre, three_contrasts),
  moderated(c("three-missing-ab", "three-missing-bc", "three-missing-a-others"), missing, centre, three_contrasts),
  moderated("continuous", x, continuous, c(0, 1, 0)),
  moderated("continuous-missing", missing, continuous, c(0, 1, 0)),
  moderated("continuous-unit", x, cbind(1, score, columns$batch), c(0, 1, 0))
), "limma_complete_expected.csv")

# --- the prior itself -------------------------------------------------------------------------------------
prior <- function(case, expression, trend) {
  fit <- lmFit(expression, means)
  found <- suppressWarnings(fitFDistRobustly(fit$sigma^2, fit$df.residual, if (trend) fit$Amean))
  data.frame(case = case, gene = rownames(expression), scale = rep_len(found$scale, nrow(expression)),
             df = found$df2, df_shrunk = found$df2.shrunk)[c(seq(1, nrow(expression), 15), 20, 24), ]
}
save(rbind(prior("robust", outliers, FALSE), prior("robust-trend", outliers, TRUE),
           prior("robust-missing", outliers_missing, FALSE),
           prior("robust-outliers-equal", outliers_equal, FALSE),
           prior("robust-extreme", extreme, FALSE)), "limma_robust_prior.csv")

# --- the F law on log scales, and where uniroot stops --------------------------------------------------------
grid <- expand.grid(x = c(1e-12, 0.1, 0.9, 1.1, 3, 30, 1e4, 1e9), df1 = c(1, 10, 114), df2 = c(0.9, 4.2, 70.3, 1000, Inf))
grid$log_density <- with(grid, df(x, df1, df2, log = TRUE))
grid$log_upper <- with(grid, pf(x, df1, df2, lower.tail = FALSE, log.p = TRUE))
grid$log_lower <- with(grid, pf(x, df1, df2, log.p = TRUE))
save(grid, "f_expected.csv")
solve <- function(f, low, high, tol) uniroot(f, c(low, high), tol = tol)$root
save(data.frame(case = c("cosine", "cubic", "flat"), tolerance = c(1e-3, 1e-8, 1e-2), root = c(
  solve(function(x) cos(x) - x, 0, 1, 1e-3), solve(function(x) x^3 - 2 * x - 5, 2, 3, 1e-8),
  solve(function(x) (x - 0.3)^9, 0, 1, 1e-2))), "uniroot_expected.csv")

# --- GSE1992, 122 breast tumours by ER status, and against a continuous score, with batch: some genes only --------
folder <- commandArgs(TRUE)
if (length(folder)) {
  e <- as.matrix(read.csv(file.path(folder, "expression-gse1992", "expression.csv.gz"), row.names = 1,
                          check.names = FALSE, na.strings = ""))
  p <- read.csv(file.path(folder, "expression-gse1992", "phenotype.csv"), colClasses = c(pid = "character"))
  er <- p$fac_er_positive[match(colnames(e), p$pid)]
  groups <- cbind(high = er, low = 1 - er)
  cytolytic <- (e["GZMA", ] + e["PRF1", ]) / 2
  slope <- cbind(1, (cytolytic - mean(cytolytic)) / sd(cytolytic), er)
  some <- seq(1, nrow(e), by = 388)
  holes <- e; holes[seq(7, length(e), by = 101)] <- NA
  one <- function(case, x, design, contrast, weights = NULL, ...) {
    fit <- suppressWarnings(contrasts.fit(lmFit(x, design, weights = weights), contrast))
    top <- topTable(eBayes(fit, ...), number = Inf, sort.by = "none", confint = TRUE)
    data.frame(case = case, gene = rownames(x), log2_fc = top$logFC, ci_low = top$CI.L, ci_high = top$CI.R,
               mean_expression = top$AveExpr, t = top$t, p_value = top$P.Value, p_adjusted = top$adj.P.Val,
               b = top$B)[some, ]
  }
  save(rbind(
    one("robust", e, groups, difference, robust = TRUE),
    one("robust-trend", e, groups, difference, robust = TRUE, trend = TRUE),
    one("robust-trend-missing", holes, groups, difference, robust = TRUE, trend = TRUE),
    one("score", e, slope, c(0, 1, 0), trend = TRUE)
  ), "gse1992_complete_expected.csv")
}
