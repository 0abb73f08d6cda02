"""`datalox check FILE…`"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from datalox.check import analyse
from datalox.command.programs import read_programs
from datalox.diagnostics import render
from datalox.terms import Decl

WORDS: Final = "report every mistake of the programs taken together"


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    programs = read_programs(options.files)
    declared = any(isinstance(found, Decl) for program in programs for found in program.declarations)
    analysis = analyse(programs, open_world=not declared)
    if analysis.warnings:
        write(render(analysis.warnings, {program.name: program.text for program in programs}) + "\n")
    rules = sum(len(program.rules) for program in programs)
    write(f"no errors: modules {len(programs)}, rules {rules}, warnings {len(analysis.warnings)}\n")
    return 0
