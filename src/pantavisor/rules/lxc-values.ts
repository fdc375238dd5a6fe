import { parseIpv4 } from "../run/index.js";

/** Returns the expected value; undefined if liblxc accepts this one. */
type ValueCheck = (value: string) => string | undefined;

/** Capabilities of Linux as liblxc names them, in the order of their numbers; `none` drops or keeps none. */
const CAPABILITIES = namesIn(`
	chown dac_override dac_read_search fowner fsetid kill setgid setuid
	setpcap linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner
	sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice
	sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap
	mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf
	checkpoint_restore none
`);
const NAMESPACES = namesIn("user mnt pid uts ipc net cgroup time");
const NETWORKS = ["empty", "none", "phys", "veth", "macvlan", "ipvlan", "vlan"];
const LEVELS = ["fatal", "alert", "crit", "error", "warn", "notice", "info", "debug", "trace"];
const MOUNTS =
	/^(?:proc(?::(?:mixed|rw))?|sys(?::(?:ro|mixed|rw))?|cgroup(?:-full)?(?::(?:ro|mixed|rw))?(?::force)?|shmounts:.*)$/;

function namesIn(text: string): ReadonlySet<string> {
	return new Set(text.trim().split(/\s+/));
}

const words =
	(isKnown: (word: string) => boolean, what: string): ValueCheck =>
	(value) =>
		value.split(/[ \t]+/).every(isKnown) ? undefined : what;
const form =
	(pattern: RegExp, what: string): ValueCheck =>
	(value) =>
		pattern.test(value) ? undefined : what;

const flag = form(/^[01]$/, "0 or 1");
const integer = form(/^-?\d{1,10}$/, "a whole number");
const count: ValueCheck = (value) =>
	/^(?:0[xX][0-9a-fA-F]{1,8}|\d{1,11})$/.test(value) && Number(value) < 2 ** 32 ? undefined : "a number";
const capabilities = words(
	(word) => CAPABILITIES.has(word) || /^\d{1,2}$/.test(word),
	"names of capabilities without CAP_, in lower case",
);
const namespaces = words((word) => NAMESPACES.has(word), `some of ${[...NAMESPACES].join(", ")}`);
const signal = form(/^(?:SIG[A-Z0-9]+(?:[+-]\d+)?|\d{1,2})$/, "SIG and a name, or a number");

/** Values that every known liblxc refuses: the container never starts (docs/formats/devices.md#liblxc). */
const CHECKS: ReadonlyMap<string, ValueCheck> = new Map<string, ValueCheck>([
	...["autodev", "ephemeral", "no_new_privs", "start.auto", "apparmor.allow_incomplete"].map(
		(key): [string, ValueCheck] => [key, flag],
	),
	...["console.rotate", "hook.version"].map((key): [string, ValueCheck] => [key, flag]),
	...["tty.max", "pty.max", "init.uid", "init.gid"].map((key): [string, ValueCheck] => [key, count]),
	...["start.delay", "start.order"].map((key): [string, ValueCheck] => [key, integer]),
	...["cap.drop", "cap.keep"].map((key): [string, ValueCheck] => [key, capabilities]),
	...["namespace.keep", "namespace.clone"].map((key): [string, ValueCheck] => [key, namespaces]),
	...["signal.halt", "signal.reboot", "signal.stop"].map((key): [string, ValueCheck] => [key, signal]),
	["mount.auto", words((word) => MOUNTS.test(word), "proc, sys or cgroup with what LXC knows of them")],
	["idmap", form(/^[ug][ \t]+\d+[ \t]+\d+[ \t]+\d+$/, "u or g and three numbers")],
	["uts.name", (value) => (Buffer.byteLength(value) <= 64 ? undefined : "at most 64 bytes")],
	[
		"log.level",
		(value) =>
			LEVELS.includes(value.toLowerCase()) || /^[0-8]$/.test(value) ? undefined : LEVELS.join(", "),
	],
]);

/**
 * Returns what liblxc expects in place of a value that it refuses; undefined for a value that it accepts. An empty
 * value resets a setting.
 * @param value as written, trimmed; liblxc ignores one pair of quotes around the whole of it.
 */
export function expectedLxcValue(key: string, value: string): string | undefined {
	const bare = /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
	const name = key.replace(/^lxc\./, "");
	if (name.startsWith("net.")) return expectedNetwork(name, bare);
	if (name.startsWith("namespace.share.")) return namespaces(name.slice("namespace.share.".length));
	return bare === "" ? undefined : CHECKS.get(name)?.(bare);
}

function expectedNetwork(name: string, value: string): string | undefined {
	const [, index, member] = /^net\.([^.]+)\.?(.*)$/.exec(name) ?? [];
	if (index === undefined || !/^\d{1,9}$/.test(index)) return "a number after lxc.net.";
	if (value === "") return undefined;
	if (member === "type") return NETWORKS.includes(value) ? undefined : NETWORKS.join(", ");
	if (member === "ipv4.gateway")
		return ["auto", "dev"].includes(value) || parseIpv4(value) !== undefined ? undefined : "an IPv4 address";
	if (member !== "ipv4.address") return undefined;
	const [address = ""] = value.split(/[ \t/]/, 1);
	return parseIpv4(address) === undefined ? "an IPv4 address" : undefined;
}
