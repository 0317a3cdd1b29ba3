"""Callbacks: hooks in training, evaluation and prediction. One file each."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from glassworks import absent as _absent
from glassworks.training.callbacks.backup_and_restore import BackupAndRestore as BackupAndRestore
from glassworks.training.callbacks.callback import Callback as Callback
from glassworks.training.callbacks.callback_list import CallbackList as CallbackList
from glassworks.training.callbacks.csv_logger import CSVLogger as CSVLogger
from glassworks.training.callbacks.doctor import Doctor as Doctor
from glassworks.training.callbacks.early_stopping import EarlyStopping as EarlyStopping
from glassworks.training.callbacks.history import History as History
from glassworks.training.callbacks.lambda_callback import LambdaCallback as LambdaCallback
from glassworks.training.callbacks.learning_rate_scheduler import LearningRateScheduler as LearningRateScheduler
from glassworks.training.callbacks.model_checkpoint import ModelCheckpoint as ModelCheckpoint
from glassworks.training.callbacks.progbar_logger import ProgbarLogger as ProgbarLogger
from glassworks.training.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau as ReduceLROnPlateau
from glassworks.training.callbacks.remote_monitor import RemoteMonitor as RemoteMonitor
from glassworks.training.callbacks.swap_ema_weights import SwapEMAWeights as SwapEMAWeights
from glassworks.training.callbacks.tensorboard import TensorBoard as TensorBoard
from glassworks.training.callbacks.terminate_on_nan import TerminateOnNaN as TerminateOnNaN

if not _TYPE_CHECKING:
    __getattr__ = _absent.module_getattr("callbacks", __name__)
