"""A small set of people, data and tasks of our own, in the form that the engine reads. None is the benchmark's."""
