"""A fuzzer for scenes and for every reader of a user's file: `python -m tests.attacks --help`.

Each case is a seed, mutated; it must end in time, in little memory, taken or refused in one clean line.
"""
