"""A rival: YOLOv8n and YOLOv8s in plain PyTorch, fp16 and channels last, with the work that Ringside's engine does around the network.

    python3 torch_yolov8.py --size n --batches 1,8,32,64 --seconds 2 --mode eager|reduce-overhead|max-autotune-no-cudagraphs

Whole way: I420 frames (uint8) in pinned host memory -> copied to the device while the batch before computes -> RGB of 0 ... 1 in fp16
-> network -> boxes and the best 300 candidates of each frame -> pinned host memory. `bare` is the network and its decoding alone on
pictures that are on the device already. Weights are random: the architecture is that of ultralytics/cfg/models/v8/yolov8.yaml, batch
normalisation folded into the convolutions, as exported models have it; --check-parameters compares the count.
Prints a JSON list of rows last. Ends with 3 where there is no GPU.
"""
import argparse
import json
import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError as missing:
    print(f"no PyTorch: {missing}", file=sys.stderr)
    sys.exit(3)

SIDE = 640
STRIDES = (8, 16, 32)
CLASSES = 80
BINS = 16
CANDIDATES = 300
SIZES = {"n": (1 / 3, 0.25, 3_151_904), "s": (1 / 3, 0.5, 11_156_544)}


def conv(inputs, outputs, kernel=1, stride=1):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2), nn.SiLU(inplace=True))


class C2f(nn.Module):
    def __init__(self, inputs, outputs, repeats, shortcut):
        super().__init__()
        half = outputs // 2
        self.first = conv(inputs, outputs)
        self.blocks = nn.ModuleList(nn.Sequential(conv(half, half, 3), conv(half, half, 3)) for _ in range(repeats))
        self.last = conv((2 + repeats) * half, outputs)
        self.shortcut = shortcut

    def forward(self, x):
        parts = list(self.first(x).chunk(2, 1))
        for block in self.blocks:
            made = block(parts[-1])
            parts.append(parts[-1] + made if self.shortcut else made)
        return self.last(torch.cat(parts, 1))


