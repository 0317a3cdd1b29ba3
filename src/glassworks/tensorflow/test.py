"""`tf.test`: questions about the machine."""

from __future__ import annotations


def is_gpu_available(cuda_only: bool = False, min_cuda_compute_capability: tuple[int, int] | None = None) -> bool:
    """Whether there is a GPU: no, the engines compute on the CPU.

    >>> is_gpu_available()
    False
    """
    return False


def gpu_device_name() -> str:
    """The name of the GPU: empty, there is none.

    >>> gpu_device_name()
    ''
    """
    return ""


def is_built_with_cuda() -> bool:
    """Whether CUDA can be used: no.

    >>> is_built_with_cuda()
    False
    """
    return False


is_built_with_gpu_support = is_built_with_cuda
