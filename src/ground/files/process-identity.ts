import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { errorCode } from "../bytes/index.js";

/**
 * Returns a name of this process that no other process ever has: `PID-START-PLACE`, where START is the
 * kernel's start time (ids are used again) and PLACE tells boots, hosts and pid namespaces apart, as a store
 * may be shared by containers. It goes into names of locks and temporary directories, so that what a killed
 * process left can be told from what is in use.
 */
export function processIdentity(): string {
	own ??= `${process.pid}-${startTime(process.pid) ?? "0"}-${place()}`;
	return own;
}

/** Returns whether the process of an identity still runs; undefined if this process cannot know. */
export function isProcessAlive(identity: string): boolean | undefined {
	const [pid = "", start = "", where = ""] = identity.split("-");
	if (where !== processIdentity().split("-")[2]) return undefined;
	if (start !== "0") return startTime(Number(pid)) === start;
	try {
		process.kill(Number(pid), 0);
		return true;
	} catch (cause) {
		return errorCode(cause) === "EPERM";
	}
}

let own: string | undefined;

/** Field 22 of proc_pid_stat(5); `undefined` for no process, a dead one, or a system without /proc. */
function startTime(pid: number): string | undefined {
	const text = readText(() => readFileSync(`/proc/${pid}/stat`, "latin1"));
	const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
	const zombie = fields[0] === "Z" || fields[0] === "X";
	return zombie ? undefined : fields[19];
}

function place(): string {
	const boot = readText(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1"));
	const namespace = readText(() => readlinkSync("/proc/self/ns/pid"));
	return createHash("sha256").update(`${boot}\0${namespace}\0${hostname()}`).digest("hex").slice(0, 12);
}

function readText(read: () => string): string {
	try {
		return read();
	} catch {
		return "";
	}
}
