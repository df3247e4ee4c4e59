"""What the generated code, the calls and the imports cost, as ratios: ``python -m benchmarks``."""
