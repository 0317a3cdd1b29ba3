"""The helpers in `keras.utils` for labels, sequences, images and batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

# Statements, of which the last is an expression: the answer.
CODE = r"""
utils.to_categorical([0,1,2])
utils.to_categorical([0,1,2],5)
utils.to_categorical([[0],[1]])
utils.to_categorical([[0,1],[1,1]]).shape
utils.to_categorical([])
utils.to_categorical([0,5],3)
utils.to_categorical('a')
utils.to_categorical(3).shape
utils.to_categorical([True,False])
utils.to_categorical(ops.array([1,0]))
utils.normalize(np.array([[3.,4.],[0.,0.]]))
utils.normalize(np.array([3.,4.]))
utils.normalize(np.array([[3.,4.]]),axis=1,order=1)
utils.normalize(np.array([[[3.,4.]]]),axis=-1)
utils.normalize(np.ones((2,2)),order=np.inf)
utils.pad_sequences([[1],[2,3]])
utils.pad_sequences([[1],[2,3]],maxlen=3,padding='post',value=9)
utils.pad_sequences([[1,2,3],[4]],maxlen=2,truncating='post')
utils.pad_sequences([[1],[2,3]],dtype='float32')
utils.pad_sequences([[]])
utils.pad_sequences([1,2])
utils.pad_sequences(3)
utils.pad_sequences([[1],[2]],padding='nope')
utils.pad_sequences([[1,2]],maxlen=1,truncating='nope')
utils.pad_sequences([[[1,2]],[[3,4],[5,6]]])
utils.pad_sequences([['a'],['b','c']],dtype=object,value='')
utils.pad_sequences([['a'],['b','c']])
utils.pad_sequences([[1.5],[2,3]])
utils.get_source_inputs(layers.Dense(2)(Input((3,),name='q')))[0].name
utils.get_source_inputs([Input((3,),name='q')])[0].name
keras.utils.get_registered_name(layers.Dense)
utils.set_random_seed(3) ;; [np.random.rand()]
utils.set_random_seed('a')
utils.set_random_seed(3.0)
utils.set_random_seed(np.int64(3)) ;; [np.random.rand()]
utils.set_random_seed(-1)
utils.array_to_img(np.ones((2,3,1))).size
utils.array_to_img(np.arange(12).reshape(2,2,3)).getpixel((0,1))
utils.array_to_img(np.ones((2,3,4))).mode
utils.array_to_img(np.ones((2,3,2)))
utils.array_to_img(np.ones((2,3)))
utils.array_to_img(np.arange(6).reshape(2,3,1)*1000,scale=False).mode
utils.array_to_img(np.ones((1,2,3)),data_format='channels_first').size
utils.array_to_img(np.ones((1,2,3)),data_format='nope')
utils.img_to_array(utils.array_to_img(np.arange(12.).reshape(2,2,3),scale=False)).tolist()
utils.img_to_array(np.ones((2,3))).shape
utils.img_to_array(np.ones((2,3)),data_format='channels_first').shape
utils.img_to_array(np.ones((2,3,3)),dtype='uint8').dtype.name
utils.img_to_array(np.ones((2,)))
utils.load_img(3)
utils.Progbar(3).target
utils.Progbar(3,unit_name='x',interval=1,width=5,stateful_metrics=['a']).width
utils.unpack_x_y_sample_weight((1,2,3))
keras.utils.unpack_x_y_sample_weight([1])
keras.utils.unpack_x_y_sample_weight(5)
keras.utils.unpack_x_y_sample_weight((1,))
keras.utils.unpack_x_y_sample_weight((1,2,3,4))
keras.utils.pack_x_y_sample_weight(1)
keras.utils.pack_x_y_sample_weight((1,2))
keras.utils.pack_x_y_sample_weight([1])
keras.utils.pack_x_y_sample_weight(1,2)
keras.utils.pack_x_y_sample_weight(1,None,3)
utils.Sequence is utils.PyDataset
utils.bounding_boxes.convert_format(np.array([[1.,2,3,4]]),'xyxy','xywh')
utils.bounding_boxes.convert_format(np.array([[1.,2,3,4]]),'xyxy','rel_xyxy',height=10,width=20)
utils.bounding_boxes.compute_iou(np.array([[0.,0,2,2]]),np.array([[1.,1,3,3]]),'xyxy')
utils.FeatureSpace({'a':'float'}).output_mode
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
