"""The literature that the Methods text cites: complete references as text and as BibTeX."""

from __future__ import annotations

from dataclasses import dataclass

_LATEX = {"ä": '{\\"a}', "ö": '{\\"o}', "ü": '{\\"u}', "ğ": "{\\u{g}}", "Ș": "{\\c{S}}", "γ": "{$\\gamma$}"}
_SPECIAL = "&%#_"


@dataclass(frozen=True, slots=True)
class Reference:
    """One paper.

    Attributes
    ----------
    key : str
        By which sentences cite it.
    authors : str
        ``Family initials``, separated by commas; ``et al`` as the last one where there are more.
    title, journal : str
        The journal's name is abbreviated as in MEDLINE.
    year : int
    place : str
        Volume, issue and pages, as ``17(1):87-97``; may be empty.
    doi : str
        Empty where it is not known for sure.
    """

    key: str
    authors: str
    title: str
    journal: str
    year: int
    place: str
    doi: str = ""

    @property
    def text(self) -> str:
        """The reference as a list of references shows it."""
        place = f";{self.place}" if self.place else ""
        doi = f" doi:{self.doi}" if self.doi else ""
        return f"{self.authors}. {self.title}. {self.journal} {self.year}{place}.{doi}"

    @property
    def bibtex(self) -> str:
        """The reference as a BibTeX entry."""
        volume, _, pages = self.place.partition(":")
        volume, _, number = volume.rstrip(")").partition("(")
        fields = {
            "author": " and ".join(_author(name) for name in self.authors.split(", ")),
            "title": f"{{{_latex(self.title)}}}",
            "journal": _latex(self.journal),
            "year": str(self.year),
            "volume": volume,
            "number": number.replace("-", "--"),
            "pages": pages.replace("-", "--"),
            "doi": self.doi,
        }
        lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
        return f"@article{{{self.key},\n" + ",\n".join(lines) + "\n}\n"


def _author(name: str) -> str:
    """Return ``Family, I. J.`` of ``Family IJ``."""
    if name == "et al":
        return "others"
    family, _, initials = name.rpartition(" ")
    return f"{_latex(family)}, " + " ".join(f"{letter}." for letter in initials)


def _latex(text: str) -> str:
    escaped = "".join(f"\\{letter}" if letter in _SPECIAL else letter for letter in text)
    return "".join(_LATEX.get(letter, letter) for letter in escaped)


