"""datalox: an incremental, explainable Datalog."""

from datalox.diagnostics import DatalogError, Diagnostic
from datalox.explain.edits import Repair
from datalox.explain.proof import Proof
from datalox.explain.refusal import Refusal
from datalox.maintain.budget import Budget
from datalox.program import Program
from datalox.session.changes import Change
from datalox.session.engine import ANY
from datalox.session.modules import Module
from datalox.session.session import Session
from datalox.session.snapshot import Snapshot
from datalox.session.transaction import Transaction
from datalox.session.watch import Watch
from datalox.terms import Symbol

__all__ = [
    "ANY",
    "Budget",
    "Change",
    "DatalogError",
    "Diagnostic",
    "Module",
    "Program",
    "Proof",
    "Refusal",
    "Repair",
    "Session",
    "Snapshot",
    "Symbol",
    "Transaction",
    "Watch",
]
