import { error, type Finding, warning } from "./finding.js";
import { lintCommand } from "./lxc-command.js";
import { isLxcKey } from "./lxc-keys.js";
import { expectedLxcValue } from "./lxc-values.js";

/** Keys that liblxc 3.0, the usual version on devices, does not have (docs/formats/devices.md#liblxc). */
const TOO_NEW: readonly string[] = [
	"lxc.init.groups",
	"lxc.apparmor.raw",
	"lxc.apparmor.allow_nesting",
	"lxc.cgroup.relative",
	"lxc.cgroup.dir",
	"lxc.autodev.tmpfs.size",
	"lxc.seccomp.allow_nesting",
	"lxc.seccomp.notify",
	"lxc.sched.core",
	"lxc.time.offset",
	"lxc.keyring.session",
	"lxc.monitor.signal.pdeath",
	"lxc.rootfs.managed",
	"lxc.selinux.context.keyring",
];

/** Reports what liblxc would refuse, or silently ignore, in a container's configuration. */
export function lintLxcConfig(text: string, subject: string): Finding[] {
	const lines = text.split("\n");
	const findings = lines.flatMap((line, i) => lintLine(trimmed(line), `${subject}: line ${i + 1}`));
	const uses = (key: string): boolean =>
		lines.some((line) => new RegExp(`^\\s*${key}\\s*=\\s*\\S`).test(line));
	if (uses("lxc\\.cap\\.drop") && uses("lxc\\.cap\\.keep")) {
		findings.push(
			error("LXC_CAPABILITIES", subject, "liblxc refuses lxc.cap.drop and lxc.cap.keep together"),
		);
	}
	if (lists(lines, "lxc.namespace.keep", "cgroup") && lists(lines, "lxc.mount.auto", "cgroup")) {
		findings.push(warning("LXC_CGROUP", subject, CGROUP_KEPT));
	}
	return findings;
}

const CGROUP_KEPT =
	"lxc.namespace.keep has cgroup and lxc.mount.auto mounts it: with LXC 6 on cgroup2 the container does not start";

/** Returns whether the lines of a key list a word, regardless of what follows a colon or a dash in it. */
function lists(lines: readonly string[], key: string, word: string): boolean {
	return lines.some((line) => {
		const at = line.indexOf("=");
		if (at < 0 || line.slice(0, at).trim() !== key) return false;
		return line
			.slice(at + 1)
			.split(/\s+/)
			.some((each) => each.split(/[:-]/, 1)[0] === word);
	});
}

/** Removes the blanks at both ends that C knows: a no-break space is part of the line. */
function trimmed(line: string): string {
	const [start, end] = [line.search(/[^ \t\r\v\f]/), line.length];
	if (start < 0) return "";
	let last = end;
	while (" \t\r\v\f".includes(line[last - 1]!)) last--;
	return line.slice(start, last);
}

function lintLine(line: string, subject: string): Finding[] {
	if (line === "" || line.startsWith("#")) return [];
	if (!line.startsWith("lxc."))
		return [warning("LXC_LINE", subject, `liblxc passes over ${JSON.stringify(line)}`)];
	const at = line.indexOf("=");
	if (at < 0) return [error("LXC_VALUE", subject, `expected KEY = VALUE, got ${JSON.stringify(line)}`)];
	const [key, value] = [trimmed(line.slice(0, at)), trimmed(line.slice(at + 1))];
	if (TOO_NEW.some((name) => key === name || key.startsWith(`${name}.`)))
		return [error("LXC_KEY", subject, `liblxc 3.0 refuses the key ${key}`)];
	if (!isLxcKey(key)) {
		return [error("LXC_KEY", subject, `liblxc knows no key ${key.slice(0, 80)}: the container never starts`)];
	}
	const expected = expectedLxcValue(key, value);
	if (expected !== undefined)
		return [
			error("LXC_VALUE", subject, `${key}: expected ${expected}, got ${JSON.stringify(value.slice(0, 80))}`),
		];
	if (key === "lxc.mount.entry") return lintMount(value, subject);
	if (key === "lxc.init.cmd") return lintCommand(value, subject);
	if (key === "lxc.environment" && !value.includes("=")) {
		return [error("LXC_ENVIRONMENT", subject, `expected NAME=value, got ${JSON.stringify(value)}`)];
	}
	return [];
}

function lintMount(value: string, subject: string): Finding[] {
	const fields = value.split(/\s+/).length;
	if (fields >= 4 && fields <= 6) return [];
	return [error("LXC_MOUNT", subject, `expected a mount entry of 4 to 6 fields, got ${fields}`)];
}
