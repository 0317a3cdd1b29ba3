"""Registered names, and objects as configs and back: the functions of `keras.saving`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# Statements, of which the last is an expression: the answer.
CODE = r"""
saving.get_registered_name(layers.Dense)
saving.get_registered_name(3)
saving.get_registered_object('a')
class A:pass ;; saving.register_keras_serializable('p','n')(A) ;; [saving.get_registered_name(A),saving.get_registered_object('p>n') is A]
class A:pass ;; saving.register_keras_serializable()(A)
class A(layers.Layer):pass ;; saving.register_keras_serializable()(A) ;; [saving.get_registered_name(A),saving.get_registered_object('Custom>A') is A]
class A(layers.Layer):pass ;; saving.register_keras_serializable(name='B')(A) ;; [saving.get_registered_name(A),saving.get_registered_object('Custom>B') is A]
class A(layers.Layer):pass ;; saving.register_keras_serializable(package='q')(A) ;; [saving.get_registered_name(A),sorted(saving.serialize_keras_object(A()))]
saving.get_custom_objects()['a']=1 ;; v=saving.get_registered_object('a') ;; saving.get_custom_objects().clear() ;; v
with_=saving.custom_object_scope({'z':layers.Dense}) ;; with_.__enter__() ;; v=saving.get_registered_object('z') is layers.Dense ;; with_.__exit__(None,None,None) ;; [v,saving.get_registered_object('z')]
saving.get_registered_object('y',{'y':3})
saving.get_registered_object('y',None,{'y':4})
saving.serialize_keras_object(3)
saving.serialize_keras_object(2.5)
saving.serialize_keras_object(None)
saving.serialize_keras_object('a')
saving.serialize_keras_object([1,'a'])
saving.serialize_keras_object((1,2))
saving.serialize_keras_object({'a':(1,2)})
saving.serialize_keras_object(b'ab')
saving.serialize_keras_object(slice(1,2))
saving.serialize_keras_object(...)
saving.serialize_keras_object(keras.KerasTensor((2,3),name='k'))
saving.serialize_keras_object(keras.DTypePolicy('float32'))
saving.serialize_keras_object(keras.activations.relu)
saving.serialize_keras_object(optimizers.SGD(.5))['config']['learning_rate']
saving.deserialize_keras_object(saving.serialize_keras_object((1,(2,3))))
saving.deserialize_keras_object(saving.serialize_keras_object({'a':[1,(2,)]}))
saving.deserialize_keras_object(saving.serialize_keras_object(np.array([[1.,2.]])))
saving.deserialize_keras_object(saving.serialize_keras_object(slice(1,2,3))).stop
saving.deserialize_keras_object(saving.serialize_keras_object(layers.Dense(3))).units
saving.deserialize_keras_object(None)
saving.deserialize_keras_object('relu')
saving.deserialize_keras_object(3)
saving.deserialize_keras_object({'a':1})
saving.deserialize_keras_object({'class_name':'Nope','config':{}})
saving.deserialize_keras_object({'module':'keras.layers','class_name':'Dense','config':{'units':3},'registered_name':None}).units
saving.deserialize_keras_object({'module':'keras.layers','class_name':'Dense','config':{'units':3,'nope':1},'registered_name':None})
utils.deserialize_keras_object is saving.deserialize_keras_object
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
