"""Layers for sequences: recurrent cells, the layers that run them over time, and wrappers around other layers."""

from glassworks.layers.recurrent.bidirectional import Bidirectional as Bidirectional
from glassworks.layers.recurrent.gru import GRU as GRU
from glassworks.layers.recurrent.gru import GRUCell as GRUCell
from glassworks.layers.recurrent.lstm import LSTM as LSTM
from glassworks.layers.recurrent.lstm import LSTMCell as LSTMCell
from glassworks.layers.recurrent.rnn import RNN as RNN
from glassworks.layers.recurrent.simple_rnn import SimpleRNN as SimpleRNN
from glassworks.layers.recurrent.simple_rnn import SimpleRNNCell as SimpleRNNCell
from glassworks.layers.recurrent.stacked import StackedRNNCells as StackedRNNCells
from glassworks.layers.recurrent.time_distributed import TimeDistributed as TimeDistributed
