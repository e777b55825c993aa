"""Soft-argmax: closed forms, its gradient, its bias, and its grid."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from posekit.codecs.heatmaps import GaussianHeatmaps
from posekit.codecs.soft_argmax import confidence, soft_argmax, soft_argmax_3d
from posekit.errors import InputError


def plain(maps, stride=1.0, temperature=1.0):
    """The definition, written out: every cell's pixel, weighted by its probability."""
    h, w = maps.shape[-2:]
    p = torch.softmax(maps.flatten(-2) / temperature, -1).view(maps.shape)
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    places = torch.stack([(x + 0.5) * stride - 0.5, (y + 0.5) * stride - 0.5], -1).to(p.dtype)
    return (p[..., None] * places).sum((-3, -2))


@given(st.integers(0, 999), st.sampled_from([1, 4, 8]), st.floats(0.05, 20))
def test_it_is_the_definition(seed, stride, temperature):
    maps = torch.randn(2, 3, 7, 5, generator=torch.Generator().manual_seed(seed)).double()
    ours = soft_argmax(maps, stride, temperature)
    assert torch.allclose(ours, plain(maps, stride, temperature), atol=1e-5)


def test_its_gradient_is_the_derivative():
    maps = torch.randn(2, 2, 4, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda m: soft_argmax(m, 4, 0.7), maps)
    volumes = torch.randn(1, 2, 3, 4, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda v: soft_argmax_3d(v, (4, 4, 10), 0.7), volumes)


def test_one_certain_cell_is_its_pixel():
    maps = torch.full((1, 8, 6), -1e4)
    maps[0, 5, 2] = 0
    assert soft_argmax(maps, stride=4)[0].tolist() == [9.5, 21.5]
    volume = torch.full((1, 3, 8, 6), -1e4)
    volume[0, 2, 5, 2] = 0
    assert soft_argmax_3d(volume, (4, 4, 100))[0].tolist() == [9.5, 21.5, 249.5]


def test_a_flat_map_is_the_centre_of_the_picture():
    assert soft_argmax(torch.zeros(1, 64, 48), stride=4)[0].tolist() == pytest.approx([95.5, 127.5])


def test_the_bias_to_the_centre_shrinks_with_the_temperature():
    codec = GaussianHeatmaps((64, 64), stride=1, sigma=2)
    maps = codec.encode(torch.tensor([[[12.0, 50.0]]]), torch.ones(1, 1))
    errors = [
        (soft_argmax(maps, 1, t)[0, 0] - torch.tensor([12.0, 50.0])).norm().item()
        for t in (1, 0.2, 0.1, 0.05)
    ]
    assert errors[0] > 20 and errors == sorted(errors, reverse=True) and errors[-1] < 0.01


def test_a_logarithm_of_a_bump_comes_back_exactly():
    """softmax(log g) is g over its sum: the mean of a bump that is not cut is its centre."""
    codec = GaussianHeatmaps((128, 128), stride=2, sigma=2)
    points = torch.tensor([[[40.3, 77.7], [60.0, 30.1]]])
    maps = codec.encode(points, torch.ones(1, 2)).clamp(min=1e-30).log()
    assert torch.allclose(soft_argmax(maps, stride=2), points, atol=1e-3)


def test_flipping_the_map_flips_the_coordinate():
    maps = torch.randn(2, 3, 16, 12)
    there, back = soft_argmax(maps, 4), soft_argmax(maps.flip(-1), 4)
    assert torch.allclose(back[..., 0], 47 - there[..., 0], atol=1e-4)


def test_depth_is_the_2d_answer_and_the_mean_slice():
    volume = torch.randn(2, 3, 5, 8, 6)
    flat = torch.logsumexp(volume, -3)
    assert torch.allclose(soft_argmax_3d(volume)[..., :2], soft_argmax(flat), atol=1e-5)


def test_confidence_is_the_sigmoid_of_the_peak():
    maps = torch.zeros(1, 2, 4, 4)
    maps[0, 1, 2, 2] = 3
    assert confidence(maps)[0].tolist() == pytest.approx([0.5, 0.9526], abs=1e-4)


def test_huge_values_do_not_overflow():
    maps = torch.zeros(1, 8, 8)
    maps[0, 3, 4] = 1e30
    assert soft_argmax(maps)[0].tolist() == [4, 3]


@pytest.mark.parametrize("temperature", [0, -1, float("inf"), float("nan")])
def test_temperatures_that_mean_nothing_are_refused(temperature):
    with pytest.raises(InputError, match="temperature"):
        soft_argmax(torch.zeros(1, 4, 4), temperature=temperature)
    with pytest.raises(InputError, match="temperature"):
        soft_argmax_3d(torch.zeros(1, 4, 4, 4), temperature=temperature)


