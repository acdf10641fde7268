# Runs getmail with the arguments given, but without two of its faults.
import os
import poplib
import runpy
import sys

sys.path.insert(0, "/usr/lib/python3/dist-packages")
import getmailcore.retrievers  # noqa: E402,F401  sets poplib's limit
from getmailcore.baseclasses import ForkingBase  # noqa: E402


# getmail delivers each message in a child process, and misses the child's end,
# and so waits for a minute and gives up, if that comes before it waits.
def wait_for_child(self, pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


ForkingBase._prepare_child = lambda self: None
ForkingBase._wait_for_child = wait_for_child

# It takes no line longer than 1 MB.
poplib._MAXLINE = 1 << 26

runpy.run_path("/usr/bin/getmail", run_name="__main__")
