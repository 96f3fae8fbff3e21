"""Benchmarks of what the README claims about speed. Run: pytest benchmarks/ --benchmark-only"""
