# Consensus matrices of ConsensusClusterPlus with the subsamples that it drew. Run in this folder: Rscript recipe_clusters.R
suppressMessages(library(ConsensusClusterPlus))
set.seed(2003)
centre <- matrix(rnorm(3 * 6, 0, 1.2), 3)
x <- t(centre[rep(1:3, c(9, 8, 7)), ] + rnorm(24 * 6))             # 6 variables x 24 samples
x <- round(x, 6)
dimnames(x) <- list(sprintf("V%d", 1:6), sprintf("P%02d", 1:24))
reps <- 40; fraction <- 0.8; seed <- 61
pdf(NULL)
found <- suppressMessages(ConsensusClusterPlus(x, maxK = 4, reps = reps, pItem = fraction, pFeature = 1, clusterAlg = "hc",
  distance = "euclidean", innerLinkage = "average", finalLinkage = "average", seed = seed, plot = NULL))
# the same random numbers again: the subsamples
set.seed(seed)
drawn <- t(replicate(reps, sort(sample(24, floor(24 * fraction)))))
write.csv(data.frame(variable = rownames(x), x), "clusters_values.csv", row.names = FALSE, quote = FALSE)
write.table(drawn - 1, "clusters_resamples.csv", sep = ",", row.names = FALSE, col.names = FALSE)
rows <- do.call(rbind, lapply(2:4, function(k) {
  m <- found[[k]]$consensusMatrix; pairs <- which(upper.tri(m), arr.ind = TRUE)
  data.frame(k = k, first = pairs[, 1] - 1, second = pairs[, 2] - 1, consensus = sprintf("%.17g", m[pairs]))
}))
write.csv(rows, "clusters_consensus.csv", row.names = FALSE, quote = FALSE)
write.csv(data.frame(sample = colnames(x), sapply(found[2:4], function(f) f$consensusClass)), "clusters_classes.csv",
          row.names = FALSE, quote = FALSE)
cat("ConsensusClusterPlus", as.character(packageVersion("ConsensusClusterPlus")), "\n")
