"""The programs that are measured, one a file, each with the adjoint of an expert."""

from benchmarks.rows import loop, network, neuron, stencil

ROWS = (neuron.ROW, loop.ROW, network.ROW, stencil.ROW)
