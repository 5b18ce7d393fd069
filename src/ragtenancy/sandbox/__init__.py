"""The one sandbox for untrusted files and native code, on which every user of it stands.

`process` starts and ends sandboxed processes and is imported by the service. `confinement`,
`seccomp` and `fork` run inside them: standard library only, so that a process starts quickly.
"""
