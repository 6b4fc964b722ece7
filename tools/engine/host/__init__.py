"""The Python language host: what lets an engine without Pulumi's own host run Python programs.

It speaks `pulumirpc.LanguageRuntime`: runs a program through the SDK's own executor, policy packs and
plugins through the SDK's own entry points, and says which provider packages a program has installed.

It is a stand-in for machines where no Pulumi release can be installed, and is never used where one is on
PATH. Left out, and refused in a sentence: code generation, packaging, debuggers, Poetry.
"""
