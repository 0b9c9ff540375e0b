#!/usr/bin/env python3
"""A training step of Stable Diffusion's U-Net in PyTorch eager, as the text-to-image example of diffusers has it: the peer of `SdTrainBench`.

One step: latents, texts and noise are drawn, forward, mean squared error, backward, clip at norm 1, fused AdamW, moving average of all weights. --width 320 is
version 1-4; modules have the names of its state dict. Ends with one JSON line in the form of the other peers.
"""
import argparse, json, math, resource, statistics, time
import torch
from torch import nn
from torch.nn import functional as F

TOKENS, TEXT, TIMES = 77, 768, 1000


def config(width):
    cross, plain = "CrossAttnDownBlock2D", "DownBlock2D"
    return dict(in_channels=4, out_channels=4, block_out_channels=[width, 2 * width, 4 * width, 4 * width], layers_per_block=2, cross_attention_dim=TEXT,
                attention_head_dim=8, norm_num_groups=32, down_block_types=[cross] * 3 + [plain])


class Resnet(nn.Module):
    def __init__(self, inputs, outputs, emb, groups):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(groups, inputs, 1e-5), nn.Conv2d(inputs, outputs, 3, padding=1)
        self.time_emb_proj = nn.Linear(emb, outputs)
        self.norm2, self.conv2 = nn.GroupNorm(groups, outputs, 1e-5), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x, emb):
        h = self.conv1(F.silu(self.norm1(x))) + self.time_emb_proj(F.silu(emb))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return h + (x if self.conv_shortcut is None else self.conv_shortcut(x))


