# Writes inputs and expected values of this folder. Run: Rscript recipe.R   (in this folder)
suppressMessages({library(pROC); library(psych); library(rms); library(epiR)})
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(2022)
save_csv <- function(x, file)
  write.csv(format(x, digits = 17, trim = TRUE), file, row.names = FALSE, quote = which(sapply(x, is.character)))

# --- ROC: a score without ties, one with many ties, one that points the wrong way, one that is rough
n <- 70
y <- rbinom(n, 1, .4)
scores <- data.frame(y = y, smooth = rnorm(n) + y, tied = round(rnorm(n) + y), wrong = rnorm(n) - .8 * y,
                     rough = sample(1:3, n, TRUE) + y)
save_csv(scores, "roc_input.csv")
rocs <- lapply(scores[-1], function(s) roc(scores$y, s, levels = c(0, 1), direction = "<", quiet = TRUE))
expected <- do.call(rbind, lapply(names(rocs), function(name) {
  r <- rocs[[name]]; ci95 <- ci.auc(r); ci90 <- ci.auc(r, conf.level = .9)
  data.frame(score = name, auc = as.numeric(auc(r)), variance = var(r), low95 = ci95[1], high95 = ci95[3],
             low90 = ci90[1], high90 = ci90[3])
}))
save_csv(expected, "roc_expected.csv")
pairs <- combn(names(rocs), 2)
delong <- do.call(rbind, apply(pairs, 2, function(p) {
  t <- roc.test(rocs[[p[1]]], rocs[[p[2]]], paired = TRUE, method = "delong")
  data.frame(a = p[1], b = p[2], z = unname(t$statistic), p_value = t$p.value)
}))
save_csv(delong, "delong_expected.csv")
curve <- coords(rocs$rough, x = "all", ret = c("threshold", "sensitivity", "specificity"))
save_csv(curve, "roc_curve_rough_expected.csv")

# --- ROC of pROC's own example (input: aSAH.csv of the test data, not copied here)
data(aSAH)
asah <- do.call(rbind, lapply(c("s100b", "ndka", "age"), function(name) {
  r <- roc(aSAH$outcome, aSAH[[name]], levels = c("Good", "Poor"), direction = "<", quiet = TRUE); c95 <- ci.auc(r)
  data.frame(score = name, auc = as.numeric(auc(r)), variance = var(r), low95 = c95[1], high95 = c95[3])
}))
save_csv(asah, "asah_expected.csv")

# --- ICC: good, poor, negative agreement; a rater with an offset; two raters; (feature, target, rater, rating)
truth <- rnorm(20, 50, 10)
ratings <- list(good = sapply(1:3, function(k) truth + rnorm(20, 0, 2)), poor = sapply(1:3, function(k) truth + rnorm(20, 0, 30)),
                offset = sapply(1:3, function(k) truth + 8 * k + rnorm(20, 0, 3)), noise = sapply(1:3, function(k) rnorm(20)),
                reversed = { u <- rnorm(20); cbind(u, -u, rnorm(20)) })
long <- do.call(rbind, lapply(names(ratings), function(f) data.frame(feature = f, target = rep(1:20, 3),
                 rater = rep(1:3, each = 20), rating = as.vector(ratings[[f]]))))
save_csv(long, "icc_input.csv")
icc <- do.call(rbind, lapply(names(ratings), function(f) {
  r <- suppressWarnings(ICC(ratings[[f]], lmer = FALSE)$results)
  data.frame(feature = f, form = c("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"),
             icc = r$ICC, f = r$F, df1 = r$df1, df2 = r$df2, p_value = r$p, low = r[["lower bound"]], high = r[["upper bound"]])
}))
save_csv(icc, "icc_expected.csv")

# --- two groups: (case, group, value)
cases <- list(normal = list(rnorm(20), rnorm(25, .7)), skewed = list(rexp(30), rexp(20, .4)),
              tied = list(round(rnorm(15), 0), round(rnorm(18, .5), 0)), large = list(rexp(60), rexp(55, .7)),
              tiny = list(c(1.1, 2.2, 3.5), c(4.4, 5.1)), unequal = list(rnorm(12, 0, 1), rnorm(40, 1, 5)))
