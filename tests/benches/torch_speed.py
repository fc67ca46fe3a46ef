"""PyTorch's side of the comparison: python torch_speed.py NETWORK THREADS SECONDS [fused] prints examples per second, by
the clock and by processor time. Whole training steps, from examples in host memory to moved weights."""
import sys
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

EXAMPLES = 4096


class LastStep(nn.Module):
    """A GRU's last output, through a linear layer."""

    def __init__(self, inputs, units, classes):
        super().__init__()
        self.gru = nn.GRU(inputs, units, batch_first=True)
        self.output = nn.Linear(units, classes)

    def forward(self, x):
        return self.output(self.gru(x)[0][:, -1])


def conv(inputs, outputs):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))


NETWORKS = {
    "mlp": (lambda: nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)),
            (784,), 128),
    "cnn": (lambda: nn.Sequential(conv(1, 16), conv(16, 32), nn.Flatten(), nn.Linear(1568, 128), nn.ReLU(),
                                  nn.Linear(128, 10)), (1, 28, 28), 64),
    "large-cnn": (lambda: nn.Sequential(conv(3, 64), conv(64, 128), nn.Flatten(), nn.Linear(8192, 128), nn.ReLU(),
                                        nn.Linear(128, 10)), (3, 32, 32), 64),
    "gru": (lambda: LastStep(20, 128, 10), (50, 20), 64),
}

name, threads, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(0)
build, shape, batch = NETWORKS[name]
network = build()
examples, labels = torch.rand(EXAMPLES, *shape), torch.arange(EXAMPLES) % 10
optimizer = torch.optim.Adam(network.parameters(), **({"fused": True} if "fused" in sys.argv else {}))
order, shown = torch.randperm(EXAMPLES), 0


def step():
    global order, shown
    if shown + batch > EXAMPLES:
        order, shown = torch.randperm(EXAMPLES), 0
    chosen = order[shown:shown + batch]
    shown += batch
    optimizer.zero_grad()
    loss = cross_entropy(network(examples[chosen]), labels[chosen])
    loss.backward()
    optimizer.step()
    return loss.item()


for _ in range(10):
    step()
begin, processor, count = time.perf_counter(), time.process_time(), 0
while time.perf_counter() - begin < seconds:
    step()
    count += batch
print(f"{count / (time.perf_counter() - begin):.1f} {count / (time.process_time() - processor):.1f}")
