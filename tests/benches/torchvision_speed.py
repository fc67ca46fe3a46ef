"""torchvision's side of the comparison of alterations: python torchvision_speed.py [WORKERS] prints images per second and
process for each transform, on pictures of 28×28 gray and 32×32 color, from bytes to a normalized float tensor as a
network takes it, image by image as a data loader's process does; with WORKERS, by the clock, of so many processes.

In an environment of its own: python -m venv E; E/bin/pip install torch torchvision; E/bin/python torchvision_speed.py
"""
import sys
import time

import torch
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

torch.set_num_threads(1)
COUNT = 1000
SECONDS = 1.0


def blobs(channels, side):
    """Smooth pictures, so that no transform is spared its work."""
    torch.manual_seed(1)
    small = torch.rand(COUNT, channels, side // 4, side // 4)
    return (torch.nn.functional.interpolate(small, size=(side, side), mode="bilinear") * 255).to(torch.uint8)


def transforms(side):
    affine = lambda **what: v2.RandomAffine(**{"degrees": 0, "interpolation": v2.InterpolationMode.BILINEAR, **what})
    return {
        "none": [],
        "rotate": [v2.RandomRotation(15, interpolation=v2.InterpolationMode.BILINEAR)],
        "shift": [affine(translate=(0.1, 0.1))],
        "shear": [affine(shear=11)],
        "crop": [v2.RandomResizedCrop(side, scale=(0.64, 1.0), antialias=True)],
        "flip-horizontal": [v2.RandomHorizontalFlip(1.0)],
        "flip-vertical": [v2.RandomVerticalFlip(1.0)],
        "invert": [v2.RandomInvert(1.0)],
        "brightness": [v2.ColorJitter(brightness=0.2)],
        "contrast": [v2.ColorJitter(contrast=0.4)],
        "blur": [v2.GaussianBlur(5, sigma=(0.1, 1.0))],
        "noise": [v2.ToDtype(torch.float32, scale=True), v2.GaussianNoise(sigma=0.05)],
        "cutout": [v2.RandomErasing(1.0, scale=(0.01, 0.09), ratio=(1, 1))],
    }


def pipeline(steps, channels):
    normalize = v2.Normalize([0.13] * channels, [0.31] * channels)
    return v2.Compose([*steps, v2.ToDtype(torch.float32, scale=True), normalize])


class Images(Dataset):
    def __init__(self, images, transform):
        self.images, self.transform = images, transform

    def __len__(self):
        return len(self.images)

    def __getitem__(self, place):
        return self.transform(self.images[place])


def alone(images, transform):
    done, begin = 0, time.process_time()
    while time.process_time() - begin < SECONDS:
        for image in images[:200]:
            transform(image)
        done += 200
    return done / (time.process_time() - begin)


def loaded(images, transform, workers):
    data = Images(images.repeat(10, 1, 1, 1), transform)
    loader = DataLoader(data, batch_size=64, num_workers=workers, persistent_workers=True)
    for _ in loader:  # the first pass starts the processes
        pass
    begin = time.perf_counter()
    for _ in loader:
        pass
    return len(data) / (time.perf_counter() - begin)


workers = int(sys.argv[1]) if len(sys.argv) > 1 else 0
for label, channels, side in [("28×28 gray", 1, 28), ("32×32 color", 3, 32)]:
    images = blobs(channels, side)
    named = transforms(side)
    named["all"] = [step for name in ["rotate", "shift", "shear", "blur", "noise"] for step in named[name]]
    for name, steps in named.items():
        transform = pipeline(steps, channels)
        rate = loaded(images, transform, workers) if workers else alone(images, transform)
        print(f"{label:12} {name:16} {rate:10,.0f} images/s", flush=True)
