"""The settings in `keras.config`, set and read, in every form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# Statements, of which the last is an expression: the answer.
CODE = r"""
config.floatx()
config.set_floatx('float16') ;; v=config.floatx() ;; config.set_floatx('float32') ;; v
config.set_floatx('float128')
config.set_floatx(np.float64) ;; v=config.floatx() ;; config.set_floatx('float32') ;; v
config.set_floatx('int32')
config.set_epsilon(1e-3) ;; v=config.epsilon() ;; config.set_epsilon(1e-7) ;; v
config.set_epsilon(1) ;; v=config.epsilon() ;; config.set_epsilon(1e-7) ;; v
config.image_data_format()
config.set_image_data_format('channels_first') ;; v=config.image_data_format() ;; config.set_image_data_format('channels_last') ;; v
config.set_image_data_format('CHANNELS_LAST') ;; config.image_data_format()
config.set_image_data_format('nope')
config.set_image_data_format(None)
config.dtype_policy().name
config.set_dtype_policy('mixed_float16') ;; v=config.dtype_policy() ;; config.set_dtype_policy('float32') ;; [v.name,v.compute_dtype,v.variable_dtype]
config.set_dtype_policy('bfloat16') ;; v=config.dtype_policy() ;; config.set_dtype_policy('float32') ;; [v.name,v.compute_dtype,v.variable_dtype]
config.set_dtype_policy(keras.DTypePolicy('mixed_bfloat16')) ;; v=config.dtype_policy().name ;; config.set_dtype_policy('float32') ;; v
config.set_dtype_policy('nope')
config.set_dtype_policy(3)
config.is_interactive_logging_enabled()
config.disable_interactive_logging() ;; v=config.is_interactive_logging_enabled() ;; config.enable_interactive_logging() ;; [v,config.is_interactive_logging_enabled()]
config.is_traceback_filtering_enabled()
config.disable_traceback_filtering() ;; v=config.is_traceback_filtering_enabled() ;; config.enable_traceback_filtering() ;; [v,config.is_traceback_filtering_enabled()]
config.is_flash_attention_enabled()
config.enable_flash_attention()
config.disable_flash_attention() ;; config.is_flash_attention_enabled()
type(config.backend()).__name__
""".strip().splitlines()


def _program(code: str) -> Callable[[Any], Any]:
    def run(keras: Any) -> Any:
        *statements, answer = code.split(" ;; ")
        space = {"keras": keras, "np": np}
        space |= {
            name: getattr(keras, name)
            for name in ("config", "saving", "utils", "layers", "ops", "optimizers", "Input", "Model", "Sequential")
        }
        exec("\n".join(statements), space)
        return eval(answer, space)

    return run


PROGRAMS = {code: _program(code) for code in CODE}
