# Reference numbers of the biology room. Run in this folder: Rscript recipe.R [folder of the real data]
suppressMessages({library(limma); library(GSVA)})

exact <- function(x) if (is.numeric(x)) sprintf("%.17g", x) else x
save <- function(frame, file) {
  frame[] <- lapply(frame, exact)
  write.csv(frame, file, row.names = FALSE, quote = FALSE, na = "NaN")
}
save_matrix <- function(m, file) save(data.frame(gene = rownames(m), m, check.names = FALSE), file)

# --- limma -----------------------------------------------------------------------------------------------
moderated <- function(expression, design, contrast, trend, case) {
  fit <- contrasts.fit(lmFit(expression, design), contrast)
  fit <- suppressWarnings(eBayes(fit, trend = trend))
  top <- topTable(fit, number = Inf, sort.by = "none", confint = TRUE)
  data.frame(case = case, gene = rownames(expression), log2_fc = top$logFC, ci_low = top$CI.L,
             ci_high = top$CI.R, mean_expression = top$AveExpr, t = top$t, p_value = top$P.Value,
             p_adjusted = top$adj.P.Val, b = top$B)
}

set.seed(20220922)
n_genes <- 120; n_samples <- 12
level <- runif(n_genes, 2, 14)
sd <- sqrt(0.6 * exp(-0.12 * level) * 6 / rchisq(n_genes, 6))
x <- matrix(rnorm(n_genes * n_samples, level, sd), n_genes)
group <- rep(c(1, 0), c(5, 7))
x[1:12, ] <- x[1:12, ] + outer(rep(c(2, -1.5), 6), group)
rownames(x) <- sprintf("GENE%03d", 1:n_genes); colnames(x) <- sprintf("S%02d", 1:n_samples)
missing <- x
missing[sample(length(x), 90)] <- NA
missing[6:12, c(1, 8)] <- NA                     # the genes that differ have fewer degrees of freedom than others
missing["GENE001", group == 1] <- NA             # one group has no value
missing["GENE002", group == 0] <- NA
missing["GENE003", ] <- NA                       # no value at all
missing["GENE004", ] <- NA; missing["GENE004", c(1, 12)] <- c(9, 7)  # no residual degrees of freedom
missing["GENE005", ] <- NA; missing["GENE005", 1:3] <- c(5, 6, 7)  # three values in one group
constant <- x; constant["GENE020", ] <- 5        # zero variance
# variances more alike than samples of one variance would be: the prior df is infinite
residuals <- t(residuals(lm(t(x) ~ group)))
equal <- x - residuals + 0.5 * residuals / apply(residuals, 1, sd) * exp(rnorm(n_genes, 0.01 * level, 0.05))
few <- x[1:5, ]                                  # the trend has two columns only

batch <- rep(c(0, 1), 6); age <- round(runif(n_samples, 30, 75))
means <- cbind(high = group, low = 1 - group); difference <- c(1, -1)
adjusted <- cbind(intercept = 1, high = group, batch = batch, age = age); second <- c(0, 1, 0, 0)
mixed <- c(0, 1, 0.5, 0.01)
save_matrix(x, "limma_expression.csv"); save_matrix(missing, "limma_expression_missing.csv")
save_matrix(equal, "limma_expression_equal.csv")
save(data.frame(sample = colnames(x), means, adjusted[, c("intercept", "batch", "age")]), "limma_design.csv")
save(rbind(
  moderated(x, means, difference, FALSE, "means"),
  moderated(x, means, difference, TRUE, "means-trend"),
  moderated(x, adjusted, second, FALSE, "adjusted"),
  moderated(x, adjusted, mixed, TRUE, "adjusted-mixed-trend"),
  moderated(missing, means, difference, FALSE, "missing"),
  # limma refuses a trend where a gene has no mean; here that gene is left out
  moderated(missing[rownames(missing) != "GENE003", ], means, difference, TRUE, "missing-trend"),
  suppressWarnings(moderated(missing, adjusted, second, FALSE, "missing-adjusted")),
  suppressWarnings(moderated(missing, adjusted, mixed, FALSE, "missing-adjusted-mixed")),
  moderated(constant, means, difference, FALSE, "constant"),
  moderated(equal, means, difference, FALSE, "equal"),
  moderated(equal, means, difference, TRUE, "equal-trend"),
  moderated(few, means, difference, TRUE, "few-trend")
), "limma_expected.csv")

