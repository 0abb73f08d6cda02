"""Why a fact holds, and why it does not: proofs and refusals, re-solved from the rules when asked."""

from datalox.explain.rendering import render

__all__ = ["render"]
