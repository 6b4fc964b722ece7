"""Measures, always as ratios within one run: the machine may be busy, both sides then suffer alike."""
