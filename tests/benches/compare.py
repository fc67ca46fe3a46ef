"""Training speed beside PyTorch's: python3 tests/benches/compare.py [--rounds 5] [--seconds 2] [--env DIR]

Makes an environment with PyTorch where DIR has none, builds the benchmark, runs both in turn, and prints a table of
ratios of examples per second (medians). Ratios by processor time stand beside those by the clock: they are the ones to
look at where other programs run. Needs nothing but cargo and Python."""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
NETWORKS = ["mlp", "cnn", "large-cnn", "gru"]


def environment(folder):
    """The interpreter of an environment that has PyTorch."""
    python = folder / "bin" / "python"
    if not python.exists():
        print(f"making {folder} with PyTorch (some minutes)", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "numpy", "torch"], check=True)
    return str(python)


def benchmark():
    """Builds the benchmark; gives its program."""
    command = ["cargo", "bench", "--bench", "engine", "--no-run", "--message-format=json"]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    built = [json.loads(line) for line in lines if line.startswith("{")]
    return next(item["executable"] for item in built if item.get("executable") and item["target"]["name"] == "engine")


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--seconds", default="2")
    arguments.add_argument("--env", type=pathlib.Path, default=ROOT / "target" / "torch-env")
    arguments.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    given = arguments.parse_args()
    torch, ours = [environment(given.env), str(HERE / "torch_speed.py")], [benchmark()]
    programs = {"ours": (ours, []), "torch": (torch, []), "fused": (torch, ["fused"])}
    print("| network | threads | examples/s | against PyTorch | against fused Adam | by processor time |")
    print("| --- | --- | --- | --- | --- | --- |")
    for network in NETWORKS:
        for threads in given.threads:
            runs = {name: [] for name in programs}
            for _ in range(given.rounds):
                for name, (program, more) in programs.items():
                    command = [*program, network, str(threads), given.seconds, *more]
                    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
                    runs[name].append([float(number) for number in out.split()])

            def ratio(other, which):
                """Of runs that stood next to each other."""
                pairs = zip(runs["ours"], runs[other])
                return statistics.median(mine[which] / theirs[which] for mine, theirs in pairs)

            speed = statistics.median(clock for clock, _ in runs["ours"])
            print(f"| {network} | {threads} | {speed:,.0f} | {ratio('torch', 0):.2f} | {ratio('fused', 0):.2f} | "
                  f"{ratio('torch', 1):.2f} and {ratio('fused', 1):.2f} |", flush=True)


main()
