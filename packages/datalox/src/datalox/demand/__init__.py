"""Goal-directed evaluation: predicates that are never materialised are solved when asked."""

from datalox.demand.solver import NUMERIC_TYPES, Solver, base_name

__all__ = ["NUMERIC_TYPES", "Solver", "base_name"]
