"""The rules: records by concern here, checks by cloud in the folders below."""
