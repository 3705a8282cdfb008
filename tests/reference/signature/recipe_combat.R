# Writes combat_input.csv and combat_expected.csv beside this file.
suppressMessages(library(sva))
set.seed(20071)

sites <- rep(c("A", "B", "C", "D"), c(17, 12, 9, 5))
n <- length(sites); p <- 24
shift <- list(A = 0, B = 1.1, C = -.7, D = .4); spread <- c(A = 1, B = 1.6, C = .6, D = 1.2)
size <- 10^runif(p, -4, 4); middle <- rnorm(p, 0, 3)
values <- t(sapply(seq_len(n), function(j) {
  s <- sites[j]
  size * (middle + shift[[s]] + spread[[s]] * rnorm(p))
}))
# each feature has its own site effects beside the common ones
for (s in unique(sites)) values[sites == s, ] <- sweep(values[sites == s, ], 2, size * rnorm(p, 0, .4), "+")
values[sites == "C", 7] <- size[7] * 2        # constant at one site: sva leaves it alone
order <- sample(n)                            # sites mixed, as in a real table
values <- values[order, ]; sites <- sites[order]
dimnames(values) <- list(sprintf("sub-%02d", seq_len(n)), sprintf("f%02d", seq_len(p)))
number <- function(x) format(x, digits = 17, trim = TRUE, scientific = TRUE)
write.csv(data.frame(patient = rownames(values), site = sites, apply(values, 2, number), check.names = FALSE),
          "combat_input.csv", row.names = FALSE, quote = FALSE)

shipped <- sva:::it.sol
converged <- shipped; formals(converged)$conv <- 1e-14
combat <- sva::ComBat
# mean.only with the true number of patients where sva has 1
by_number <- combat
body(by_number) <- parse(text = sub("gamma\\.bar\\[i\\],\\s+1, 1, t2\\[i\\]", "gamma.bar[i], n.batches[i], 1, t2[i]",
  paste(deparse(body(combat)), collapse = "\n")))[[1]]
stopifnot(any(grepl("n.batches[i], 1, t2[i]", deparse(body(by_number)), fixed = TRUE)))

two <- sites %in% c("A", "B")
cases <- list(
  list(name = "shipped", f = combat, loop = shipped, rows = TRUE, args = list()),
  list(name = "all", f = combat, loop = converged, rows = TRUE, args = list()),
  list(name = "two_sites", f = combat, loop = converged, rows = two, args = list()),
  list(name = "reference", f = combat, loop = converged, rows = TRUE, args = list(ref.batch = "B")),
  list(name = "location_only", f = by_number, loop = converged, rows = TRUE, args = list(mean.only = TRUE)),
  list(name = "location_reference", f = by_number, loop = converged, rows = TRUE,
       args = list(mean.only = TRUE, ref.batch = "A")),
  list(name = "location_shipped", f = combat, loop = shipped, rows = TRUE, args = list(mean.only = TRUE)))
made <- lapply(cases, function(case) {
  assignInNamespace("it.sol", case$loop, "sva")
  x <- t(values[case$rows, ])
  out <- suppressMessages(do.call(case$f, c(list(dat = x, batch = sites[case$rows], mod = NULL, par.prior = TRUE), case$args)))
  data.frame(case = case$name, patient = colnames(x), apply(out, 1, number), check.names = FALSE)
})
write.csv(do.call(rbind, made), "combat_expected.csv", row.names = FALSE, quote = FALSE)
cat(R.version.string, "sva", format(packageVersion("sva")), "\n")
