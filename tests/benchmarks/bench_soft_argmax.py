"""Soft-argmax of a batch's maps and its gradient: 64 people, 17 joints, 64 x 64 cells.

Every contestant starts from the raw maps, takes their softmax and the mean position, and goes
back to the gradient of the maps. kornia sums a grid times the map; dsntnn sums the map along
each side first; *marginals in autograd* does so with PyTorch's own derivatives. The bound is the
softmax of the maps and one product of that size, without which there is no gradient.
"""

import measure
import torch

from posekit.codecs.soft_argmax import soft_argmax

SHAPE = (64, 17, 64, 64)
NAME = "soft-argmax and gradient 64 x 17 x 64 x 64"
SHARE = 0.6


def kornia():
    modules = measure.load("kornia.geometry.subpix")
    if isinstance(modules, str):
        return modules
    return lambda maps: modules[0].spatial_soft_argmax2d(maps, normalized_coordinates=False)


def dsntnn():
    modules = measure.load("dsntnn")
    if isinstance(modules, str):
        return modules
    net = modules[0]
    return lambda maps: net.soft_argmax(net.flat_softmax(maps), normalized_coordinates=False)


def marginals(maps):
    """What PyTorch's autograd makes of the definition by sides."""
    p = torch.softmax(maps.flatten(-2), -1).view(maps.shape)
    xs, ys = (torch.arange(float(length)) for length in maps.shape[:-3:-1])
    return torch.stack([p.sum(-2) @ xs, p.sum(-1) @ ys], -1)


def both_ways(method, maps, grad):
    """Forward and backward; gives the coordinates and the gradient of the maps."""
    maps = maps.clone().requires_grad_()

    def run():
        maps.grad = None
        out = method(maps)
        out.backward(grad)
        return out.detach(), maps.grad

    return run


def check(run, ours) -> str:
    """Why what ``run`` gives is not the same; empty if it is."""
    apart = [(theirs - own).abs().max().item() for theirs, own in zip(run(), ours)]
    return "" if max(apart) < 1e-4 else f"not the same work: {apart} apart"


def main():
    measure.one_thread()
    measure.keep_memory()
    draw = torch.Generator().manual_seed(0)
    maps, grad = torch.randn(SHAPE, generator=draw), torch.randn(64, 17, 2, generator=draw)
    ours = both_ways(soft_argmax, maps, grad)
    expected, peers = [part.clone() for part in ours()], {}
    for peer, method, goal in (
        ("kornia spatial_soft_argmax2d", kornia(), 2),
        ("dsntnn 0.5.3", dsntnn(), 1.25),
        ("marginals in autograd", marginals, 1.0),
    ):
        run = method if isinstance(method, str) else both_ways(method, maps, grad)
        why = run if isinstance(run, str) else check(run, expected)
        peers[peer] = (None, goal, why) if why else (run, goal)
    flat, p, slope = maps.flatten(-2), torch.empty(64 * 17 * 64 * 64), maps.clone()

    def least():
        torch.softmax(flat, -1, out=p.view_as(flat))
        torch.mul(p.view_as(slope), 0.5, out=slope)

    bound = ("softmax and one product", least, SHARE)
    measure.finish(measure.compare(NAME, ours, peers, rounds=60, bound=bound))


if __name__ == "__main__":
    main()
