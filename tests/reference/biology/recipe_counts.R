# Reference numbers of counts: filtering, TMM, counts per million, voom. Seed 1992.
# Run in this folder: Rscript recipe_counts.R [folder of the real data]
suppressMessages({library(limma); library(edgeR)})

exact <- function(x) if (is.double(x)) sprintf("%.17g", x) else x
save <- function(frame, file) {
  frame[] <- lapply(frame, exact)
  write.csv(frame, file, row.names = FALSE, quote = FALSE, na = "NaN")
}

set.seed(1992)
n_genes <- 150; n_samples <- 11
level <- 2^runif(n_genes, -3, 10)
depth <- c(1, 1.3, 0.4, 2.2, 0.9, 1, 1.7, 0.6, 5, 1.1, 0.8)
group <- rep(c("high", "low"), c(5, 6)); age <- c(51, 63, 44, 70, 58, 39, 61, 66, 47, 55, 72)
site <- c("a", "b", "a", "c", "b", "a", "c", "b", "c", "a", "b")
mean <- outer(level, depth); mean[1:15, group == "high"] <- mean[1:15, group == "high"] * 3
mean[140:150, 4] <- mean[140:150, 4] * 40                 # a few genes take the reads of one sample
counts <- matrix(rnbinom(n_genes * n_samples, mu = mean, size = 5), n_genes)
counts[16:30, ] <- 0                                       # in no sample
counts[31, ] <- c(15, rep(0, 10)); counts[32, ] <- c(14, rep(0, 10))
rownames(counts) <- sprintf("GENE%03d", 1:n_genes); colnames(counts) <- sprintf("S%02d", 1:n_samples)
ties <- counts; ties[33:120, ] <- rep(c(4, 4, 2, 8, 4, 4, 4, 2, 8, 4, 4), each = 88)  # many equal log ratios
sparse <- counts; sparse[sample(length(sparse), 1400)] <- 0; sparse[33, ] <- 7       # upper quartiles are mostly zero
equal <- counts[33:150, ]; equal <- equal[, c(1, 1, 1, 4)]; colnames(equal) <- colnames(counts)[1:4]
share <- counts[33:60, 1:3] * 0; share[1:10, 1] <- 9; share[11:20, 2] <- 5; share[5:25, 3] <- 3 # samples 1, 2 share no gene
colnames(share) <- colnames(counts)[1:3]
one <- counts[, 1, drop = FALSE]
# columns with the same total: 10 reads are at the cut-off, and edgeR's rounding decides (these fail, 70,001 pass)
even <- rbind(matrix(c(10, 10, 10, 10, 9, 10, 10, 10, 10, 9, 9, 10), 3, byrow = TRUE), 0)
even[4, ] <- 31399657 - colSums(even); rownames(even) <- rownames(counts)[1:4]; colnames(even) <- colnames(counts)[1:4]
even_pass <- even; even_pass[4, ] <- 70001 - colSums(even[1:3, ])
cases <- list(plain = counts, ties = ties, sparse = sparse, equal = equal, share = share, one = one, even = even, even_pass = even_pass)

save(do.call(rbind, lapply(names(cases), function(name) {
  x <- cases[[name]]; f <- function(...) suppressWarnings(calcNormFactors(x, ...))
  data.frame(case = name, sample = colnames(x), tmm = f(), unweighted = f(doWeighting = FALSE),
             trimmed = f(logratioTrim = 0.1, sumTrim = 0.2, Acutoff = -12), last_reference = f(refColumn = ncol(x)))
})), "counts_tmm_expected.csv")
save(do.call(rbind, lapply(names(cases), function(name) {
  x <- cases[[name]]
  m <- matrix(NA_integer_, nrow(x), n_samples, dimnames = list(NULL, colnames(counts))); m[, colnames(x)] <- x
  data.frame(case = name, gene = rownames(x), m)
})), "counts_input.csv")

design <- model.matrix(~ 0 + group); adjusted <- model.matrix(~ group + age + site)
save(data.frame(sample = colnames(counts), group = group, age = age, site = site), "counts_samples.csv")
by <- function(case, x, ...) data.frame(case = case, gene = rownames(x), kept = as.integer(suppressMessages(filterByExpr(x, ...))))
save(rbind(by("group", counts, group = group), by("design", counts, design = design), by("adjusted", counts, design = adjusted),
  by("none", counts), by("strict", counts, group = group, min.count = 60, min.total.count = 2000),
  by("large", counts, large.n = 3, min.prop = 0.5), by("even", even), by("even_pass", even_pass)),
  "counts_filter_expected.csv")