save_csv(do.call(rbind, lapply(names(cases), function(k) rbind(data.frame(case = k, group = "a", value = cases[[k]][[1]]),
         data.frame(case = k, group = "b", value = cases[[k]][[2]])))), "groups_input.csv")
groups <- do.call(rbind, lapply(names(cases), function(k) {
  a <- cases[[k]][[1]]; b <- cases[[k]][[2]]
  s <- t.test(a, b, var.equal = TRUE); w <- t.test(a, b); r <- suppressWarnings(wilcox.test(a, b))
  sw <- min(shapiro.test(a)$p.value, if (length(b) > 2) shapiro.test(b)$p.value else 0)
  data.frame(case = k, t = unname(s$statistic), t_p = s$p.value, welch = unname(w$statistic), welch_df = unname(w$parameter),
             welch_p = w$p.value, w = unname(r$statistic), w_p = r$p.value, shapiro_min_p = sw)
}))
save_csv(groups, "groups_expected.csv")

# --- tables of counts: cells of the rows, separated by ";" and "/"
tables <- list(paper_t = rbind(c(48, 14), c(46, 26), c(4, 1)), paper_n = rbind(c(56, 27), c(23, 12), c(12, 2), c(5, 0)),
               paper_subtype = rbind(c(29, 13), c(21, 9), c(17, 8), c(16, 3), c(15, 8)), paper_menopause = rbind(c(31, 13), c(65, 27)),
               paper_til = rbind(c(56, 23), c(42, 18)), tea = rbind(c(3, 1), c(1, 3)), sparse = rbind(c(10, 2), c(3, 15)),
               square = rbind(c(3, 0, 2), c(1, 4, 1), c(0, 2, 6)))
counts <- do.call(rbind, lapply(names(tables), function(k) {
  x <- tables[[k]]; p <- suppressWarnings(chisq.test(x)); f <- fisher.test(x)
  data.frame(case = k, cells = paste(apply(x, 1, paste, collapse = ";"), collapse = "/"), chi2 = unname(p$statistic),
             df = unname(p$parameter), p_value = p$p.value, fisher_p = f$p.value)
}))
save_csv(counts, "tables_expected.csv")

# --- Clopper-Pearson and Benjamini-Hochberg
k <- c(0, 1, 7, 16, 23, 23); m <- c(10, 9, 10, 18, 23, 41)
save_csv(data.frame(k = k, n = m, low = mapply(function(a, b) binom.test(a, b)$conf.int[1], k, m),
                    high = mapply(function(a, b) binom.test(a, b)$conf.int[2], k, m)), "proportions_expected.csv")
p <- c(runif(12)^2, .01, .01, 0, 1, NA)
save_csv(data.frame(p = p, q = p.adjust(p, "BH")), "bh_expected.csv")
# --- Evaluation of a score: Youden's cut-off, logit interval, calibration, likelihood ratios (own seed: later cases change nothing)
set.seed(41)
youden <- do.call(rbind, lapply(names(rocs), function(name) {
  best <- coords(rocs[[name]], x = "best", best.method = "youden", ret = c("threshold", "sensitivity", "specificity"), transpose = FALSE)
  data.frame(score = name, best)
}))
save_csv(youden, "youden_expected.csv")
asah_delong <- do.call(rbind, apply(combn(c("s100b", "ndka", "age"), 2), 2, function(p) {
  r <- lapply(p, function(name) roc(aSAH$outcome, aSAH[[name]], levels = c("Good", "Poor"), direction = "<", quiet = TRUE))
  t <- roc.test(r[[1]], r[[2]], paired = TRUE, method = "delong"); data.frame(a = p[1], b = p[2], z = unname(t$statistic), p_value = t$p.value)
}))
save_csv(asah_delong, "asah_delong_expected.csv")
logit_ci <- do.call(rbind, lapply(names(rocs), function(name) {
  a <- as.numeric(auc(rocs[[name]])); half <- qnorm(c(.025, .05), lower.tail = FALSE) * sqrt(var(rocs[[name]])) / (a * (1 - a))
  data.frame(score = name, low95 = plogis(qlogis(a) - half[1]), high95 = plogis(qlogis(a) + half[1]),
             low90 = plogis(qlogis(a) - half[2]), high90 = plogis(qlogis(a) + half[2]))
}))
save_csv(logit_ci, "auc_logit_expected.csv")
simulate <- function(n, true) { eta <- rnorm(n); data.frame(y = rbinom(n, 1, plogis(true(eta))), p = plogis(eta)) }
fits <- list(good = simulate(200, identity), extreme = simulate(200, function(e) .4 * e), low = simulate(200, function(e) e + 1),
             few = simulate(41, function(e) 1.3 * e + .2), reversed = simulate(90, function(e) -.5 * e),
             tied = transform(simulate(120, function(e) .8 * e), p = pmin(pmax(round(p, 1), .1), .9)))