class Sppf(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first, self.last = conv(channels, channels // 2), conv(2 * channels, channels)

    def forward(self, x):
        parts = [self.first(x)]
        for _ in range(3):
            parts.append(F.max_pool2d(parts[-1], 5, 1, 2))
        return self.last(torch.cat(parts, 1))


class Yolov8(nn.Module):
    """[N, 3, 640, 640] -> boxes [N, 4, 8400] (centre x, centre y, width, height in pixels), scores [N, 80, 8400]."""

    def __init__(self, depth, width):
        super().__init__()
        w = lambda full: -(-int(full * width) // 8) * 8
        d = lambda repeats: max(1, round(repeats * depth))
        self.to_p3 = nn.Sequential(conv(3, w(64), 3, 2), conv(w(64), w(128), 3, 2), C2f(w(128), w(128), d(3), True),
                                   conv(w(128), w(256), 3, 2), C2f(w(256), w(256), d(6), True))
        self.to_p4 = nn.Sequential(conv(w(256), w(512), 3, 2), C2f(w(512), w(512), d(6), True))
        self.to_p5 = nn.Sequential(conv(w(512), w(1024), 3, 2), C2f(w(1024), w(1024), d(3), True), Sppf(w(1024)))
        self.up4 = C2f(w(1024) + w(512), w(512), d(3), False)
        self.up3 = C2f(w(512) + w(256), w(256), d(3), False)
        self.down4 = conv(w(256), w(256), 3, 2)
        self.out4 = C2f(w(256) + w(512), w(512), d(3), False)
        self.down5 = conv(w(512), w(512), 3, 2)
        self.out5 = C2f(w(512) + w(1024), w(1024), d(3), False)
        channels = [w(256), w(512), w(1024)]
        sides, classes = max(16, channels[0] // 4, 4 * BINS), max(channels[0], min(CLASSES, 100))
        branch = lambda inputs, inner, outputs: nn.Sequential(conv(inputs, inner, 3), conv(inner, inner, 3), nn.Conv2d(inner, outputs, 1))
        self.sides = nn.ModuleList(branch(each, sides, 4 * BINS) for each in channels)
        self.classes = nn.ModuleList(branch(each, classes, CLASSES) for each in channels)
        self.register_buffer("bins", torch.arange(BINS, dtype=torch.float32).view(1, 1, BINS, 1))
        centres, strides = anchors()
        self.register_buffer("centres", centres)
        self.register_buffer("strides", strides)

    def forward(self, x):
        p3 = self.to_p3(x)
        p4 = self.to_p4(p3)
        p5 = self.to_p5(p4)
        middle = self.up4(torch.cat([F.interpolate(p5, scale_factor=2.0, mode="nearest"), p4], 1))
        small = self.up3(torch.cat([F.interpolate(middle, scale_factor=2.0, mode="nearest"), p3], 1))
        medium = self.out4(torch.cat([self.down4(small), middle], 1))
        large = self.out5(torch.cat([self.down5(medium), p5], 1))
        joined = lambda branches: torch.cat([b(f).flatten(2) for b, f in zip(branches, (small, medium, large))], 2)
        sides = joined(self.sides).float().view(x.shape[0], 4, BINS, -1).softmax(2).mul(self.bins).sum(2)
        start, end = self.centres - sides[:, :2], self.centres + sides[:, 2:]
        boxes = torch.cat([(start + end) / 2, end - start], 1) * self.strides
        return boxes, joined(self.classes).float().sigmoid()


def anchors():
    centres, strides = [], []
    for stride in STRIDES:
        cells = torch.arange(SIDE // stride, dtype=torch.float32) + 0.5
        ys, xs = torch.meshgrid(cells, cells, indexing="ij")
        centres.append(torch.stack([xs.flatten(), ys.flatten()]))
        strides.append(torch.full((1, xs.numel()), float(stride)))
    return torch.cat(centres, 1)[None], torch.cat(strides, 1)[None]


class Detector(nn.Module):
    """uint8 I420 [N, 960, 640] -> float32 candidates [N, 300, 6], as Ringside's prepared graph: BT.601, limited range."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.register_buffer("chroma", torch.tensor([[0, 1.596027], [-0.391762, -0.812968], [2.017232, 0]]).view(1, 3, 2, 1, 1))

    def forward(self, frames):
        count, half = frames.shape[0], SIDE // 2
        luma = (frames[:, :SIDE].to(torch.float16) - 16) * (255 / 219)
        uv = frames[:, SIDE:].reshape(count, 1, 2, half, half).to(torch.float16) - 128
        tint = (uv * self.chroma.to(torch.float16)).sum(2)
        colour = luma[:, None] + tint.repeat_interleave(2, 2).repeat_interleave(2, 3)
        images = (colour.clamp(0, 255) / 255).contiguous(memory_format=torch.channels_last)
        boxes, scores = self.network(images)
        best, classes = scores.max(1)
        top, picked = best.topk(CANDIDATES, 1)
        box = boxes.gather(2, picked[:, None].expand(-1, 4, -1))
        centre, size = box[:, :2], box[:, 2:]
        corners = torch.cat([centre - size / 2, centre + size / 2], 1).transpose(1, 2)
        return torch.cat([corners, top[..., None], classes.gather(1, picked)[..., None].float()], 2)


class Lane:
    """One of two batches in flight: its frames and its result in host and device memory."""

    def __init__(self, batch, device):
        pinned = device.type == "cuda"
        self.frames = torch.randint(0, 256, (batch, SIDE * 3 // 2, SIDE), dtype=torch.uint8)
        self.result = torch.full((batch, CANDIDATES, 6), float("nan"))
        if pinned:
            self.frames, self.result = self.frames.pin_memory(), self.result.pin_memory()
            self.uploaded, self.done, self.read = (torch.cuda.Event() for _ in range(3))
        self.input = torch.empty_like(self.frames, device=device)


def measure_whole(detector, batch, seconds, device):
    """Two batches in flight: one uploads on a stream of its own while the other computes."""
    lanes = [Lane(batch, device) for _ in range(2)]
    copies = torch.cuda.Stream()

    def give(lane):
        with torch.cuda.stream(copies):
            copies.wait_event(lane.read)  # the input may be overwritten once the run before has read it
            lane.input.copy_(lane.frames, non_blocking=True)
            lane.uploaded.record(copies)
        torch.cuda.current_stream().wait_event(lane.uploaded)
        lane.result.copy_(detector(lane.input), non_blocking=True)
        lane.read.record()
        lane.done.record()

    def one_after_the_other():
        give(lanes[0])
        lanes[0].done.synchronize()

    for _ in range(5):
        one_after_the_other()
    alone = timed(one_after_the_other, seconds / 2)
    for lane in lanes:
        give(lane)
    turn = [0]

    def overlapped():
        lane = lanes[turn[0] % 2]
        turn[0] += 1
        lane.done.synchronize()
        give(lane)

    for _ in range(5):
        overlapped()
    both = timed(overlapped, seconds)
    torch.cuda.synchronize()
    if not all(torch.isfinite(lane.result).all() for lane in lanes):
        raise RuntimeError("a result holds numbers that nothing wrote, or no numbers")
    return batch / mean(both), median(alone) * 1000


def measure_bare(network, batch, seconds, device):
    images = torch.rand(batch, 3, SIDE, SIDE, device=device).half().contiguous(memory_format=torch.channels_last)

    def run():
        network(images)

    for _ in range(5):
        run()
    torch.cuda.synchronize()
    started, runs = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        for _ in range(10):
            run()
        runs += 10
        torch.cuda.synchronize()
    per_run = (time.perf_counter() - started) / runs
    return batch / per_run, per_run * 1000


def timed(run, seconds):
    times, started = [], time.perf_counter()
    while time.perf_counter() - started < seconds:
        at = time.perf_counter()
        run()
        times.append(time.perf_counter() - at)
    return times


def mean(times):
    return sum(times) / len(times)


def median(times):
    return sorted(times)[len(times) // 2]


def build(size, device):
    depth, width, _ = SIZES[size]
    torch.manual_seed(1)
    network = Yolov8(depth, width).eval().to(device)
    for part in network.modules():
        if isinstance(part, nn.Conv2d):
            part.half().to(memory_format=torch.channels_last)
    return network


def check_parameters():
    for size, (depth, width, published) in SIZES.items():
        counted = sum(p.numel() for p in Yolov8(depth, width).parameters()) + BINS  # Ultralytics keeps the bins as a convolution
        print(f"YOLOv8{size}: {counted} parameters, published {published}")
        if counted != published:
            sys.exit(1)


def check_on_cpu(size):
    """The whole way once on the CPU: shapes, order and finite numbers. No measurement."""
    detector = Detector(build(size, torch.device("cpu"))).eval()
    with torch.inference_mode():
        result = detector(torch.randint(0, 256, (2, SIDE * 3 // 2, SIDE), dtype=torch.uint8))
    scores = result[..., 4]
    good = result.shape == (2, CANDIDATES, 6) and torch.isfinite(result).all() and (scores.diff(dim=1) <= 0).all()
    print("whole way on the CPU:", "good" if good else "WRONG", tuple(result.shape))
    sys.exit(0 if good else 1)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", choices=SIZES, default="n")
    parser.add_argument("--batches", default="1,8,32,64")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--mode", default="eager")
    parser.add_argument("--bare", action="store_true", help="also the network alone; compiles it once more")
    parser.add_argument("--check-parameters", action="store_true")
    parser.add_argument("--check-on-cpu", action="store_true")
    given = parser.parse_args()
    if given.check_parameters:
        return check_parameters()
    if given.check_on_cpu:
        return check_on_cpu(given.size)
    if not torch.cuda.is_available():
        print("no GPU: PyTorch sees none", file=sys.stderr)
        sys.exit(3)
    device = torch.device("cuda")
    torch.backends.cudnn.benchmark = True
    rows = []
    with torch.inference_mode():
        for batch in map(int, given.batches.split(",")):
            torch._dynamo.reset()
            network = build(given.size, device)
            detector = Detector(network).to(device).eval()
            started = time.perf_counter()
            if given.mode != "eager":
                compiled = dict(mode=given.mode, dynamic=False, fullgraph=True)
                network, detector = torch.compile(network, **compiled), torch.compile(detector, **compiled)
            who = f"PyTorch {torch.__version__.split('+')[0]} {given.mode}"
            whole, alone_ms = measure_whole(detector, batch, given.seconds, device)
            warm_s = time.perf_counter() - started
            rows.append(dict(who=who, batch=batch, imagesPerSecond=whole, p50Ms=alone_ms, note=f"2 in flight; ms alone; {warm_s:.0f} s with compiling"))
            if given.bare:
                bare, bare_ms = measure_bare(network, batch, given.seconds / 2, device)
                rows.append(dict(who=f"{who}, bare network", batch=batch, imagesPerSecond=bare, p50Ms=bare_ms))
            print(rows[-1], file=sys.stderr, flush=True)
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
