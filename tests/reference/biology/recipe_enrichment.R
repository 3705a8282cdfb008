# Reference numbers of q values and of gene set enrichment. Run in this folder: Rscript recipe_enrichment.R
suppressMessages(library(qvalue))
exact <- function(x) if (is.numeric(x)) sprintf("%.17g", x) else x
save <- function(frame, file) {
  frame[] <- lapply(frame, exact)
  write.csv(frame, file, row.names = FALSE, quote = FALSE, na = "NaN")
}

# --- q values, NA where qvalue stops, as clusterProfiler has it --------------------------------------------
set.seed(64)
storey <- function(p) tryCatch(qvalue(p = p, lambda = 0.05, pi0.method = "bootstrap")$qvalues,
                               error = function(e) rep(NA_real_, length(p)))
cases <- list(
  mixed = c(runif(60)^3, 1, 1), even = runif(40), ties = rep(c(0.001, 0.04, 0.05, 0.3, 1), 5), one = 0.2,
  two = c(0.01, 0.6), all_small = 10^-(2:9), all_large = c(0.9, 0.95, 0.99, 1), at_lambda = c(0.05, 0.05, 0.05),
  tiny = c(1e-300, 1e-100, 0.5), one_above = c(10^-(2:9), 0.2))
save(do.call(rbind, lapply(names(cases), function(case)
  data.frame(case = case, p_value = cases[[case]], q_value = storey(cases[[case]])))), "q_values_expected.csv")

# --- the walk, position by position, as Subramanian et al. 2005 define it -----------------------------------
walk <- function(metric, member) {
  up <- abs(metric) * member / sum(abs(metric) * member)
  cumsum(up - (!member) / sum(!member))
}
score <- function(metric, member) {
  w <- walk(metric, member)
  high <- max(w, 0); low <- min(w, 0)
  if (isTRUE(all.equal(high, -low, tolerance = 1e-14))) 0 else if (high > -low) high else low
}
set.seed(2022)
n <- 400
metric <- sort(round(rnorm(n) * 2, 2), decreasing = TRUE)   # ties, some zeros
genes <- sprintf("G%03d", 1:n)                               # ties are in alphabetical order
pick <- function(k, pull) sort(sample(n, k, prob = exp(pull * metric)))
sets <- list(up = pick(30, 0.5), down = pick(40, -0.3), slightly_down = pick(25, -0.15), null = pick(60, 0),
             small = pick(10, 0.1), wide = pick(150, 0.15), top = 1:12, bottom = (n - 14):n)
one <- function(name) {
  member <- seq_len(n) %in% sets[[name]]
  w <- walk(metric, member); es <- score(metric, member)
  edge <- if (es > 0) sets[[name]][sets[[name]] <= which.max(w)] else
    rev(sets[[name]][sets[[name]] > which.min(w)])
  # random sets of the same size: the definition of the normalised score and of p
  random <- replicate(100000, score(metric, seq_len(n) %in% sample(n, length(sets[[name]]))))
  same <- random[sign(random) == sign(es)]
  data.frame(gene_set = name, es = es, nes = es / abs(mean(same)), p_value = mean(abs(same) >= abs(es)),
             n_same = length(same), nes_se = abs(es) * sd(same) / mean(same)^2 / sqrt(length(same)),
             leading_edge = paste(genes[edge], collapse = " "))
}
save(data.frame(gene = genes, metric = metric), "gsea_ranking.csv")
writeLines(vapply(names(sets), function(s) paste(c(s, "made by recipe_enrichment.R", genes[sets[[s]]]), collapse = "\t"),
                  ""), "gsea_sets.gmt")
save(do.call(rbind, lapply(names(sets), one)), "gsea_expected.csv")
