"""A network at work on one thread, among others that have theirs."""

import threading

import pytest
import torch

from posekit.inference import one_thread


@pytest.fixture(autouse=True)
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_one_thread_is_put_back_after_an_error_too():
    with pytest.raises(ZeroDivisionError), one_thread():
        assert torch.get_num_threads() == 1
        raise ZeroDivisionError
    assert torch.get_num_threads() == 3


def in_a_thread(function):
    thread = threading.Thread(target=function)
    thread.start()
    return thread


def test_other_threads_keep_their_number():
    """One that has used torch before is not slowed down; one that begins later is not either."""
    seen, started, inside = {}, threading.Event(), threading.Event()

    def other():
        torch.set_num_threads(2)
        torch.ones(1000, 1000).exp()
        started.set()
        inside.wait()
        seen["meanwhile"] = torch.get_num_threads()

    thread = in_a_thread(other)
    started.wait()
    with one_thread():
        inside.set()
        thread.join()
    in_a_thread(lambda: seen.update(later=torch.get_num_threads())).join()
    assert seen == {"meanwhile": 2, "later": 3} and torch.get_num_threads() == 3, seen


def test_two_at_once_leave_nobody_on_one_thread():
    """The second begins while the first is at work, and ends after it."""
    seen, first_in, second_in = {}, threading.Event(), threading.Event()

    def first():
        with one_thread():
            first_in.set()
            second_in.wait()
        seen["first"] = torch.get_num_threads()

    def second():
        first_in.wait()
        with one_thread():
            second_in.set()
            one.join()
        seen["second"] = torch.get_num_threads()

    one = in_a_thread(first)
    in_a_thread(second).join()
    in_a_thread(lambda: seen.update(later=torch.get_num_threads())).join()
    assert seen == {"first": 3, "second": 3, "later": 3}, seen
