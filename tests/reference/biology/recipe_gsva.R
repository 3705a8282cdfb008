# GSVA's scores of the matrix of recipe.R (ssgsea_expression.csv, ssgsea_sets.gmt) and of one with more samples, made here.
# Run in this folder: Rscript recipe_gsva.R
suppressMessages(library(GSVA))
sets <- strsplit(readLines("ssgsea_sets.gmt"), "\t")
names(sets) <- vapply(sets, function(s) s[1], "")
sets <- lapply(sets, function(s) s[-(1:2)])
few <- as.matrix(read.csv("ssgsea_expression.csv", row.names = 1))

set.seed(1946)
many <- matrix(rnorm(150 * 23, 6, 2), 150, dimnames = list(rownames(few), sprintf("T%02d", 1:23)))
many[51:100, ] <- log2(1 + floor(2^(many[51:100, ] - 4)))          # small counts: many ties, many zeros
many[101:110, ] <- 0; many[cbind(101:110, 1:10)] <- 3               # one sample only
many["GENE120", ] <- many["GENE121", ] <- 7                        # constant
many[cbind(122:125, 1:4)] <- 1e6                                   # beyond ten widths
write.csv(data.frame(gene = rownames(many), format(many, digits = 6, trim = TRUE)), "gsva_expression.csv",
          row.names = FALSE, quote = FALSE)
many <- as.matrix(read.csv("gsva_expression.csv", row.names = 1))
score <- function(x, case) {
  s <- suppressWarnings(gsva(x, sets, method = "gsva", kcdf = "Gaussian", mx.diff = TRUE, verbose = FALSE))
  data.frame(case = case, gene_set = rep(rownames(s), ncol(s)), sample = rep(colnames(s), each = nrow(s)),
             score = sprintf("%.17g", as.vector(s)))
}
write.csv(rbind(score(few, "few"), score(many, "many")), "gsva_expected.csv", row.names = FALSE, quote = FALSE)
cat("GSVA", as.character(packageVersion("GSVA")), "\n")
