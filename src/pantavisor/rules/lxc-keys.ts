/**
 * Keys of liblxc 3.0, the usual version on devices. A container whose configuration has another key never starts
 * (docs/formats/devices.md#liblxc). Keys that end in a dot are followed by a name.
 */
const KEYS: readonly string[] = [
	...["arch", "autodev", "ephemeral", "environment", "group", "idmap", "include", "no_new_privs", "uts.name"],
	...["apparmor.profile", "apparmor.allow_incomplete", "selinux.context", "seccomp.profile"],
	...["cap.drop", "cap.keep", "cgroup.", "cgroup2.", "prlimit.", "sysctl.", "proc."],
	...["console.buffer.size", "console.logfile", "console.path", "console.rotate", "console.size"],
	...["execute.cmd", "init.cmd", "init.cwd", "init.gid", "init.uid"],
	...["hook.autodev", "hook.clone", "hook.destroy", "hook.mount", "hook.post-stop", "hook.pre-mount"],
	...["hook.pre-start", "hook.start", "hook.start-host", "hook.stop", "hook.version"],
	...["log.file", "log.level", "log.syslog", "monitor.unshare"],
	...["mount.auto", "mount.entry", "mount.fstab", "rootfs.mount", "rootfs.options", "rootfs.path"],
	...["namespace.clone", "namespace.keep", "namespace.share.", "net."],
	...["pty.max", "tty.dir", "tty.max", "tty.min"],
	...["signal.halt", "signal.reboot", "signal.stop", "start.auto", "start.delay", "start.order"],
];

const WHOLE: ReadonlySet<string> = new Set(
	KEYS.filter((key) => !key.endsWith(".")).map((key) => `lxc.${key}`),
);
const PREFIXES: readonly string[] = KEYS.filter((key) => key.endsWith(".")).map((key) => `lxc.${key}`);

/** Returns whether liblxc 3.0 knows a key. */
export function isLxcKey(key: string): boolean {
	return WHOLE.has(key) || PREFIXES.some((prefix) => key.startsWith(prefix) && key.length > prefix.length);
}
