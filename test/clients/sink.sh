#!/bin/sh
# Stores a message from standard input in the folder $1, as a file of its own.
set -eu
exec cat >"$(mktemp "$1/message.XXXXXXXXXX")"