# --- ssGSEA ----------------------------------------------------------------------------------------------
set.seed(1)
y <- matrix(rnorm(150 * 6, 6, 2), 150, dimnames = list(sprintf("GENE%03d", 1:150), sprintf("S%d", 1:6)))
y[, 2] <- round(y[, 2], 1)                        # ties
y[, 3] <- round(y[, 3])                           # many ties, of odd and even number
y[, 4] <- pmax(y[, 4] - 6, 0)                     # half are zero
y["GENE010", ] <- 4                               # constant gene
sets <- lapply(1:8, function(i) sample(rownames(y), c(5, 6, 9, 15, 25, 40, 75, 149)[i]))
names(sets) <- paste0("SET", 1:8)
sets$SET2 <- c(sets$SET2, "NOT_THERE")
score <- function(norm, alpha, case) {
  invisible(capture.output(s <- suppressWarnings(
    gsva(y, sets, method = "ssgsea", ssgsea.norm = norm, tau = alpha, verbose = FALSE))))
  data.frame(case = case, gene_set = rownames(s), s)
}
save_matrix(y, "ssgsea_expression.csv")
writeLines(vapply(names(sets), function(n) paste(c(n, "made by recipe.R", sets[[n]]), collapse = "\t"), ""),
           "ssgsea_sets.gmt")
save(rbind(score(FALSE, 0.25, "plain"), score(TRUE, 0.25, "normalised"), score(FALSE, 1, "alpha-1")),
     "ssgsea_expected.csv")

# --- phyper, pt, qt --------------------------------------------------------------------------------------
grid <- expand.grid(n_hits = c(1, 2, 5, 20, 60), set_size = c(10, 60, 500), n_background = c(600, 10000),
                    n_genes = c(1, 30, 400, 599))
grid <- subset(grid, n_hits <= pmin(set_size, n_genes))
grid$p_value <- with(grid, phyper(n_hits - 1, set_size, n_background - set_size, n_genes, lower.tail = FALSE))
save(grid, "phyper_expected.csv")
tails <- expand.grid(t = c(0, 1e-6, 0.3, 1, 2.5, 7, 30, 120), df = c(1, 2.7, 10, 120.5, 1e4, 1e9, Inf))
tails$p_value <- with(tails, 2 * pt(-t, df))
save(tails, "pt_expected.csv")
quantiles <- expand.grid(p = c(1, 0.999, 0.5, 0.05, 1e-6, 1e-100), df = c(1, 2.7, 10, 120.5, 1e4, Inf))
quantiles$t <- with(quantiles, qt(p / 2, df, lower.tail = FALSE))
save(quantiles, "qt_expected.csv")

# --- GSE1992, 122 breast tumours by ER status: results of some genes only ------------------------------------
folder <- commandArgs(TRUE)
if (length(folder)) {
  e <- as.matrix(read.csv(file.path(folder, "expression-gse1992", "expression.csv.gz"), row.names = 1,
                          check.names = FALSE, na.strings = ""))
  p <- read.csv(file.path(folder, "expression-gse1992", "phenotype.csv"), colClasses = c(pid = "character"))
  er <- p$fac_er_positive[match(colnames(e), p$pid)]
  design <- cbind(high = er, low = 1 - er)
  plain <- moderated(e, design, difference, FALSE, "gse1992")
  trend <- moderated(e, design, difference, TRUE, "gse1992-trend")
  chosen <- sort(unique(c(order(plain$p_value)[1:20], seq(1, nrow(e), by = 776))))
  save(rbind(plain[chosen, ], trend[chosen, ]), "gse1992_expected.csv")
}
writeLines(c(R.version.string, paste("limma", packageVersion("limma")), paste("GSVA", packageVersion("GSVA"))),
           "versions.txt")
