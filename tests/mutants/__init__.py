"""How much the suite notices: `make mutants` plants one fault at a time and runs the tests that execute its line.

cosmic-ray makes the mutants, because it changes one place of a file and nothing else, as a person would. mutmut 3
was tried first: it rewrites every function into a set of variants behind a trampoline, which leaves decorated
functions, class bodies and module level alone, where handlers, models and tables of this project live. cosmic-ray's
own runner starts the whole suite for each mutant, so running is ours: `tracing` knows from coverage which tests
execute which line, and `running` starts only those, the nearest and quickest first.
"""
