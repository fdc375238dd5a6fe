import { randomBytes } from "node:crypto";
import { appendFileSync, closeSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BytesError } from "../bytes/index.js";
import { isProcessAlive, makeDirectory, processIdentity } from "../files/index.js";

const POLL_MILLISECONDS = 25;
const HEARTBEAT_MILLISECONDS = 5_000;
/** A claim of a process that cannot be asked counts as dead after so long without a heartbeat. */
const SILENCE_MILLISECONDS = 30_000;

/** What a claim's name has after the name of what it locks. */
export const LOCK_SUFFIX: RegExp = /\.[^.]+\.[^.]+\.lock$/;

/**
 * Mutual exclusion between processes, and within one, that dies with its holder.
 *
 * Node has no file locks, so a lock is a file `NAME.IDENTITY.RANDOM.lock` of its own for each
 * who wants it. One who finds no other claim makes his and looks again: of two who did so at
 * once at least one sees the other and steps back. As a claim carries its owner's identity in its
 * name, anyone may remove it as soon as the owner is dead, and nobody can remove a wrong one.
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
		// A full disk must not end the holder: others then wait for him all the same, or take over.
	}
}
