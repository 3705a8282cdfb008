# Rscript recipe_lowess.R: the reference of statistics/lowess.py (R's stats::lowess). Seed 4.
options(digits = 17)
set.seed(4)
rounded <- round(c(rnorm(90), rep(0.5, 15), runif(45, -3, 6)), 2)
sets <- list(
  smooth = data.frame(x = sort(rnorm(120)), y = rnorm(120)),
  ties = data.frame(x = rounded, y = sin(rounded) + rnorm(150) * 0.3),
  heavy_ties = data.frame(x = c(rep(1:3, each = 15), 10), y = c(rnorm(45), 4)),
  exact = data.frame(x = as.numeric(1:20), y = 2 * (1:20) + 1),
  few = data.frame(x = c(3, 1, 2), y = c(1, 5, 2)),
  one_place = data.frame(x = rep(2, 6), y = c(1, 2, 3, 4, 5, 9))
)
sets$ties$y[5] <- 9
sets$exact$y[7] <- 60 # all other residuals are zero
cases <- list(
  list("smooth", 0.5, 3, NA), list("smooth", 2 / 3, 0, 0), list("smooth", 0.1, 3, 0), list("smooth", 1, 3, 0.4),
  list("ties", 0.5, 3, NA), list("ties", 0.4, 3, 0), list("ties", 0.5, 3, 0.5), list("ties", 0.05, 1, NA),
  list("heavy_ties", 0.3, 3, NA), list("heavy_ties", 0.9, 3, 0), list("exact", 0.5, 3, NA),
  list("few", 0.5, 3, NA), list("few", 1, 3, 0), list("one_place", 0.5, 3, NA)
)
rows <- list()
for (number in seq_along(cases)) {
  case <- cases[[number]]
  d <- sets[[case[[1]]]]
  fit <- if (is.na(case[[4]])) lowess(d$x, d$y, f = case[[2]], iter = case[[3]]) else
    lowess(d$x, d$y, f = case[[2]], iter = case[[3]], delta = case[[4]])
  rows[[number]] <- data.frame(case = number, data = case[[1]], fraction = case[[2]], n_iterations = case[[3]],
                               delta = case[[4]], trend = fit$y)
}
write_rows <- function(rows, file) {
  number <- sapply(rows, is.numeric)
  rows[number] <- lapply(rows[number], function(v) ifelse(is.na(v), "", sprintf("%.17g", v)))
  write.csv(rows, file, row.names = FALSE, quote = FALSE)
}
write_rows(do.call(rbind, rows), "lowess_expected.csv")
write_rows(do.call(rbind, Map(cbind, data = names(sets), sets)), "lowess_input.csv")
