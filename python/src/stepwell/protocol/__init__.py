"""The wire, as docs/protocol.md has it: codec, frames, errors, limits. No I/O."""
