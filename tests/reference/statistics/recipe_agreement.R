# Awkward intraclass correlations by psych, and Bland-Altman by base R. Run in this folder: Rscript recipe_agreement.R
suppressPackageStartupMessages(library(psych))
set.seed(2022)
options(digits = 17)
save_csv <- function(x, file) write.csv(x, file, row.names = FALSE)

# --- ICC where it is awkward: (feature, target, rater, rating); numbers of targets and raters differ
truth <- rnorm(42, 0, 1)
ratings <- list(
  two_readers = cbind(truth, truth + rnorm(42, .2, .4)),
  negative = { u <- rnorm(30); cbind(u, -.5 * u + rnorm(30, 0, .3)) },
  ties = cbind(rep(1:3, each = 8), pmin(rep(1:3, each = 8) + rbinom(24, 1, .3), 3)),
  percent_steps = { p <- sample(c(0, 5, 10, 20, 30, 50, 80), 25, TRUE); cbind(p, pmax(p + sample(c(-10, -5, 0, 0, 5), 25, TRUE), 0)) },
  three_readers = sapply(c(0, .5, -1), function(shift) truth + shift + rnorm(42, 0, .7)),
  far_from_zero = 1e6 + cbind(truth, truth + rnorm(42, 0, .5)),
  tiny = 1e-9 * cbind(truth, truth + rnorm(42, 0, .5)),
  few_targets = cbind(c(1.2, 3.4, 2.2), c(1.5, 3.1, 2.9)),
  offset_only = { d <- c(rep(c(.001, -.001), 10)); u <- rnorm(20); cbind(u, u + 4 + d) },
  five_readers = sapply(1:5, function(k) rnorm(8)))
save_csv(do.call(rbind, lapply(names(ratings), function(f) { x <- unname(as.matrix(ratings[[f]]))
  data.frame(feature = f, target = rep(seq_len(nrow(x)), ncol(x)), rater = rep(seq_len(ncol(x)), each = nrow(x)), rating = as.vector(x))
})), "icc_awkward_input.csv")
save_csv(do.call(rbind, lapply(names(ratings), function(f) {
  r <- suppressWarnings(ICC(unname(as.matrix(ratings[[f]])), lmer = FALSE)$results)
  data.frame(feature = f, form = c("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)"),
             icc = r$ICC, f = r$F, df1 = r$df1, df2 = r$df2, p_value = r$p, low = r[["lower bound"]], high = r[["upper bound"]])
})), "icc_awkward_expected.csv")

# --- Bland-Altman: difference = second minus first; exact limits by the noncentral t (Carkeet 2015)
pairs <- list(
  # peak expiratory flow (l/min) of 17 subjects, two meters: Bland & Altman, Lancet 1986;1:307, table 1
  peak_flow = cbind(c(512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451),
                    c(494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427)),
  proportional = { u <- runif(40, 1, 30); cbind(u, 1.15 * u + rnorm(40, 0, 1)) },
  plain = { u <- rnorm(60, 100, 15); cbind(u, u + rnorm(60, 1, 4)) },
  five = cbind(c(1.1, 2.3, 3.2, 4.8, 5.1), c(1.4, 2.0, 3.9, 4.6, 5.9)))
save_csv(do.call(rbind, lapply(names(pairs), function(f) data.frame(case = f, first = pairs[[f]][, 1], second = pairs[[f]][, 2]))),
         "bland_altman_input.csv")
save_csv(do.call(rbind, lapply(names(pairs), function(f) do.call(rbind, lapply(c(.95, .9), function(confidence) {
  x <- pairs[[f]]; d <- x[, 2] - x[, 1]; m <- rowMeans(x); n <- length(d)
  b <- t.test(d, conf.level = confidence); s <- sd(d); z <- qnorm(.975)
  tails <- c(1 - confidence, 1 + confidence) / 2
  q <- sapply(tails, function(p) uniroot(function(u) pt(u, n - 1, z * sqrt(n)) - p, c(0, 200), tol = 1e-13)$root) * s / sqrt(n)
  half <- qt(tails[2], n - 1) * s * sqrt(1 / n + z^2 / (2 * (n - 1)))
  slope <- lm(d ~ m); ci <- confint(slope, level = confidence)["m", ]; r <- cor.test(rowSums(x), d)  # Pitman's test
  data.frame(case = f, confidence = confidence, n = n, bias = unname(b$estimate), bias_low = b$conf.int[1], bias_high = b$conf.int[2],
             bias_p = b$p.value, sd = s, lower = mean(d) - z * s, upper = mean(d) + z * s,
             lower_low = mean(d) - q[2], lower_high = mean(d) - q[1], upper_low = mean(d) + q[1], upper_high = mean(d) + q[2],
             approximate_half = half, slope = unname(coef(slope)["m"]), slope_low = ci[1], slope_high = ci[2],
             slope_p = summary(slope)$coefficients["m", 4], pitman_p = r$p.value)
})))), "bland_altman_expected.csv")
