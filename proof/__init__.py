"""The proof: real processes, real faults, and a count by somebody else of what happened.

`workload` makes triggers whose effects it knows beforehand, `faults` breaks what can break meanwhile,
`verify` reads topics and tables by itself and compares. Workload and verifier share no code with the engine.
The door is `perform.perform`; a worker comes in by `worker`, and needs little else of this.
"""
