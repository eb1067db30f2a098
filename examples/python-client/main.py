"""Solves two tasks of BFCL with the answers that a good model would give, through a running server.

    npx stepwell serve &
    pip install ./python && python examples/python-client/main.py [ws://127.0.0.1:8000]
"""

import asyncio
import sys

import stepwell

ANSWERS = {
    "multi_turn_base_3": [
        '<tool_call>\n{"name": "find", "arguments": {"path": ".", "name": "test"}}\n</tool_call>',
        "These are the files.",
        """<tool_call>
{"name": "cd", "arguments": {"folder": "projects"}}
</tool_call>
<tool_call>
{"name": "cd", "arguments": {"folder": "photography"}}
</tool_call>
<tool_call>
{"name": "cp", "arguments": {"source": "test_image1.jpg", "destination": "backup_tests"}}
</tool_call>
<tool_call>
{"name": "cp", "arguments": {"source": "test_document.txt", "destination": "backup_tests"}}
</tool_call>""",
        "Both are copied.",
    ],
    "multi_turn_base_7": [
        """<tool_call>
{"name": "cd", "arguments": {"folder": "academic_venture"}}
</tool_call>
<tool_call>
{"name": "mkdir", "arguments": {"dir_name": "academic_hub"}}
</tool_call>""",
        "The folder is there.",
        '<tool_call>\n{"name": "find", "arguments": {"path": ".", "name": "goal"}}\n</tool_call>',
        "I found it.",
        '<tool_call>\n{"name": "cat", "arguments": {"file_name": "goals.txt"}}\n</tool_call>',
        "That is what it says.",
    ],
}


async def main(url: str) -> None:
    """Plays each task and prints its reward."""
    async with stepwell.connect(url) as well:
        for task_id, answers in ANSWERS.items():
            async with await well.create("bfcl", task_id) as inst:
                for answer in answers:
                    step = await inst.step({"role": "assistant", "content": answer})
                print(task_id, "completed" if step.is_terminated else "open", await inst.evaluate(sparse=True))


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8000"))
