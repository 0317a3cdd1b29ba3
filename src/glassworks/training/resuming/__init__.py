"""Going on exactly: the state of a training run, what it belongs to, and when it is written."""

from glassworks.training.resuming.backup import Backup as Backup
from glassworks.training.resuming.backup import Position as Position
from glassworks.training.resuming.folder_backup import backs_up as backs_up
from glassworks.training.resuming.folder_backup import backup_for as backup_for
