"""GRPO on BFCL with TRL: `pip install 'stepwell[trl]'`, a running server, then `python trl_grpo.py MODEL [SERVER]`."""

import sys

from datasets import Dataset
from stepwell.trl import environments
from trl import GRPOConfig, GRPOTrainer

model = sys.argv[1]
server = sys.argv[2] if len(sys.argv) > 2 else "ws://127.0.0.1:8000"
factories, rows = environments(server, "bfcl", "train_clean", group=8)
trainer = GRPOTrainer(
    model=model,
    train_dataset=Dataset.from_list(rows),
    environment_factory=factories,
    args=GRPOConfig(output_dir="bfcl-grpo", num_generations=8, per_device_train_batch_size=8, max_completion_length=8192),
)
trainer.train()