sizes <- colSums(counts) * calcNormFactors(counts)
some <- c(1, 16, 31, 40, 77, 141, 150)
long <- function(case, m) data.frame(case = case, gene = rownames(counts)[some], m[some, ], row.names = NULL)
save(rbind(long("cpm", cpm(counts)), long("cpm-tmm", cpm(counts, lib.size = sizes)), long("log", cpm(counts, log = TRUE)),
  long("log-tmm-2", cpm(counts, lib.size = sizes, log = TRUE)),
  long("log-tmm-.25", cpm(counts, lib.size = sizes, log = TRUE, prior.count = 0.25))), "counts_cpm_expected.csv")

kept <- filterByExpr(counts, group = group)
filtered <- counts[kept, ]; factors <- calcNormFactors(filtered); effective <- colSums(filtered) * factors
rows <- list(); tables <- list()
for (case in list(list("means", design, c(1, -1)), list("adjusted", cbind(adjusted[, 1], high = as.numeric(group == "high"), adjusted[, -(1:2)]), c(0, 1, 0, 0, 0)))) {
  for (all in c(FALSE, TRUE)) {
    x <- if (all) counts else filtered
    size <- if (all) colSums(counts) else effective
    v <- voom(x, case[[2]], lib.size = size)
    name <- paste0(case[[1]], if (all) "-all" else "")
    every <- seq(1, nrow(x), by = 6)
    dimnames(v$weights) <- dimnames(x)
    rows <- c(rows, list(data.frame(case = name, value = "log2", gene = rownames(x)[every], v$E[every, ], row.names = NULL),
                         data.frame(case = name, value = "weights", gene = rownames(x)[every], v$weights[every, ], row.names = NULL)))
    if (!all) for (trend in c(FALSE, TRUE)) for (robust in c(FALSE, TRUE)) {
      fit <- eBayes(contrasts.fit(lmFit(v, case[[2]]), case[[3]]), trend = trend, robust = robust)
      top <- topTable(fit, number = Inf, sort.by = "none", confint = TRUE)[every, ]
      tables <- c(tables, list(data.frame(case = name, trend = as.integer(trend), robust = as.integer(robust), gene = rownames(x)[every],
        log2_fc = top$logFC, ci_low = top$CI.L, ci_high = top$CI.R, mean_expression = top$AveExpr, t = top$t,
        p_value = top$P.Value, p_adjusted = top$adj.P.Val, b = top$B)))
    }
  }
}
save(do.call(rbind, rows), "counts_voom_expected.csv")
save(do.call(rbind, tables), "counts_table_expected.csv")

# --- real data: 23 tumours of TCGA (public), high where the automated sTIL score is above the median -----------
folder <- commandArgs(TRUE)[1]
if (!is.na(folder)) {
  x <- as.matrix(read.delim(file.path(folder, "tcga-tnbc-tils", "counts_23_cases.tsv.gz")))
  score <- read.delim(file.path(folder, "tcga-tnbc-tils", "labels_23_cases.tsv"))
  stopifnot(all(score$case == colnames(x)))
  group <- ifelse(score$digi_sTILs >= median(score$digi_sTILs), "high", "low")
  kept <- filterByExpr(x, group = group); filtered <- x[kept, ]
  factors <- calcNormFactors(filtered)
  save(data.frame(case = score$case, group = group, factor = factors, factor_all = calcNormFactors(x)), "tcga_factors_expected.csv")
  design <- cbind(high = as.numeric(group == "high"), low = as.numeric(group == "low"))
  effective <- colSums(filtered) * factors
  tables <- list()
  for (method in c("voom", "trend")) for (robust in c(FALSE, TRUE)) {
    y <- if (method == "voom") voom(filtered, design, lib.size = effective) else cpm(filtered, lib.size = effective, log = TRUE)
    fit <- eBayes(contrasts.fit(lmFit(y, design), c(1, -1)), trend = method == "trend", robust = robust)
    top <- topTable(fit, number = Inf, sort.by = "none", confint = TRUE)
    some <- sort(unique(c(order(top$P.Value)[1:20], seq(1, nrow(top), by = 750))))
    top <- top[some, ]
    tables <- c(tables, list(data.frame(method = method, robust = as.integer(robust), n_genes = nrow(filtered), gene = rownames(filtered)[some],
      log2_fc = top$logFC, ci_low = top$CI.L, ci_high = top$CI.R, mean_expression = top$AveExpr, t = top$t,
      p_value = top$P.Value, p_adjusted = top$adj.P.Val, b = top$B)))
  }
  save(do.call(rbind, tables), "tcga_table_expected.csv")
}
