"""The programs here write the files that the tests read; they need TensorFlow, and are not tests."""

collect_ignore_glob = ["*.py"]
