"""The aurora from straight above: pictures, films and numbers."""
