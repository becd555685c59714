import { spawn, type ChildProcess } from 'node:child_process';

/**
 * A shell that outlives this process by a moment: it holds one end of a pipe and, when the pipe closes because
 * this process ended in whatever way (kill -9 too), kills the servers it was told of. Exit handlers cannot
 * do that: they do not run on signals.
 */
const SCRIPT = `
pids=$*
while read -r op pid; do
  left=
  for p in $pids; do [ "$p" = "$pid" ] || left="$left $p"; done
  pids=$left
  if [ "$op" = + ]; then pids="$pids $pid"; fi
done
if [ -n "$pids" ]; then kill -9 $pids; fi
`;

let guardian: ChildProcess | undefined;
const guarded = new Set<number>();

/** From now on this process's end is also the end of process `pid`. */
export function guard(pid: number): void {
  guarded.add(pid);
  tell(`+ ${String(pid)}`);
}

/** The process has ended; its pid may be another's soon. */
export function unguard(pid: number): void {
  guarded.delete(pid);
  if (guardian !== undefined) tell(`- ${String(pid)}`);
}

function tell(line: string): void {
  if (guardian === undefined) start();
  else guardian.stdin?.write(`${line}\n`);
}

function start(): void {
  // In a session of its own, so that the terminal's Ctrl-C does not end it before its time.
  const child = spawn('/bin/sh', ['-c', SCRIPT, 'guardian', ...[...guarded].map(String)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guardian = child;
  child.unref();
  const pipe = child.stdin as unknown as { unref(): void };
  pipe.unref();
  const replace = () => {
    if (guardian !== child) return;
    guardian = undefined;
    if (guarded.size > 0) start();
  };
  // Someone killed it while there is something to guard.
  child.once('exit', replace);
  child.stdin.once('error', replace);
}
