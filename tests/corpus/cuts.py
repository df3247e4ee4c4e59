"""What carries no derivative, and paths that end; aux."""

import math

import numpy as np
from tests.corpus import array, case, signed

import chainrule


@case(1.3, gradient=(1.0,))
def through_int(x):
    return int(x) * x


@case(1.3, gradient=(0.0,))
def only_int(x):
    return int(x) * 2.0


@case(array(3), gradient=(np.zeros(3),))
def comparison_only(x):
    return np.sum((x > 1) * 2.0)


@case(signed(3), gradient=(np.zeros(3),))
def sign_only(x):
    return np.sum(np.sign(x) * 2.0)


@case(array(3))
def floor_and_value(x):
    return np.floor(x * 3) * x


@case(1.3, gradient=(1.69,))
def stopped(x):
    return chainrule.stop_gradient(x * x) * x


@case(1.3, 0.4, gradient=(0.4, 0.0))
def stopped_argument(x, y):
    y = chainrule.stop_gradient(y)
    return x * y


@case(1.3, gradient=(3.0,))
def no_grad_region(x):
    with chainrule.no_grad():
        y = x * x
        z = y * 2
    return 3 * x + y * 0 + z * 0


@case(array(3), gradient=(np.array([0.0, 1.0, 1.0]),))
def no_grad_store(x):
    y = x * 1
    with chainrule.no_grad():
        y[0] = x[1] * 5
    return np.sum(y)


@case(1.3, gradient=(1.69,))
def no_grad_then_used(x):
    with chainrule.no_grad():
        y = x * x
    z = y * x
    return z


@case(1.3, gradient=(2.0,))
def no_grad_in_branch(x):
    y = x
    if x > 1:
        with chainrule.no_grad():
            y = x * x
    return 2 * x + y


@case(1.3, 3, gradient=(2.6, None))
def no_grad_in_loop(x, n):
    t = 0.0
    for i in range(n):
        with chainrule.no_grad():
            t = t + x
    return x * x + t


@chainrule.no_grad
def constant_helper(x):
    return x * x


@case(1.3, gradient=(1.69 + 1.69 * 0,))
def no_grad_helper(x):
    return constant_helper(x) * x


@case(1.3, 0.4, aux=True)
def with_aux(x, y):
    z = x * y
    return z * x, z + 1


@case(array(3), aux=True)
def with_aux_dict(x):
    y = np.sum(x * x)
    return y, {"x": x, "y": y * 2, "n": len(x)}


@case(1.3, 3, aux=True)
def with_aux_in_loop(x, n):
    y = x
    last = 0.0
    for i in range(n):
        last = y
        y = y * x
    return y, (last, i)


@case(1.3, wrt=None)
@case(1.3, wrt="x")
@case(1.3, wrt=("x",))
@case(1.3, wrt=0)
def wrt_spellings(x, y=2.0):
    return x * y


@case(1.3, 0.4, 2.0, wrt=("z", "x"))
@case(1.3, 0.4, 2.0, wrt=(2, 0))
def wrt_order(x, y, z):
    return x * y * z * z


@case(1.3, 0.4)
@case(array(2), array(2))
def one_unreached(x, y):
    z = y * 3
    return x * x


@case(array(3), gradient=(np.zeros(3),))
def argmax_only(x):
    return np.argmax(x) * 1.0


@case(array(3))
def shape_only(x):
    return np.ones(x.shape) * x[0] + x.size


@case(0.0, gradient=(0.0,))
def relu_at_kink(x):
    return max(x, 0.0) * 0 + np.maximum(x * 0, 0.0)


@case(1.3)
def zero_times(x):
    return 0 * x + x * 0.0


@case(1.3)
def nan_branch_untaken(x):
    return math.log(x) if x > 0 else math.nan


@case(1.3, gradient=(0.0,))
@chainrule.no_grad
def no_grad_function(x):
    y = x * 2
    return y * x


@case(1.3, gradient=(0.0,))
@chainrule.no_grad()
def no_grad_function_with_branch(x):
    if x > 1:
        return x * x
    return x
