"""Collections of gene sets: added from a file, fetched from who publishes them, listed with their coverage.

::

    records       what is known of a collection: licence, source, SHA-256, use
    adding        a GMT file of the user's into the study
    sources       who publishes gene sets and gene names, one record each
    decoding      what a source sends, checked and brought into the file that the study keeps
    connections   requests and what goes wrong with them; the only place of the house that speaks to a server
    downloading   whole files: resumed, retried, measured
    fetching      a source into the study
    covering      how much of every set the study's matrix has
    listing       all collections of a study
"""