def test_the_ends_of_the_temperature_are_the_argmax_and_the_centre():
    maps = torch.randn(2, 3, 8, 6, generator=torch.Generator().manual_seed(0))
    best = maps.flatten(-2).argmax(-1)
    y, x = best // 6, best % 6
    assert torch.equal(soft_argmax(maps, temperature=1e-30), torch.stack([x, y], -1).float())
    flat = soft_argmax(maps, temperature=1e30)
    assert torch.allclose(flat, torch.tensor([2.5, 3.5]).expand(2, 3, 2), atol=1e-5)


def test_a_map_with_nan_is_nan_and_no_other():
    maps = torch.randn(1, 3, 8, 6)
    maps[0, 1, 2, 3] = float("nan")
    maps[0, 2, 2, 3] = float("-inf")  # a cell that is ruled out
    maps.requires_grad_()
    found = soft_argmax(maps)
    found[0, [0, 2]].sum().backward()
    assert found[0, 1].isnan().all() and found[0, [0, 2]].isfinite().all()
    assert maps.grad[0, [0, 2]].isfinite().all() and maps.grad[0, 2, 2, 3] == 0


def test_many_maps_are_as_each_by_itself():
    """More cells than are handled at a time, laid out as a network leaves them."""
    maps = torch.randn(3, 50, 64, 64).to(memory_format=torch.channels_last).requires_grad_()
    found = soft_argmax(maps, 4, 0.5)
    found.square().sum().backward()
    for b, k in ((0, 0), (1, 13), (2, 49)):
        alone = maps[b, k].detach().clone().requires_grad_()
        one = soft_argmax(alone, 4, 0.5)
        one.square().sum().backward()
        assert torch.allclose(found[b, k], one, atol=1e-4)
        assert torch.allclose(maps.grad[b, k], alone.grad, rtol=1e-3, atol=1e-4)


def test_the_gradient_can_be_asked_for_twice_but_not_its_own():
    maps = torch.randn(4, 5, requires_grad=True)
    x, y = soft_argmax(maps)
    first = torch.autograd.grad(x, maps, retain_graph=True)[0]
    torch.autograd.grad(y, maps, retain_graph=True)
    assert torch.equal(torch.autograd.grad(x, maps, retain_graph=True)[0], first)
    with pytest.raises(InputError, match="first derivative only"):
        torch.autograd.grad(x, maps, create_graph=True)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_maps_give_whole_precision_coordinates(dtype):
    maps = torch.randn(1, 2, 64, 64).to(dtype).requires_grad_()
    found = soft_argmax(maps, 4)
    found.sum().backward()
    assert found.dtype == torch.float32 and maps.grad.dtype == dtype
    assert torch.allclose(found, soft_argmax(maps.detach().float(), 4))
    assert soft_argmax_3d(maps.detach()[:, None]).dtype == torch.float32


def test_empty_batches_and_empty_maps():
    assert soft_argmax(torch.zeros(0, 17, 4, 4)).shape == (0, 17, 2)
    assert soft_argmax_3d(torch.zeros(0, 17, 4, 4, 4)).shape == (0, 17, 3)
    with pytest.raises(InputError, match="needs 3 axes"):
        soft_argmax_3d(torch.zeros(4, 4))
    with pytest.raises(InputError, match="at least one cell"):
        soft_argmax(torch.zeros(1, 0, 4))


@pytest.mark.parametrize("dims", [2, 3])
def test_positions_are_measured_in_float32_whatever_surrounds_them(dims):
    """Inside autocast a product is rounded to bf16, whose steps are half a pixel at 100."""
    torch.manual_seed(0)
    maps = 4 * torch.randn(5, 7, *(16, 48, 64)[-dims:])
    maps.requires_grad_()
    measure = soft_argmax if dims == 2 else soft_argmax_3d
    strides = 4.0 if dims == 2 else (4.0, 4.0, 125.0)
    alone = measure(maps, strides)
    (gradient,) = torch.autograd.grad(alone.sum(), maps)
    with torch.autocast("cpu", torch.bfloat16):
        inside = measure(maps, strides)
        (inside_gradient,) = torch.autograd.grad(inside.sum(), maps)
    worst = (inside - alone).abs().max().item()
    assert inside.dtype == torch.float32 and worst == 0, f"expected no difference, came {worst}"
    assert torch.equal(gradient, inside_gradient)
