# Writes associations_expected.csv: clinical variables of real tumours, and TIL scores with immune measures.
# Run: Rscript recipe_associations.R ../../../../shared/data   (in this folder; the data are not in the repository)
data <- commandArgs(trailingOnly = TRUE)[1]
save_csv <- function(x, file)
  write.csv(format(x, digits = 17, trim = TRUE), file, row.names = FALSE, quote = which(sapply(x, is.character)))
row <- function(case, n, statistic, p_value, effect = NA, low = NA, high = NA)
  data.frame(case = case, n = n, statistic = unname(statistic), p_value = p_value, effect = unname(effect), low = low, high = high)

# --- GSE1992: ER status against ordered grade, nodes, and survival time
p <- read.csv(file.path(data, "expression-gse1992", "phenotype.csv"), na.strings = "missing")
g <- table(p$fac_grade, p$fac_er_positive); trend <- prop.trend.test(g[, "1"], rowSums(g))
n <- table(p$fac_node_status, p$fac_er_positive); chi <- chisq.test(n)
odds <- fisher.test(table(p$fac_node_status == 0, p$fac_er_positive == 0))
w <- wilcox.test(p$time[p$fac_er_positive == 1], p$time[p$fac_er_positive == 0])
out <- rbind(row("grade", sum(g), trend$statistic, trend$p.value),
             row("nodes", sum(n), chi$statistic, chi$p.value, odds$estimate, odds$conf.int[1], odds$conf.int[2]),
             row("time", sum(!is.na(p$time)), w$statistic, w$p.value))

# --- 111 triple-negative breast cancers of TCGA: automated sTIL score with immune measures
t <- read.csv(file.path(data, "tcga-tnbc-tils", "tcga_tnbc_stils_immune.csv"), check.names = FALSE)
genes <- c("CCL5", "CD27", "CD274", "CD276", "CD8A", "CMKLR1", "CXCL9", "CXCR6", "HLA-DQA1", "HLA-DRB1", "HLA-E", "IDO1", "LAG3", "NKG7",
           "PDCD1LG2", "PSMB10", "STAT1", "TIGIT")
t$inflamed <- rowMeans(t[genes])
for (v in c("inflamed", "leukocyte_fraction", "T Cells CD8", "Macrophages M1", "CD8A", "CD276")) {
  k <- complete.cases(t$digi_stils, t[[v]]); f <- suppressWarnings(cor.test(t$digi_stils[k], t[[v]][k], method = "spearman"))
  ci <- tanh(atanh(f$estimate) + c(-1, 1) * qnorm(.975) * sqrt((1 + f$estimate^2 / 2) / (sum(k) - 3)))
  out <- rbind(out, row(v, sum(k), f$estimate, f$p.value, f$estimate, ci[1], ci[2]))
}
save_csv(out, "associations_expected.csv")
cat(R.version.string, "\n")
