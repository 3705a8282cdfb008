# A nomogram of a logistic regression by rms. Run in this folder: Rscript recipe_nomogram.R   (R 4.2.2, rms 6.5.0; seed 5)
suppressMessages(library(rms))
set.seed(5)
d <- data.frame(a = runif(80, -2, 2), b = runif(80, 0, 0.1), c = runif(80, 1000, 9000))
d[1, ] <- c(-2, 0, 1000); d[2, ] <- c(2, 0.1, 9000)   # the ranges are round
d$y <- rbinom(80, 1, plogis(-1 + 1.1 * d$a - 12 * d$b + 0.0002 * d$c))
dd <- datadist(d, q.display = c(0, 1)); options(datadist = "dd")
fit <- lrm(y ~ a + b + c, data = d, tol = 1e-12)
n <- nomogram(fit, fun = plogis, fun.at = c(0.1, 0.3, 0.5, 0.7, 0.9), funlabel = "score")
rows <- NULL
for (name in c("a", "b", "c")) {
  axis <- n[[name]]
  rows <- rbind(rows, data.frame(axis = name, value = axis[[name]], points = axis$points))
}
rows <- rbind(rows, data.frame(axis = "score", value = n$score$fat, points = n$score$x))
write.csv(format(rows, digits = 15), "nomogram_expected.csv", row.names = FALSE, quote = FALSE)
lims <- sapply(d[c("a", "b", "c")], range)
write.csv(format(data.frame(term = names(coef(fit)), coefficient = coef(fit), low = c(NA, lims[1, ]), high = c(NA, lims[2, ])),
  digits = 15), "nomogram_input.csv", row.names = FALSE, quote = FALSE)
