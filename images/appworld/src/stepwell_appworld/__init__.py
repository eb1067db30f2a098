"""AppWorld as a Stepwell worker; `stepwell_appworld.environment:AppWorld` is the environment.

Nothing of the engine is imported before `prepare`, so that the worker's supervisor stays small and keeps its clock.
"""
