"""The sandbox for untrusted files and native code.

The service imports `process`, which starts and ends sandboxed processes. `confinement`,
`seccomp` and `fork` run inside them: standard library only, so that a process starts quickly.
"""