save_csv(do.call(rbind, lapply(names(fits), function(k) data.frame(case = k, fits[[k]]))), "calibration_input.csv")
wald <- function(fit, term, null) {
  b <- coef(summary(fit))[term, 1:2]; c(b, b[1] + qnorm(c(.025, .975)) * b[2], 2 * pnorm(-abs((b[1] - null) / b[2])))
}
precise <- list(epsilon = 1e-15, maxit = 100)
calibrated <- do.call(rbind, lapply(names(fits), function(k) {
  d <- fits[[k]]; large <- glm(y ~ 1 + offset(qlogis(p)), binomial, d, control = precise)
  slope <- glm(y ~ qlogis(p), binomial, d, control = precise); v <- val.prob(d$p, d$y, pl = FALSE)
  i <- wald(large, 1, 0); s <- wald(slope, 2, 1); o <- binom.test(sum(d$y), nrow(d))$conf.int
  data.frame(case = k, intercept = i[1], intercept_se = i[2], intercept_low = i[3], intercept_high = i[4], intercept_p = i[5],
             slope = s[1], slope_se = s[2], slope_low = s[3], slope_high = s[4], slope_p = s[5], chi2 = v[["U:Chi-sq"]], p_value = v[["U:p"]],
             brier = v[["Brier"]], brier_null = mean((d$y - mean(d$y))^2), eo = sum(d$p) / sum(d$y), eo_low = mean(d$p) / o[2], eo_high = mean(d$p) / o[1])
}))
save_csv(calibrated, "calibration_expected.csv")
save_csv(do.call(rbind, lapply(names(fits), function(k) {
  d <- fits[[k]]; g <- cut(d$p, unique(quantile(d$p, 0:5 / 5)), include.lowest = TRUE)
  data.frame(case = k, group = seq_along(levels(g)), n = as.vector(table(g)), n_positive = as.vector(tapply(d$y, g, sum)), mean_score = as.vector(tapply(d$p, g, mean)))
})), "calibration_groups_expected.csv")
save_csv(do.call(rbind, lapply(names(fits), function(k) {
  d <- transform(fits[[k]], x = qlogis(p)); fit <- glm(y ~ x, binomial, d, control = precise)
  x <- seq(min(d$x), max(d$x), length.out = 50)[c(1, 10, 25, 40, 50)]; e <- predict(fit, data.frame(x = x), se.fit = TRUE)
  data.frame(case = k, point = c(1, 10, 25, 40, 50), score = plogis(x), observed = plogis(e$fit), low = plogis(e$fit - qnorm(.975) * e$se.fit), high = plogis(e$fit + qnorm(.975) * e$se.fit))
})), "calibration_curve_expected.csv")
counts <- list(c(16, 7, 2, 16), c(20, 5, 3, 13), c(1, 4, 9, 60))  # true and false positives, false and true negatives
save_csv(do.call(rbind, lapply(counts, function(k) {
  d <- epi.tests(as.table(matrix(k, 2, byrow = TRUE)), conf.level = .95)$detail; rows <- d[d$statistic %in% c("lr.pos", "lr.neg"), ]
  data.frame(tp = k[1], fp = k[2], fn = k[3], tn = k[4], measure = as.character(rows$statistic), value = rows$est, low = rows$lower, high = rows$upper)
})), "likelihood_ratios_expected.csv")
cat(R.version.string, "pROC", as.character(packageVersion("pROC")), "psych", as.character(packageVersion("psych")), "rms", as.character(packageVersion("rms")), "epiR", as.character(packageVersion("epiR")), "\n")
