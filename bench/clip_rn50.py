#!/usr/bin/env python3
"""The image tower of CLIP RN50 (Radford et al., 2021, section 2.4) in PyTorch eager: the peer of `EncodeBench --model clip_rn50`.

One step is a forward pass of a batch in evaluation mode and the copy of its features. Ends with one JSON line in the form of the other peers.
"""
import argparse, json, statistics, time
import torch
from torch import nn
from torch.nn import functional as F


def unit(inputs, outputs, kernel, stride=1):
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)]


class Block(nn.Module):
    """A bottleneck whose stride is an average pool before the last convolution and in the shortcut."""
    def __init__(self, inputs, width, stride):
        super().__init__()
        shrink = [nn.AvgPool2d(stride)] if stride > 1 else []
        self.main = nn.Sequential(*unit(inputs, width, 1), nn.ReLU(True), *unit(width, width, 3), nn.ReLU(True), *shrink, *unit(width, 4 * width, 1))
        self.shortcut = nn.Sequential(*shrink, *unit(inputs, 4 * width, 1)) if stride > 1 or inputs != 4 * width else nn.Identity()

    def forward(self, x):
        return F.relu(self.main(x) + self.shortcut(x))


class Tower(nn.Module):
    def __init__(self, width=64, blocks=(3, 4, 6, 3), heads=32, out=1024, side=224):
        super().__init__()
        half, inputs, layers = width // 2, width, []
        self.stem = nn.Sequential(*unit(3, half, 3, 2), nn.ReLU(True), *unit(half, half, 3), nn.ReLU(True), *unit(half, width, 3), nn.ReLU(True), nn.AvgPool2d(2))
        for level, count in enumerate(blocks):
            for k in range(count):
                layers.append(Block(inputs, width << level, 2 if level and not k else 1))
                inputs = 4 * (width << level)
        self.blocks, self.heads = nn.Sequential(*layers), heads
        self.positions = nn.Parameter(torch.randn((side // 32) ** 2 + 1, inputs) / inputs**0.5)
        self.q, self.k, self.v, self.out = nn.Linear(inputs, inputs), nn.Linear(inputs, inputs), nn.Linear(inputs, inputs), nn.Linear(inputs, out)

    def forward(self, x):
        x = self.blocks(self.stem(x)).flatten(2).transpose(1, 2)  # [B, 49, 2048]
        x = torch.cat([x.mean(1, keepdim=True), x], 1) + self.positions
        split = lambda y: y.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(split(self.q(x[:, :1])), split(self.k(x)), split(self.v(x)))
        return self.out(mixed.transpose(1, 2).flatten(2))[:, 0]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    for name, value in (("batch", 16), ("threads", 1), ("steps", 5), ("warmup", 1)):
        p.add_argument("--" + name, type=int, default=value)
    p.add_argument("--channels-last", action="store_true")
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    net, x = Tower().eval(), torch.randn(args.batch, 3, 224, 224)
    if args.channels_last:
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    seconds = []
    with torch.no_grad():
        for k in range(args.warmup + args.steps):
            begin = time.perf_counter()
            net(x).clone()
            seconds += [time.perf_counter() - begin] if k >= args.warmup else []
    print(json.dumps({"name": "encode_clip_rn50", "device": "cpu", "dtype": "float32", "threads": args.threads, "batch": args.batch, "steps": args.steps,
                      "seconds_median_per_step": round(statistics.median(seconds), 6), "items_per_second": round(args.batch / statistics.median(seconds), 3),
                      "torch": torch.__version__, "seconds_min_per_step": round(min(seconds), 6), "channels_last": args.channels_last,
                      "parameters": sum(q.numel() for q in net.parameters())}))


if __name__ == "__main__":
    main()
