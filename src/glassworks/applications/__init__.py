"""Networks for images that books and guides build on, with Keras's names of layers and order of weights, and without pretrained weights."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from glassworks import absent as _absent
from glassworks.applications import convnext as convnext
from glassworks.applications import densenet as densenet
from glassworks.applications import efficientnet as efficientnet
from glassworks.applications import efficientnet_v2 as efficientnet_v2
from glassworks.applications import imagenet_utils as imagenet_utils
from glassworks.applications import inception_resnet_v2 as inception_resnet_v2
from glassworks.applications import inception_v3 as inception_v3
from glassworks.applications import mobilenet as mobilenet
from glassworks.applications import mobilenet_v2 as mobilenet_v2
from glassworks.applications import mobilenet_v3 as mobilenet_v3
from glassworks.applications import nasnet as nasnet
from glassworks.applications import resnet as resnet
from glassworks.applications import resnet50 as resnet50
from glassworks.applications import resnet_v2 as resnet_v2
from glassworks.applications import vgg16 as vgg16
from glassworks.applications import vgg19 as vgg19
from glassworks.applications import xception as xception
from glassworks.applications.densenet import DenseNet121 as DenseNet121
from glassworks.applications.densenet import DenseNet169 as DenseNet169
from glassworks.applications.densenet import DenseNet201 as DenseNet201
from glassworks.applications.efficientnet import EfficientNetB0 as EfficientNetB0
from glassworks.applications.efficientnet import EfficientNetB1 as EfficientNetB1
from glassworks.applications.efficientnet import EfficientNetB2 as EfficientNetB2
from glassworks.applications.efficientnet import EfficientNetB3 as EfficientNetB3
from glassworks.applications.efficientnet import EfficientNetB4 as EfficientNetB4
from glassworks.applications.efficientnet import EfficientNetB5 as EfficientNetB5
from glassworks.applications.efficientnet import EfficientNetB6 as EfficientNetB6
from glassworks.applications.efficientnet import EfficientNetB7 as EfficientNetB7
from glassworks.applications.efficientnet_v2 import EfficientNetV2B0 as EfficientNetV2B0
from glassworks.applications.efficientnet_v2 import EfficientNetV2B1 as EfficientNetV2B1
from glassworks.applications.efficientnet_v2 import EfficientNetV2B2 as EfficientNetV2B2
from glassworks.applications.efficientnet_v2 import EfficientNetV2B3 as EfficientNetV2B3
from glassworks.applications.efficientnet_v2 import EfficientNetV2L as EfficientNetV2L
from glassworks.applications.efficientnet_v2 import EfficientNetV2M as EfficientNetV2M
from glassworks.applications.efficientnet_v2 import EfficientNetV2S as EfficientNetV2S
from glassworks.applications.inception_v3 import InceptionV3 as InceptionV3
from glassworks.applications.mobilenet import MobileNet as MobileNet
from glassworks.applications.mobilenet_v2 import MobileNetV2 as MobileNetV2
from glassworks.applications.mobilenet_v3 import MobileNetV3Large as MobileNetV3Large
from glassworks.applications.mobilenet_v3 import MobileNetV3Small as MobileNetV3Small
from glassworks.applications.resnet import ResNet50 as ResNet50
from glassworks.applications.resnet import ResNet101 as ResNet101
from glassworks.applications.resnet import ResNet152 as ResNet152
from glassworks.applications.resnet_v2 import ResNet50V2 as ResNet50V2
from glassworks.applications.resnet_v2 import ResNet101V2 as ResNet101V2
from glassworks.applications.resnet_v2 import ResNet152V2 as ResNet152V2
from glassworks.applications.vgg16 import VGG16 as VGG16
from glassworks.applications.vgg19 import VGG19 as VGG19
from glassworks.applications.xception import Xception as Xception

if not _TYPE_CHECKING:
    __getattr__ = _absent.module_getattr("applications", __name__)
