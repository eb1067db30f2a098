"""An episode through SkyRL-gym: `pip install 'stepwell[skyrl]'`, a running server, then `python skyrl_episode.py [SERVER]`."""

import sys

import skyrl_gym
import stepwell
import stepwell.skyrl

server = sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8000"
(row,) = stepwell.dataset("guess", "train", "skyrl", url=server, limit=1)
env = skyrl_gym.make(row["env_class"], env_config={"url": server}, extras=row)
conversation, about = env.init(row["prompt"])
low, high, output = 1, 100, {"done": False}
while not output["done"]:
    guess = (low + high) // 2
    output = env.step(str(guess))
    if not output["done"]:
        low, high = (low, guess - 1) if output["observations"][0]["content"] == "Lower." else (guess + 1, high)
env.close()
print(env.get_metrics())
stepwell.skyrl.close_clients()
