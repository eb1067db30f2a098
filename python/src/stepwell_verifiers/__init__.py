"""The name under which verifiers finds Stepwell's tasks: `--env.taskset.id stepwell-verifiers` (its ids have no dots)."""

from stepwell.verifiers import StepwellConfig, StepwellEnv, StepwellEnvConfig, StepwellTask, StepwellTaskset

__all__ = ["StepwellConfig", "StepwellEnv", "StepwellEnvConfig", "StepwellTask", "StepwellTaskset"]
