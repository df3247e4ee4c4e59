"""The programs that are measured, one a file, each with the adjoint of an expert."""

from benchmarks.rows import (
    chain,
    jacobi,
    loop,
    lorenz,
    matrix,
    mixture,
    network,
    neuron,
    options,
    recurrent,
    rosenbrock,
    stencil,
)

ROWS = (
    neuron.ROW,
    rosenbrock.ROW,
    chain.SHORT,
    chain.LONG,
    stencil.ROW,
    mixture.ROW,
    options.ROW,
    network.DOUBLE,
    network.SINGLE,
    recurrent.ROW,
    jacobi.ROW,
    matrix.ROW,
    loop.ROW,
    lorenz.ROW,
)