_ALL = (
    Reference(
        "avants", "Avants BB, Epstein CL, Grossman M, Gee JC",
        "Symmetric diffeomorphic image registration with cross-correlation: evaluating automated labeling of elderly "
        "and neurodegenerative brain",
        "Med Image Anal", 2008, "12(1):26-41", "10.1016/j.media.2007.06.004",
    ),
    Reference(
        "ayers", "Ayers M, Lunceford J, Nebozhyn M, Murphy E, Loboda A, Kaufman DR, et al",
        "IFN-γ-related mRNA profile predicts clinical response to PD-1 blockade",
        "J Clin Invest", 2017, "127(8):2930-2940", "10.1172/JCI91190",
    ),
    Reference(
        "barbie", "Barbie DA, Tamayo P, Boehm JS, Kim SY, Moody SE, Dunn IF, et al",
        "Systematic RNA interference reveals that oncogenic KRAS-driven cancers require TBK1",
        "Nature", 2009, "462(7269):108-112", "10.1038/nature08460",
    ),
    Reference(
        "benjamini", "Benjamini Y, Hochberg Y",
        "Controlling the false discovery rate: a practical and powerful approach to multiple testing",
        "J R Stat Soc Series B", 1995, "57(1):289-300", "10.1111/j.2517-6161.1995.tb02031.x",
    ),
    Reference(
        "bonett", "Bonett DG, Wright TA",
        "Sample size requirements for estimating Pearson, Kendall and Spearman correlations",
        "Psychometrika", 2000, "65(1):23-28", "10.1007/BF02294183",
    ),
    Reference(
        "chen", "Chen Y, Lun ATL, Smyth GK",
        "From reads to genes to pathways: differential expression analysis of RNA-Seq experiments using Rsubread and "
        "the edgeR quasi-likelihood pipeline",
        "F1000Res", 2016, "5:1438", "10.12688/f1000research.8987.2",
    ),
    Reference(
        "clopper", "Clopper CJ, Pearson ES",
        "The use of confidence or fiducial limits illustrated in the case of the binomial",
        "Biometrika", 1934, "26(4):404-413", "10.1093/biomet/26.4.404",
    ),
    Reference(
        "cox", "Cox DR", "Two further applications of a model for binary regression",
        "Biometrika", 1958, "45(3-4):562-565", "10.1093/biomet/45.3-4.562",
    ),
    Reference(
        "delong", "DeLong ER, DeLong DM, Clarke-Pearson DL",
        "Comparing the areas under two or more correlated receiver operating characteristic curves: a nonparametric "
        "approach",
        "Biometrics", 1988, "44(3):837-845", "10.2307/2531595",
    ),
    Reference(
        "friedman", "Friedman J, Hastie T, Tibshirani R",
        "Regularization paths for generalized linear models via coordinate descent",
        "J Stat Softw", 2010, "33(1):1-22", "10.18637/jss.v033.i01",
    ),
    Reference(
        "griethuysen", "van Griethuysen JJM, Fedorov A, Parmar C, Hosny A, Aucoin N, Narayan V, et al",
        "Computational radiomics system to decode the radiographic phenotype",
        "Cancer Res", 2017, "77(21):e104-e107", "10.1158/0008-5472.CAN-17-0339",
    ),
    Reference(
        "hanzelmann", "Hänzelmann S, Castelo R, Guinney J",
        "GSVA: gene set variation analysis for microarray and RNA-Seq data",
        "BMC Bioinformatics", 2013, "14:7", "10.1186/1471-2105-14-7",
    ),
    Reference(
        "john", "John CR, Watson D, Russ D, Goldmann K, Ehrenstein M, Pitzalis C, et al",
        "M3C: Monte Carlo reference-based consensus clustering",
        "Sci Rep", 2020, "10:1816", "10.1038/s41598-020-58766-1",
    ),
    Reference(
        "johnson", "Johnson WE, Li C, Rabinovic A",
        "Adjusting batch effects in microarray expression data using empirical Bayes methods",
        "Biostatistics", 2007, "8(1):118-127", "10.1093/biostatistics/kxj037",
    ),
    Reference(
        "korotkevich", "Korotkevich G, Sukhov V, Budin N, Shpak B, Artyomov MN, Sergushichev A",
        "Fast gene set enrichment analysis", "bioRxiv", 2021, "", "10.1101/060012",
    ),
    Reference(
        "law", "Law CW, Chen Y, Shi W, Smyth GK",
        "voom: precision weights unlock linear model analysis tools for RNA-seq read counts",
        "Genome Biol", 2014, "15(2):R29", "10.1186/gb-2014-15-2-r29",
    ),
    Reference(
        "monti", "Monti S, Tamayo P, Mesirov J, Golub T",
        "Consensus clustering: a resampling-based method for class discovery and visualization of gene expression "
        "microarray data",
        "Mach Learn", 2003, "52(1-2):91-118", "10.1023/A:1023949509487",
    ),
    Reference(
        "phipson2010", "Phipson B, Smyth GK",
        "Permutation p-values should never be zero: calculating exact p-values when permutations are randomly drawn",
        "Stat Appl Genet Mol Biol", 2010, "9(1):39", "10.2202/1544-6115.1585",
    ),
    Reference(
        "phipson2016", "Phipson B, Lee S, Majewski IJ, Alexander WS, Smyth GK",
        "Robust hyperparameter estimation protects against hypervariable genes and improves power to detect "
        "differential expression",
        "Ann Appl Stat", 2016, "10(2):946-963", "10.1214/16-AOAS920",
    ),
    Reference(
        "ritchie", "Ritchie ME, Phipson B, Wu D, Hu Y, Law CW, Shi W, et al",
        "limma powers differential expression analyses for RNA-sequencing and microarray studies",
        "Nucleic Acids Res", 2015, "43(7):e47", "10.1093/nar/gkv007",
    ),
    Reference(
        "robinson", "Robinson MD, Oshlack A",
        "A scaling normalization method for differential expression analysis of RNA-seq data",
        "Genome Biol", 2010, "11(3):R25", "10.1186/gb-2010-11-3-r25",
    ),
    Reference(
        "rooney", "Rooney MS, Shukla SA, Wu CJ, Getz G, Hacohen N",
        "Molecular and genetic properties of tumors associated with local immune cytolytic activity",
        "Cell", 2015, "160(1-2):48-61", "10.1016/j.cell.2014.12.033",
    ),
    Reference(
        "senbabaoglu", "Șenbabaoğlu Y, Michailidis G, Li JZ",
        "Critical limitations of consensus clustering in class discovery",
        "Sci Rep", 2014, "4:6207", "10.1038/srep06207",
    ),
    Reference(
        "shah", "Shah RD, Samworth RJ", "Variable selection with error control: another look at stability selection",
        "J R Stat Soc Series B", 2013, "75(1):55-80", "10.1111/j.1467-9868.2011.01034.x",
    ),
    Reference(
        "shrout", "Shrout PE, Fleiss JL", "Intraclass correlations: uses in assessing rater reliability",
        "Psychol Bull", 1979, "86(2):420-428", "10.1037/0033-2909.86.2.420",
    ),
    Reference(
        "sled", "Sled JG, Zijdenbos AP, Evans AC",
        "A nonparametric method for automatic correction of intensity nonuniformity in MRI data",
        "IEEE Trans Med Imaging", 1998, "17(1):87-97", "10.1109/42.668698",
    ),
    Reference(
        "su", "Su GH, Xiao Y, Jiang L, Zheng RC, Wang H, Chen Y, et al",
        "Radiomics features for assessing tumor-infiltrating lymphocytes correlate with molecular traits of "
        "triple-negative breast cancer",
        "J Transl Med", 2022, "20:471", "10.1186/s12967-022-03688-x",
    ),
    Reference(
        "subramanian", "Subramanian A, Tamayo P, Mootha VK, Mukherjee S, Ebert BL, Gillette MA, et al",
        "Gene set enrichment analysis: a knowledge-based approach for interpreting genome-wide expression profiles",
        "Proc Natl Acad Sci U S A", 2005, "102(43):15545-15550", "10.1073/pnas.0506580102",
    ),
    Reference(
        "tustison", "Tustison NJ, Avants BB, Cook PA, Zheng Y, Egan A, Yushkevich PA, et al",
        "N4ITK: improved N3 bias correction",
        "IEEE Trans Med Imaging", 2010, "29(6):1310-1320", "10.1109/TMI.2010.2046908",
    ),
    Reference(
        "vickers", "Vickers AJ, Elkin EB",
        "Decision curve analysis: a novel method for evaluating prediction models",
        "Med Decis Making", 2006, "26(6):565-574", "10.1177/0272989X06295361",
    ),
    Reference(
        "yushkevich", "Yushkevich PA, Pluta J, Wang H, Wisse LEM, Das S, Wolk D",
        "Fast automatic segmentation of hippocampal subfields and medial temporal lobe subregions in 3 Tesla and "
        "7 Tesla T2-weighted MRI",
        "Alzheimers Dement", 2016, "12(7 Suppl):P126-P127",
    ),
    Reference(
        "zou", "Zou H, Hastie T", "Regularization and variable selection via the elastic net",
        "J R Stat Soc Series B", 2005, "67(2):301-320", "10.1111/j.1467-9868.2005.00503.x",
    ),
)  # fmt: skip

REFERENCES: dict[str, Reference] = {reference.key: reference for reference in _ALL}
