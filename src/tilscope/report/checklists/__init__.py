"""The checklists that journals ask for, answered from what the study's run left behind.

``numbers`` are the items' own numbers; ``clear``, ``metrics`` and ``tripod_ai`` are their tables; ``patients``,
``imaging``, ``modelling`` and ``evaluation`` answer from the results; ``authors`` reads what only humans know;
``answering`` brings both together, ``scoring`` is the METRICS score and ``writing`` the files for the supplement.
"""
