# Fetches all messages with Python's poplib: HOST PORT DIR keep|delete
import poplib
import sys

# The longest line that poplib takes is 2048 octets; mail may have longer ones.
poplib._MAXLINE = 1 << 26

host, port, folder, then = sys.argv[1:]
pop = poplib.POP3(host, int(port), timeout=60)
pop.user("user")
pop.pass_("pass word")
for n in range(1, pop.stat()[0] + 1):
    _, lines, _ = pop.retr(n)
    with open(f"{folder}/{n}", "wb") as f:
        f.write(b"".join(line + b"\r\n" for line in lines))
    if then == "delete":
        pop.dele(n)
pop.quit()
