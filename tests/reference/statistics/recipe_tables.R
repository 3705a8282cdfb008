# Writes {fisher,fisher_simulated,smd,several,ordered}_expected.csv and several_input.csv. Run: Rscript recipe_tables.R   (in this folder)
RNGkind("Mersenne-Twister", "Inversion", "Rejection")
set.seed(471)
save_csv <- function(x, file)
  write.csv(format(x, digits = 17, trim = TRUE), file, row.names = FALSE, quote = which(sapply(x, is.character)))
cells <- function(t) paste(apply(t, 1, paste, collapse = ";"), collapse = "/")

# --- Fisher's exact test of sparse tables: rows, columns, most patients (R itself takes minutes beyond)
shapes <- rbind(c(2, 2, 139), c(3, 2, 139), c(4, 2, 139), c(5, 2, 139), c(8, 2, 139), c(12, 2, 100), c(3, 3, 139),
                c(4, 3, 139), c(5, 3, 110), c(6, 3, 60), c(4, 4, 60), c(5, 5, 40))
random_table <- function(r, c, n) repeat {
  share <- if (c == 2) c(.7, .3) else rexp(c) + .3
  t <- matrix(table(factor(sample(r, n, TRUE, rexp(r)), 1:r), factor(sample(c, n, TRUE, share), 1:c)), r, c)
  if (all(rowSums(t) > 0) && all(colSums(t) > 0)) return(t)
}
fisher <- do.call(rbind, lapply(seq_len(nrow(shapes)), function(k) do.call(rbind, lapply(1:6, function(i) {
  s <- shapes[k, ]
  t <- random_table(s[1], s[2], if (i == 1) s[3] else sample(max(20, s[1] * s[2]):s[3], 1))
  data.frame(rows = s[1], columns = s[2], n = sum(t), cells = cells(t), p_value = fisher.test(t, workspace = 2e8)$p.value)
}))))
save_csv(fisher, "fisher_expected.csv")

# --- a table too large for any exact test: R's simulation, with ten times our number of random tables
t <- matrix(30, 6, 6); t[1, 1] <- 2
large <- data.frame(cells = cells(t), p_value = fisher.test(t, simulate.p.value = TRUE, B = 1e6)$p.value)
save_csv(large, "fisher_simulated_expected.csv")

# --- standardised mean differences, mean over the pairs of groups: Yang & Dalton 2012, as tableone computes them
pairs_mean <- function(n, f) mean(apply(combn(n, 2), 2, function(k) f(k[1], k[2])))
smd_counts <- function(t) {
  p <- sweep(t, 2, colSums(t), "/")[-1, , drop = FALSE]
  covariance <- function(q) diag(q, length(q)) - q %*% t(q)
  pairs_mean(ncol(t), function(i, j) {
    d <- p[, i] - p[, j]
    sqrt(drop(t(d) %*% MASS::ginv((covariance(p[, i]) + covariance(p[, j])) / 2) %*% d))
  })
}
tables <- list(t_stage = rbind(c(48, 14), c(46, 26), c(4, 1)), n_stage = rbind(c(56, 27), c(23, 12), c(12, 2), c(5, 0)),
               subtype = rbind(c(29, 13), c(21, 9), c(17, 8), c(16, 3), c(15, 8)), menopause = rbind(c(31, 13), c(65, 27)),
               three = rbind(c(30, 12, 20), c(25, 8, 3), c(10, 9, 11)))
smd <- do.call(rbind, lapply(names(tables), function(k) data.frame(case = k, cells = cells(tables[[k]]), smd = smd_counts(tables[[k]]))))
save_csv(smd, "smd_expected.csv")

# --- a number in three groups: (case, group, value), and the tests of all three
samples <- list(normal = list(rnorm(30, 50, 10), rnorm(14, 56, 10), rnorm(20, 51, 10)),
                spread = list(rnorm(40), rnorm(12, .8, 4), rnorm(15, -.5, .3)),
                skewed = list(rexp(25), rexp(30, .5), rexp(18)), tied = list(rpois(20, 2), rpois(15, 3), rpois(12, 2)))
long <- do.call(rbind, lapply(names(samples), function(k) do.call(rbind, lapply(1:3, function(g)
  data.frame(case = k, group = letters[g], value = samples[[k]][[g]])))))
save_csv(long, "several_input.csv")
several <- do.call(rbind, lapply(names(samples), function(k) {
  d <- long[long$case == k, ]
  a <- oneway.test(value ~ group, d, var.equal = TRUE); w <- oneway.test(value ~ group, d)
  r <- kruskal.test(value ~ factor(group), d); v <- tapply(d$value, d$group, var); m <- tapply(d$value, d$group, mean)
  data.frame(case = k, anova_f = unname(a$statistic), anova_p = a$p.value, welch_f = unname(w$statistic),
             welch_df = unname(w$parameter[2]), welch_p = w$p.value, kruskal = unname(r$statistic), kruskal_p = r$p.value,
             smd = pairs_mean(3, function(i, j) unname(abs(m[i] - m[j]) / sqrt((v[i] + v[j]) / 2))),
             shapiro_min_p = min(tapply(d$value, d$group, function(x) shapiro.test(x)$p.value)))
}))
save_csv(several, "several_expected.csv")

# --- ordered levels of two groups: their ranks (t_stage and n_stage above)
ordered <- do.call(rbind, lapply(c("t_stage", "n_stage"), function(k) {
  t <- tables[[k]]
  r <- suppressWarnings(wilcox.test(rep(seq_len(nrow(t)), t[, 1]), rep(seq_len(nrow(t)), t[, 2])))
  data.frame(case = k, w = unname(r$statistic), p_value = r$p.value)
}))
save_csv(ordered, "ordered_expected.csv")
cat(R.version.string, "MASS", as.character(packageVersion("MASS")), "\n")
