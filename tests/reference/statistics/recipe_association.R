# Writes correlation_{input,expected}.csv, trend_expected.csv, jonckheere_expected.csv, association_size_expected.csv.
# Run: Rscript recipe_association.R   (in this folder; needs the package coin)
suppressPackageStartupMessages(library(coin))
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(1954)
save_csv <- function(x, file)
  write.csv(format(x, digits = 17, trim = TRUE), file, row.names = FALSE, quote = which(sapply(x, is.character)))
cells <- function(t) paste(apply(t, 1, paste, collapse = ";"), collapse = "/")

# --- correlations: few and many patients, with and without ties, missing values, strong and none
pair <- function(n, slope, digits = 9) { x <- round(rnorm(n), digits); list(x = x, y = round(slope * x + rnorm(n), digits)) }
pairs <- list(n3 = pair(3, 0), n4 = pair(4, 1), n7 = pair(7, .5), n9 = pair(9, 1), n10 = pair(10, 0), n11 = pair(11, -2),
              n30 = pair(30, .4), n49 = pair(49, .3), n60 = pair(60, 5), n111 = pair(111, .35), ties8 = pair(8, .5, 0),
              ties40 = pair(40, .5, 1), one_ties = list(x = round(rnorm(25), 0), y = rnorm(25)), counts = list(x = rpois(116, 1), y = rnorm(116)))
pairs$missing <- pair(40, .5); pairs$missing$x[c(2, 9)] <- NA; pairs$missing$y[c(9, 30)] <- NA
save_csv(do.call(rbind, lapply(names(pairs), function(k) data.frame(case = k, x = pairs[[k]]$x, y = pairs[[k]]$y))), "correlation_input.csv")
bonett_wright <- function(r, n, level = .95) { h <- qnorm(1 - (1 - level) / 2) * sqrt((1 + r^2 / 2) / (n - 3)); tanh(atanh(r) + c(-h, h)) }
expected <- do.call(rbind, lapply(names(pairs), function(k) do.call(rbind, lapply(c("spearman", "pearson", "kendall"), function(m) {
  p <- pairs[[k]]; n <- sum(complete.cases(p$x, p$y)); f <- suppressWarnings(cor.test(p$x, p$y, method = m)); ci <- c(NA, NA)
  if (m == "pearson" && n > 3) ci <- f$conf.int
  if (m == "spearman" && n > 3 && abs(f$estimate) < 1) ci <- bonett_wright(unname(f$estimate), n)
  if (m == "kendall" && n > 4) ci <- tanh(atanh(f$estimate) + c(-1, 1) * qnorm(.975) * sqrt(.437 / (n - 4)))
  data.frame(case = k, method = m, n = n, value = unname(f$estimate), p_value = f$p.value, low = ci[1], high = ci[2])
}))))
save_csv(expected, "correlation_expected.csv")

# --- trends of a proportion over levels, and of two ordered classifications
tables <- list(t_stage = rbind(c(48, 14), c(46, 26), c(4, 1)), n_stage = rbind(c(56, 27), c(23, 12), c(12, 2), c(5, 0)),
               steep = rbind(c(3, 20), c(9, 14), c(18, 4)), two = rbind(c(10, 5), c(3, 12)), three = rbind(c(10, 12, 2), c(5, 8, 9), c(1, 4, 15)),
               wide = matrix(rpois(20, 6), 5, 4))
trends <- do.call(rbind, lapply(names(tables), function(k) {
  t <- tables[[k]]
  ca <- if (ncol(t) == 2) prop.trend.test(t[, 1], rowSums(t)) else list(statistic = NA, p.value = NA)
  sc <- if (ncol(t) == 2) prop.trend.test(t[, 1], rowSums(t), score = seq_len(nrow(t))^2) else list(statistic = NA, p.value = NA)
  d <- data.frame(row = rep(row(t), t), column = rep(col(t), t))  # of a 2 x 2 table coin makes no ordered problem
  l <- if (all(dim(t) == 2)) c((sum(t) - 1) * cor(d$row, d$column)^2, NA) else { f <- lbl_test(ordered(row) ~ ordered(column), d); c(statistic(f)^2, pvalue(f)) }
  if (is.na(l[2])) l[2] <- pchisq(l[1], 1, lower.tail = FALSE)
  data.frame(case = k, cells = cells(t), armitage = unname(ca$statistic), armitage_p = ca$p.value, squares = unname(sc$statistic),
             squares_p = sc$p.value, linear = l[1], linear_p = l[2])
}))
save_csv(trends, "trend_expected.csv")

# --- a number over ordered groups: Kendall's test with the group's number is Jonckheere's and Terpstra's
made <- list(plain = list(rnorm(12), rnorm(9, .5), rnorm(15, 1)), tied = list(rpois(20, 2), rpois(15, 3), rpois(9, 3), rpois(7, 4)),
             falling = list(rnorm(20, 2), rnorm(30, 1.5), rnorm(6)))
save_csv(do.call(rbind, lapply(names(made), function(k) {
  g <- rep(seq_along(made[[k]]), lengths(made[[k]])); f <- cor.test(g, unlist(made[[k]]), method = "kendall", exact = FALSE)
  data.frame(case = k, values = paste(sapply(made[[k]], function(v) paste(format(v, digits = 17, trim = TRUE), collapse = ";")), collapse = "/"),
             z = unname(f$statistic), p_value = f$p.value)
})), "jonckheere_expected.csv")

# --- Cramer's V with the interval of the noncentrality, odds ratio with the exact one
end <- function(x, df, p) if (pchisq(x, df) < p) 0 else uniroot(function(ncp) pchisq(x, df, ncp) - p, c(0, 1e4), tol = 1e-12)$root
sizes <- do.call(rbind, lapply(names(tables), function(k) {
  t <- tables[[k]]; x <- unname(suppressWarnings(chisq.test(t, correct = FALSE))$statistic); m <- sum(t) * (min(dim(t)) - 1); df <- prod(dim(t) - 1)
  f <- if (all(dim(t) == 2)) fisher.test(t) else list(estimate = NA, conf.int = c(NA, NA))
  data.frame(case = k, v = sqrt(x / m), v_low = sqrt(end(x, df, .975) / m), v_high = min(1, sqrt((end(x, df, .025) + df) / m)),
             odds = unname(f$estimate), odds_low = f$conf.int[1], odds_high = f$conf.int[2])
}))
save_csv(sizes, "association_size_expected.csv")
cat(R.version.string, "coin", as.character(packageVersion("coin")), "\n")
