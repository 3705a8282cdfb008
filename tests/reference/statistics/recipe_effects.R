# Sizes of differences between two groups, with intervals. Run in this folder: Rscript recipe_effects.R
suppressPackageStartupMessages(library(pROC))
set.seed(2022)
options(digits = 17)
save_csv <- function(x, file) write.csv(x, file, row.names = FALSE)
log2_like <- function(n, shift) round(rnorm(n, 6 + shift, 1.3), 2)
cases <- list(
  plain = list(rnorm(22, .8), rnorm(19)),
  unequal = list(rnorm(14, .3, 3), rnorm(33, 0, .6)),
  rounded = list(log2_like(30, .4), log2_like(41, 0)),          # a few ties
  zeros = list(pmax(rnorm(35, .2), 0), pmax(rnorm(38, -.3), 0)), # many ties, as genes that are off in half of the tumours
  large = list(rnorm(58, .35), rnorm(62)),                      # above R's limit of the exact distribution
  equal_means = list(c(-2, -1, 1, 2), c(-3, -.5, .5, 3)),
  apart = list(rnorm(9, 9), rnorm(11)),                         # no overlap: AUC 1
  five = list(c(1.2, 3.4, 2.9, 5.1, 4.4), c(.3, 2.2, 1.9, 3.0, 2.5)))
save_csv(do.call(rbind, lapply(names(cases), function(k) data.frame(case = k, group = rep(c("a", "b"), lengths(cases[[k]])),
                                                                    value = unlist(cases[[k]])))), "effects_input.csv")
save_csv(do.call(rbind, lapply(names(cases), function(k) do.call(rbind, lapply(c(.95, .9), function(confidence) {
  x <- cases[[k]][[1]]; y <- cases[[k]][[2]]; m <- length(x); n <- length(y); df <- m + n - 2
  student <- t.test(x, y, var.equal = TRUE, conf.level = confidence); welch <- t.test(x, y, conf.level = confidence)
  t <- unname(student$statistic); scale <- sqrt(1 / m + 1 / n); tails <- c(1 + confidence, 1 - confidence) / 2
  d <- sapply(tails, function(p) uniroot(function(ncp) pt(t, df, ncp) - p, t + c(-12, 12), tol = 1e-13, extendInt = "yes")$root) * scale
  w <- suppressWarnings(wilcox.test(x, y, conf.int = TRUE, conf.level = confidence, digits.rank = Inf))
  r <- roc(rep(1:0, c(m, n)), c(x, y), levels = 0:1, direction = "<", quiet = TRUE)
  area <- as.numeric(auc(r)); se <- sqrt(var(r)); half <- qnorm(tails[1]) * se / (area * (1 - area))
  data.frame(case = k, confidence = confidence, difference = mean(x) - mean(y), student_low = student$conf.int[1],
             student_high = student$conf.int[2], welch_low = welch$conf.int[1], welch_high = welch$conf.int[2],
             d = t * scale, d_low = d[1], d_high = d[2], exact = grepl("exact", w$method), pairs_median = median(outer(x, y, "-")),
             shift = unname(w$estimate), shift_low = w$conf.int[1], shift_high = w$conf.int[2],
             r = 2 * area - 1, r_low = 2 * plogis(qlogis(area) - half) - 1, r_high = 2 * plogis(qlogis(area) + half) - 1)
})))), "effects_expected.csv")
