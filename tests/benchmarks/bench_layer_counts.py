"""Multiply-accumulates and parameters of a network, beside the counters that are used most.

Each counter gives both for the same network and input, from the network as it is: posekit sends
shapes through it, the others compute. What is counted differs (biases, batch norm, activations),
so the figures are printed; the file ends with a failure where posekit's are not those of PyTorch's
own counter, convolutions and linear layers to the unit.
"""

import logging
import sys
from functools import partial

import measure
import torch
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import mobilenet_v2, vgg19

from posekit.models.layer_counts import layer_counts

SHAPE = (1, 3, 224, 224)
NETWORKS = {"MobileNetV2": (mobilenet_v2, 4, 25), "VGG19": (vgg19, 50, 3)}  # goal, rounds


def ours(net):
    rows = layer_counts(net, SHAPE)
    return sum(row.macs for row in rows), sum(row.parameters for row in rows)


def pytorchs(net):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(torch.zeros(SHAPE))
    return counter.get_total_flops() // 2, sum(p.numel() for p in net.parameters())


def with_ptflops(ptflops, net, backend):
    quiet = {"as_strings": False, "print_per_layer_stat": False, "verbose": False}
    return ptflops.get_model_complexity_info(net, SHAPE[1:], backend=backend, **quiet)


def with_torchinfo(torchinfo, net):
    found = torchinfo.summary(net, input_size=SHAPE, verbose=0)
    return found.total_mult_adds, found.total_params


def with_thop(thop, net):
    return thop.profile(net, (torch.zeros(SHAPE),), verbose=False)


def with_fvcore(fvcore, net):
    counter = fvcore.FlopCountAnalysis(net, torch.zeros(SHAPE)).unsupported_ops_warnings(False)
    return counter.total(), fvcore.parameter_count(net)[""]


PEERS = {
    "ptflops, aten": ("ptflops", partial(with_ptflops, backend="aten")),
    "ptflops, pytorch": ("ptflops", partial(with_ptflops, backend="pytorch")),
    "torchinfo": ("torchinfo", with_torchinfo),
    "thop": ("thop", with_thop),
    "fvcore": ("fvcore.nn", with_fvcore),
}


def counters() -> dict:
    """Each peer's function from a network to (MACs, parameters), or why there is none."""
    found = {"PyTorch's FlopCounterMode": pytorchs}
    for name, (module, count) in PEERS.items():
        loaded = measure.load(module)
        found[name] = loaded if isinstance(loaded, str) else partial(count, *loaded)
    return found


def rows(name, build, goal, rounds) -> list[dict]:
    """The rows of one network; every counter has a copy of its own."""
    peers = {}
    for peer, count in counters().items():
        if isinstance(count, str):
            peers[peer] = None, goal, count
            continue
        net = build().eval()
        macs, parameters = count(net)
        print(f"{name}, {peer}: {macs / 1e6:,.3f} M MACs, {parameters / 1e6:.3f} M parameters")
        peers[peer] = (partial(count, net)), goal
    net = build().eval()
    if ours(net) != pytorchs(net):
        sys.exit(f"posekit counts {ours(net)} on {name}, and PyTorch {pytorchs(net)}.")
    return measure.compare(f"count {name}", partial(ours, net), peers, rounds)


def main():
    measure.one_thread()
    logging.disable(logging.WARNING)
    measure.finish([row for name, how in NETWORKS.items() for row in rows(name, *how)])


if __name__ == "__main__":
    main()
