"""Columns of numbers, each with the bounds within which it means something."""

from typing import Annotated, Final

from pydantic import Field
from sqlalchemy import BigInteger, Boolean, Float, Integer
from sqlalchemy.orm import mapped_column

from mxc.server.kernel.resource.fields.look import Look

MAX_INTEGER: Final = 2**53
MAX_CORES: Final = 100_000
MAX_MEGABYTES: Final = 1_000_000_000

Flag = Annotated[bool, mapped_column(Boolean), Field(strict=True), Look("flag", example=True)]
Count = Annotated[
    int, mapped_column(BigInteger), Field(ge=0, le=MAX_INTEGER, strict=True), Look("count", example=3)
]
Whole = Annotated[
    int,
    mapped_column(BigInteger),
    Field(ge=-MAX_INTEGER, le=MAX_INTEGER, strict=True),
    Look("whole", example=-12),
]
Number = Annotated[
    float,
    mapped_column(Float(53)),
    Field(ge=-1e300, le=1e300, allow_inf_nan=False, strict=True),
    Look("number", example=21.5),
]
NonNegative = Annotated[
    float,
    mapped_column(Float(53)),
    Field(ge=0, le=1e15, allow_inf_nan=False, strict=True),
    Look("number", example=0.5),
]
Percentage = Annotated[
    float,
    mapped_column(Float(53)),
    Field(ge=0, le=100, allow_inf_nan=False, strict=True),
    Look("percentage", "%", example=97.5),
]
Port = Annotated[int, mapped_column(Integer), Field(ge=1, le=65_535, strict=True), Look("port", example=8443)]
Cores = Annotated[
    float,
    mapped_column(Float(53)),
    Field(gt=0, le=MAX_CORES, allow_inf_nan=False, strict=True),
    Look("cores", "cores", example=1.5),
]
Megabytes = Annotated[
    int,
    mapped_column(BigInteger),
    Field(gt=0, le=MAX_MEGABYTES, strict=True),
    Look("megabytes", "MB", example=512),
]
