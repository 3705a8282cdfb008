# Exact band of a ROC curve by base R's binom.test, and pROC's bootstrap beside it. Run in this folder:
# Rscript recipe_roc_band.R   (R 4.2.2, pROC 1.18.0; seed 7)
suppressMessages(library(pROC))
set.seed(7)
level <- sqrt(0.95)
places <- c(0.013, 0.06, 0.11, 0.19, 0.31, 0.47, 0.62, 0.83, 0.97)
cases <- list(
  small = data.frame(high = rep(c(TRUE, FALSE), c(7, 11)), score = round(c(rnorm(7, 1), rnorm(11)), 1)),
  usual = data.frame(high = rep(c(TRUE, FALSE), c(23, 18)), score = round(c(rnorm(23, 1), rnorm(18)), 3)),
  ties = data.frame(high = rep(c(TRUE, FALSE), c(40, 60)), score = round(c(rnorm(40, 1), rnorm(60))))
)
exact <- function(k, n) as.numeric(binom.test(k, n, conf.level = level)$conf.int)
input <- expected <- NULL
for (name in names(cases)) {
  d <- cases[[name]]
  input <- rbind(input, cbind(case = name, d))
  cuts <- c(Inf, sort(unique(d$score), decreasing = TRUE))
  tp <- sapply(cuts, function(t) sum(d$score[d$high] >= t))
  fp <- sapply(cuts, function(t) sum(d$score[!d$high] >= t))
  of_fpr <- sapply(fp, exact, n = sum(!d$high))
  of_tpr <- sapply(tp, exact, n = sum(d$high))
  boot <- ci.se(roc(d$high, d$score, direction = "<", quiet = TRUE), specificities = 1 - places, boot.n = 2000,
                progress = "none")
  for (i in seq_along(places)) {
    fits <- of_fpr[1, ] <= places[i] & of_fpr[2, ] >= places[i]
    if (!any(fits)) fits <- c(max(which(of_fpr[2, ] < places[i])), min(which(of_fpr[1, ] > places[i])))
    expected <- rbind(expected, data.frame(case = name, fpr = places[i], low = min(of_tpr[1, fits]),
      high = max(of_tpr[2, fits]), boot_low = boot[i, 1], boot_high = boot[i, 3]))
  }
}
write.csv(input, "roc_band_input.csv", row.names = FALSE)
write.csv(format(expected, digits = 15), "roc_band_expected.csv", row.names = FALSE, quote = FALSE)
