"""Real BFCL tasks, solved through the client."""

from __future__ import annotations

import asyncio

import stepwell


def test_tasks_of_all_categories_are_solved_in_batches(bfcl_url: str, truth: dict[str, list[stepwell.Message]]) -> None:
    async def main() -> list[stepwell.Evaluation | stepwell.StepwellError]:
        async with stepwell.connect(bfcl_url) as well:
            created = await well.create_many("bfcl", truth)
            held = [inst for inst in created if isinstance(inst, stepwell.AsyncInstance)]
            assert len(held) == len(truth)
            script = {inst.id: list(truth[inst.task_id]) for inst in held}
            live = held
            while live:
                steps = await well.step_many(live, [script[inst.id].pop(0) for inst in live])
                over = [isinstance(step, stepwell.StepResult) and step.is_terminated for step in steps]
                live = [inst for inst, done in zip(live, over, strict=True) if not done]
            scores = await well.evaluate_many(held)
            await well.release_many(held)
            return scores

    scores = asyncio.run(main())
    assert [score.reward if isinstance(score, stepwell.Evaluation) else score for score in scores] == [1.0] * len(truth)
