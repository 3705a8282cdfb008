# Writes the expected values of this folder. Run: Rscript recipe.R   (in this folder)
# Inputs are not stored: both languages make them with the same integer generator (Park & Miller 1988),
# exact in double precision; problems.csv names size, alpha, folds and seed of each.
suppressMessages(library(glmnet))

uniforms <- function(n, seed) {
  u <- numeric(n); state <- seed
  for (i in seq_len(n)) { state <- (16807 * state) %% 2147483647; u[i] <- state / 2147483647 }
  u
}
make_problem <- function(n, p, n_folds, seed, bias) {
  u <- uniforms(n * p + 6 * n, seed)
  factors <- matrix(u[1:(5 * n)], n, 5)                        # filled column by column
  x <- matrix(u[(6 * n + 1):length(u)], n, p)
  for (j in seq_len(p)) x[, j] <- x[, j] + factors[, (j - 1) %% 5 + 1] * 0.75
  if (p > 3) x[, 3] <- x[, 3] * 1000                           # scales differ widely
  if (p > 4) x[, 4] <- 2.5                                     # one constant column
  y <- as.numeric(factors[, 1] - factors[, 2] + u[(5 * n + 1):(6 * n)] * 0.5 > bias)
  list(x = x, y = y, folds = (seq_len(n) - 1) %% n_folds + 1)
}
save_csv <- function(x, file) write.csv(format(x, digits = 17, trim = TRUE), file, row.names = FALSE, quote = FALSE)

problems <- read.csv("problems.csv", stringsAsFactors = FALSE)
for (i in seq_len(nrow(problems))) {
  q <- problems[i, ]
  d <- make_problem(q$n, q$p, q$n_folds, q$seed, q$bias)
  cv <- suppressWarnings(cv.glmnet(d$x, d$y, family = "binomial", alpha = q$alpha, foldid = d$folds, thresh = 1e-20, maxit = 1e9))
  fit <- cv$glmnet.fit
  stopifnot(length(cv$lambda) == length(fit$lambda))
  save_csv(data.frame(lambda = cv$lambda, intercept = fit$a0, n_selected = fit$df, explained = fit$dev.ratio, cvm = cv$cvm,
                      cvsd = cv$cvsd, is_min = as.integer(cv$lambda == cv$lambda.min),
                      is_1se = as.integer(cv$lambda == cv$lambda.1se)), paste0(q$name, "_path.csv"))
  beta <- as(fit$beta, "TsparseMatrix")
  rows <- data.frame(position = beta@j, feature = beta@i, coefficient = beta@x)
  rows <- rows[rows$coefficient != 0 & rows$position %% q$every == 0, ]
  save_csv(rows[order(rows$position, rows$feature), ], paste0(q$name, "_coefficients.csv"))
}

# --- logistic regression without a penalty
d <- make_problem(98, 3, 10, 41, .3)
g <- glm(d$y ~ d$x, family = binomial, control = glm.control(epsilon = 1e-14))
save_csv(data.frame(coefficient = unname(coef(g))), "logistic_expected.csv")
cat(R.version.string, "glmnet", as.character(packageVersion("glmnet")), "\n")