class Attention(nn.Module):
    def __init__(self, width, context, heads):
        super().__init__()
        self.heads = heads
        self.to_q, self.to_k, self.to_v = (nn.Linear(n, width, bias=False) for n in (width, context, context))
        self.to_out = nn.ModuleList([nn.Linear(width, width)])

    def forward(self, x, context):
        q, k, v = (m(y).unflatten(2, (self.heads, -1)).transpose(1, 2) for m, y in ((self.to_q, x), (self.to_k, context), (self.to_v, context)))
        return self.to_out[0](F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Gated(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.proj = nn.Linear(width, 8 * width)

    def forward(self, x):
        a, gate = self.proj(x).chunk(2, -1)
        return a * F.gelu(gate)


class FeedForward(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.net = nn.ModuleList([Gated(width), nn.Identity(), nn.Linear(4 * width, width)])

    def forward(self, x):
        return self.net[2](self.net[0](x))


class Block(nn.Module):
    def __init__(self, width, context, heads):
        super().__init__()
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))
        self.attn1, self.attn2, self.ff = Attention(width, width, heads), Attention(width, context, heads), FeedForward(width)

    def forward(self, x, context):
        y = self.norm1(x)
        x = x + self.attn1(y, y)
        x = x + self.attn2(self.norm2(x), context)
        return x + self.ff(self.norm3(x))


class Transformer(nn.Module):
    def __init__(self, width, context, heads, groups):
        super().__init__()
        self.norm, self.proj_in = nn.GroupNorm(groups, width, 1e-6), nn.Conv2d(width, width, 1)
        self.transformer_blocks = nn.ModuleList([Block(width, context, heads)])
        self.proj_out = nn.Conv2d(width, width, 1)

    def forward(self, x, context):
        h = self.proj_in(self.norm(x))
        tokens = self.transformer_blocks[0](h.flatten(2).transpose(1, 2), context)
        return x + self.proj_out(tokens.transpose(1, 2).unflatten(2, h.shape[2:]))


class Sampler(nn.Module):
    """A convolution that halves the sides, or one after they are doubled."""
    def __init__(self, width, up):
        super().__init__()
        self.up, self.conv = up, nn.Conv2d(width, width, 3, 1 if up else 2, 1)

    def forward(self, x):
        return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest") if self.up else x)


class Level(nn.Module):
    def __init__(self, channels, emb, c, attends, sampler):
        super().__init__()
        groups, outputs = c["norm_num_groups"], channels[0][1]
        self.attentions = nn.ModuleList([Transformer(outputs, c["cross_attention_dim"], c["attention_head_dim"], groups) for _ in channels] if attends else [])
        self.resnets = nn.ModuleList([Resnet(i, o, emb, groups) for i, o in channels])
        self.samplers = None if sampler is None else "upsamplers" if sampler else "downsamplers"
        if self.samplers:
            setattr(self, self.samplers, nn.ModuleList([Sampler(outputs, sampler)]))

    def unit(self, k, x, emb, context):
        h = self.resnets[k](x, emb)
        return self.attentions[k](h, context) if len(self.attentions) else h

    def sample(self, x):
        return getattr(self, self.samplers)[0](x)


class Mid(nn.Module):
    def __init__(self, width, emb, c):
        super().__init__()
        groups = c["norm_num_groups"]
        self.attentions = nn.ModuleList([Transformer(width, c["cross_attention_dim"], c["attention_head_dim"], groups)])
        self.resnets = nn.ModuleList([Resnet(width, width, emb, groups) for _ in range(2)])

    def forward(self, x, emb, context):
        return self.resnets[1](self.attentions[0](self.resnets[0](x, emb), context), emb)


class TimeEmbedding(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear_1, self.linear_2 = nn.Linear(inputs, outputs), nn.Linear(outputs, outputs)

    def forward(self, x):
        return self.linear_2(F.silu(self.linear_1(x)))


class UNet(nn.Module):
    def __init__(self, c):
        super().__init__()
        widths, n = c["block_out_channels"], c["layers_per_block"]
        first, emb, last = widths[0], 4 * widths[0], len(widths) - 1
        attends = [kind.startswith("CrossAttn") for kind in c["down_block_types"]]
        self.conv_in, self.time_embedding = nn.Conv2d(c["in_channels"], first, 3, padding=1), TimeEmbedding(first, emb)
        self.down_blocks, self.up_blocks = nn.ModuleList(), nn.ModuleList()
        skips, h = [first], first
        for i, o in enumerate(widths):
            self.down_blocks.append(Level([(o if j else h, o) for j in range(n)], emb, c, attends[i], None if i == last else False))
            skips += [o] * (n if i == last else n + 1)
            h = o
        self.mid_block = Mid(h, emb, c)
        for i in range(last, -1, -1):
            channels = []
            for _ in range(n + 1):
                channels.append((h + skips.pop(), widths[i]))
                h = widths[i]
            self.up_blocks.append(Level(channels, emb, c, attends[i], True if i else None))
        self.conv_norm_out, self.conv_out = nn.GroupNorm(c["norm_num_groups"], first, 1e-5), nn.Conv2d(first, c["out_channels"], 3, padding=1)
        self.register_buffer("frequencies", torch.exp(-math.log(10000) * torch.arange(first // 2) / (first // 2)), persistent=False)

    def forward(self, x, t, context):
        angles = t.float()[:, None] * self.frequencies
        emb = self.time_embedding(torch.cat([angles.cos(), angles.sin()], 1))
        h = self.conv_in(x)
        skips = [h]
        for level in self.down_blocks:
            for k in range(len(level.resnets)):
                h = level.unit(k, h, emb, context)
                skips.append(h)
            if level.samplers:
                h = level.sample(h)
                skips.append(h)
        h = self.mid_block(h, emb, context)
        for level in self.up_blocks:
            for k in range(len(level.resnets)):
                h = level.unit(k, torch.cat([h, skips.pop()], 1), emb, context)
            h = level.sample(h) if level.samplers else h
        return self.conv_out(F.silu(self.conv_norm_out(h)))


class Training:
    def __init__(self, args):
        self.args, self.net = args, UNet(config(args.width)).train()
        if args.channels_last:
            self.net = self.net.to(memory_format=torch.channels_last)
        self.weights = list(self.net.parameters())
        self.optimizer = torch.optim.AdamW(self.weights, lr=1e-5, weight_decay=1e-2, fused=True)
        self.ema = [w.detach().clone() for w in self.weights]
        self.alpha_bar = torch.cumprod(1 - torch.linspace(0.00085**0.5, 0.012**0.5, TIMES, dtype=torch.float64) ** 2, 0)
        self.updates, self.loss = 0, None

    def step(self):
        shape = (self.args.batch, 4, self.args.cells, self.args.cells)
        x0, texts, eps = torch.randn(shape), torch.randn(shape[0], TOKENS, TEXT), torch.randn(shape)
        t = torch.randint(0, TIMES, (shape[0],))
        a = self.alpha_bar[t].float()[:, None, None, None]
        xt = a.sqrt() * x0 + (1 - a).sqrt() * eps
        if self.args.channels_last:
            xt = xt.to(memory_format=torch.channels_last)
        self.optimizer.zero_grad(set_to_none=True)
        loss = F.mse_loss(self.net(xt, t, texts), eps)
        loss.backward()
        nn.utils.clip_grad_norm_(self.weights, 1.0)
        self.optimizer.step()
        past = self.updates
        self.updates += 1
        decay = min(0.9999, (1 + past) / (10 + past)) if past else 0.0
        torch._foreach_lerp_(self.ema, [w.detach() for w in self.weights], 1 - decay)
        self.loss = loss.item()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("width", 64), ("cells", 32), ("batch", 4), ("threads", 1), ("steps", 3), ("warmup", 1)):
        p.add_argument("--" + name, type=int, default=value)
    p.add_argument("--channels-last", action="store_true")
    args = p.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    training, seconds = Training(args), []
    for k in range(args.warmup + args.steps):
        begin = time.perf_counter()
        training.step()
        seconds += [time.perf_counter() - begin] if k >= args.warmup else []
    median = statistics.median(seconds)
    print(json.dumps({"name": "sd_train", "device": "cpu", "dtype": "float32", "threads": args.threads, "batch": args.batch, "warmup": args.warmup, "steps": args.steps,
                      "seconds_median_per_step": round(median, 6), "items_per_second": round(args.batch / median, 4),
                      "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1), "seconds_min_per_step": round(min(seconds), 6),
                      "torch": torch.__version__, "width": args.width, "cells": args.cells, "channels_last": args.channels_last,
                      "parameters": sum(w.numel() for w in training.weights), "loss_last": round(training.loss, 5)}))


if __name__ == "__main__":
    main()
