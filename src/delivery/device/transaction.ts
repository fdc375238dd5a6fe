import { compareCodePoints, encodeCanonicalJson, type JsonValue } from "../../ground/json/index.js";
import type { Upload } from "../../image/registry/index.js";
import type { State } from "../../pantavisor/state/index.js";
import { type DeviceClient, shownText } from "./client.js";
import { DeviceError } from "./errors.js";
import { type Interruption, noteInterruption } from "./interruption.js";

const STILL_RUNS = "the device still runs the revision that it ran before";

interface BeginOptions extends Interruption {
	/** Begins with an empty state instead of the running revision's. */
	readonly empty: boolean;
	/** Discards a transaction that is open. */
	readonly abortOpen: boolean;
}

/**
 * The one transaction that a device can have, while it is ours: from the answer to `begin` to that to `commit`,
 * or to a failure, after which it is discarded.
 */
export class Transaction {
	/** The state that it began with. */
	readonly base: State;
	readonly #device: DeviceClient;
	readonly #options: BeginOptions;
	#gone = false;

	private constructor(device: DeviceClient, base: State, options: BeginOptions) {
		this.#device = device;
		this.base = base;
		this.#options = options;
	}

	/** @throws DeviceError ERR_DEVICE_BUSY when one is open; ERR_DEVICE_LOST when it is not known whether it began. */
	static async begin(device: DeviceClient, options: BeginOptions): Promise<Transaction> {
		const { empty, abortOpen } = options;
		if ((await device.show()) !== undefined) {
			if (!abortOpen) throw busyError(device);
			await device.abort();
		}
		try {
			const begin = (): Promise<State> => device.begin(empty);
			const base = await noteInterruption(options, () => interruptNote(device, "begin"), begin);
			return new Transaction(device, base, options);
		} catch (error) {
			throw await beginError(device, error);
		}
	}

	/** Adds a package. */
	async add(body: Upload): Promise<void> {
		await this.#device.add(body);
	}

	/** Checks that the device has made of the packages what was planned. @throws DeviceError ERR_DEVICE_CONFLICT */
	async expect(planned: State): Promise<void> {
		const state = await this.#device.show();
		this.#gone = state === undefined;
		const problem = state === undefined ? "it is gone" : stateProblem(state, planned);
		if (problem === undefined) return;
		const message = `${this.#device.name}: check transaction: it is not what this run made of it: ${problem}`;
		throw new DeviceError("ERR_DEVICE_CONFLICT", message);
	}

	/**
	 * Does what fills the transaction, and commits it; discards it when either fails.
	 * @returns the revision's name.
	 */
	async finish(fill: () => Promise<void>): Promise<string> {
		let step = "fill" as Step;
		const work = async (): Promise<string> => {
			await fill();
			step = "commit";
			return this.#device.commit();
		};
		try {
			return await noteInterruption(this.#options, () => interruptNote(this.#device, step), work);
		} catch (error) {
			throw await this.#discardAfter(error, step === "commit");
		}
	}

	/** The error with what became of the transaction; that the device refuses or is lost does not hide it. */
	async #discardAfter(error: unknown, committing: boolean): Promise<unknown> {
		if (this.#options.signal?.aborted || !isReportable(error)) return error;
		const what = await this.#discard(committing && error.kind === "transport");
		const code = error.kind === "transport" ? "ERR_DEVICE_LOST" : codeOf(error);
		return new DeviceError(code, `${error.message}; ${STILL_RUNS}; ${what}`, { cause: error });
	}

	/** @param unsure whether the device may have committed already. @returns what became of it. */
	async #discard(unsure: boolean): Promise<string> {
		if (this.#gone) return "the device restarted, or somebody discarded the transaction";
		try {
			if (unsure && (await this.#device.show()) === undefined) {
				return "it may hold the new revision, which is not run; pushing again does no harm";
			}
			await this.#device.abort();
			return "the transaction was discarded";
		} catch {
			return "the transaction may still be open: push with --abort-open discards it";
		}
	}
}

interface Reportable extends Error {
	readonly kind: string;
	readonly code: string;
}

/** Whether an error is one of a room. Defects of pvpkg are thrown unchanged. */
function isReportable(error: unknown): error is Reportable {
	return error instanceof Error && typeof (error as Partial<Reportable>).kind === "string";
}

function codeOf({
	code,
	kind,
}: Reportable): "ERR_DEVICE_PLAN" | "ERR_DEVICE_CONFLICT" | "ERR_DEVICE_REFUSED" | "ERR_DEVICE_ANSWER" {
	if (code === "ERR_DEVICE_PLAN" || code === "ERR_DEVICE_CONFLICT" || code === "ERR_DEVICE_REFUSED")
		return code;
	return kind === "verification" ? "ERR_DEVICE_REFUSED" : "ERR_DEVICE_ANSWER";
}

/** What a transaction is at. */
type Step = "begin" | "fill" | "commit";

/** What an interruption leaves of the transaction: nothing can be discarded any more. */
const LEFT: Readonly<Record<Step, string>> = {
	begin: "a transaction may be open",
	fill: "the transaction stays open",
	commit: "it may hold the new revision, which is not run, or the transaction is still open",
};

function interruptNote({ name }: DeviceClient, step: Step): string {
	return `${name}: interrupted; ${STILL_RUNS}; ${LEFT[step]}: push with --abort-open discards it`;
}

function busyError(device: DeviceClient): DeviceError {
	const reason = "the device has a transaction open that somebody else began; nothing was changed";
	const message = `${device.name}: begin transaction: ${reason}; --abort-open discards it`;
	return new DeviceError("ERR_DEVICE_BUSY", message);
}

/** Another pusher may have been quicker; after a lost connection nobody knows whose an open transaction is. */
async function beginError(device: DeviceClient, error: unknown): Promise<unknown> {
	if (!isReportable(error)) return error;
	const isOpen = await device.show().then(
		(state) => state !== undefined,
		() => undefined,
	);
	if (error.kind === "transport") {
		const state =
			isOpen === false ? "no transaction is open" : "a transaction may be open: --abort-open discards it";
		return new DeviceError("ERR_DEVICE_LOST", `${error.message}; ${STILL_RUNS}; ${state}`, { cause: error });
	}
	return isOpen ? busyError(device) : error;
}

/** The first way in which a state is not the planned one; undefined where it is. */
function stateProblem(state: State, planned: State): string | undefined {
	const keys = [...new Set([...state.keys(), ...planned.keys()])].sort(compareCodePoints);
	const text = (value: JsonValue | undefined): string =>
		value === undefined ? "" : encodeCanonicalJson(value);
	const key = keys.find((name) => text(state.get(name)) !== text(planned.get(name)));
	if (key === undefined) return undefined;
	if (!state.has(key)) return `expected ${shownText(key)}, got none`;
	return `${shownText(key)}: expected ${planned.has(key) ? "another value" : "no such key"}`;
}
