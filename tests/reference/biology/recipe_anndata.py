"""Made with anndata 0.12.19, pandas 2.3.3: ``python recipe_anndata.py``, then ``gzip -9n anndata_small.h5ad``."""

import anndata
import numpy as np
import pandas as pd
from scipy import sparse

rng = np.random.default_rng(7)
genes = ["CD8A", "GZMA", "PRF1", "ESR1", "NA", "ACTB", "IL8", "CD274"]
x = np.round(rng.uniform(0, 12, (4, 8)), 2)
x[x < 4] = 0
groups = pd.DataFrame(
    {"group": pd.Categorical(["high", "low", "low", "high"])}, index=["001", "NA", "1E5", "p-4"]
)
adata = anndata.AnnData(
    x.astype(np.float32), obs=groups, var=pd.DataFrame({"chromosome": ["2"] * 8}, index=genes)
)
adata.layers["counts"] = sparse.csr_matrix(np.floor(2**x))
adata.layers["csc"] = sparse.csc_matrix(x)
adata.write_h5ad("anndata_small.h5ad", compression="gzip")
pd.DataFrame(adata.X.T.astype(float), index=genes, columns=adata.obs_names).to_csv("anndata_small_x.csv")
