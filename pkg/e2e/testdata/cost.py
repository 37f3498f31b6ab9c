"""Runs programs in turn, each as often as the first argument says, and prints what each run took, in JSON.
The others are commands, one word list each as JSON. A small process measures: on Linux a child's peak memory is never
less than that of the process that started it."""
import json, os, sys, time

commands = [json.loads(a) for a in sys.argv[2:]]
runs = [[] for _ in commands]
null = os.open(os.devnull, os.O_RDWR)
actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
for n in range(int(sys.argv[1])):
    for command, taken in zip(commands, runs):
        began = time.monotonic()
        pid = os.posix_spawn(command[0], [a.replace('%n', str(n)) for a in command], os.environ, file_actions=actions)
        _, status, usage = os.wait4(pid, 0)
        taken.append({'wall': time.monotonic() - began, 'cpu': usage.ru_utime + usage.ru_stime, 'kib': usage.ru_maxrss, 'status': status})
print(json.dumps(runs))
