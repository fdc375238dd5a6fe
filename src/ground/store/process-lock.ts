import { randomBytes } from "node:crypto";
import { appendFileSync, closeSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BytesError } from "../bytes/index.js";
import { isProcessAlive, makeDirectory, processIdentity } from "../files/index.js";

const POLL_MILLISECONDS = 25;
const HEARTBEAT_MILLISECONDS = 5_000;
/** A claim of a process on another host counts as dead after this time without a heartbeat. */
const SILENCE_MILLISECONDS = 30_000;

/** Suffix of the name of a claim. */
export const LOCK_SUFFIX: RegExp = /\.[^.]+\.[^.]+\.lock$/;

/**
 * Mutual exclusion between processes, and within one, that dies with its holder.
 *
 * Node has no file locks, so each process that wants a lock makes a file `NAME.IDENTITY.RANDOM.lock`. A
 * process that finds no other claim makes its own and looks again: of two that do so at once, at least one
 * sees the other and steps back. The name of a claim has the identity of its owner, so that any process can
 * remove the claim of a dead one, and none by mistake.
 */
export class ProcessLock {
	readonly #claim: string;
	readonly #heartbeat: NodeJS.Timeout;

	private constructor(claim: string) {
		this.#claim = claim;
		this.#heartbeat = setInterval(() => beat(claim), HEARTBEAT_MILLISECONDS).unref();
	}

	/**
	 * Waits for the lock of `path`, a file that need not be there; its directory is made.
	 * @returns `undefined` as soon as `unless()` is true, as then nobody needs the lock.
	 */
	static async acquire(
		path: string,
		unless: () => boolean,
		signal?: AbortSignal,
	): Promise<ProcessLock | undefined> {
		const silence = new Map<string, { readonly size: number; readonly since: number }>();
		for (;;) {
			signal?.throwIfAborted();
			if (unless()) return undefined;
			const claim = isFree(path, silence) ? claimLock(path) : undefined;
			if (claim !== undefined) {
				if (isFree(path, silence, claim)) return new ProcessLock(claim);
				rmSync(claim, { force: true });
			}
			await delay(POLL_MILLISECONDS * (0.5 + Math.random()), undefined, { signal });
		}
	}

	/** Whether nobody alive holds the lock now. */
	static isFree(path: string): boolean {
		return isFree(path, new Map());
	}

	/** May be called twice. */
	release(): void {
		clearInterval(this.#heartbeat);
		rmSync(this.#claim, { force: true });
	}
}

function claimLock(path: string): string {
	const claim = `${path}.${processIdentity()}.${randomBytes(6).toString("hex")}.lock`;
	try {
		makeDirectory(dirname(path), 0o700);
		closeSync(openSync(claim, "wx", 0o600));
		return claim;
	} catch (cause) {
		throw BytesError.fromSystem(path, "lock", cause);
	}
}

function isFree(path: string, silence: SilenceRecord, own?: string): boolean {
	return claimsOf(path).every((claim) => claim === own || isAbandoned(claim, silence));
}

type SilenceRecord = Map<string, { readonly size: number; readonly since: number }>;

function claimsOf(path: string): string[] {
	const prefix = `${basename(path)}.`;
	try {
		const names = readdirSync(dirname(path));
		const claims = names.filter((name) => name.startsWith(prefix) && name.endsWith(".lock"));
		return claims.map((name) => join(dirname(path), name));
	} catch {
		return [];
	}
}

/** Removes the claim of a dead process. */
function isAbandoned(claim: string, silence: SilenceRecord): boolean {
	const identity = claim.split(".").at(-3) ?? "";
	const alive = isProcessAlive(identity) ?? isBeating(claim, silence);
	if (!alive) rmSync(claim, { force: true });
	return !alive;
}

/** A heartbeat makes the file grow: no clocks of two hosts are compared. */
function isBeating(claim: string, silence: SilenceRecord): boolean {
	const size = statSync(claim, { throwIfNoEntry: false })?.size;
	if (size === undefined) return false;
	const seen = silence.get(claim);
	if (seen?.size === size) return performance.now() - seen.since < SILENCE_MILLISECONDS;
	silence.set(claim, { size, since: performance.now() });
	return true;
}

function beat(claim: string): void {
	try {
		if (statSync(claim, { throwIfNoEntry: false })) appendFileSync(claim, ".");
	} catch {
		// A full disk must not end the holder. Others keep waiting, or take over.
	}
}
