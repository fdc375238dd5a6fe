import { formatSize, type ProgressEvent } from "../internal.js";
import { UsageError } from "./errors.js";
import { LiveRegion } from "./live-region.js";
import type { Terminal } from "./terminal.js";

/** How progress is shown: bars where a terminal can draw them, or lines, or not at all. */
export type ProgressMode = "auto" | "plain" | "none";

/** Shows how far each platform has come. */
export interface Progress {
	report(event: ProgressEvent): void;
	stop(): void;
}

const WIDEST_BAR = 24;
const NARROWEST_BAR = 4;
/** Milliseconds between two redraws. */
const DRAWING_INTERVAL = 80;

/** Reads `--progress`. */
export function parseProgressMode(text: string): ProgressMode {
	if (text === "auto" || text === "plain" || text === "none") return text;
	throw new UsageError(`--progress: expected auto, plain or none, got ${text}`);
}

/** Returns bars on a terminal, a line per finished phase elsewhere, nothing when quiet. */
export function createProgress(terminal: Terminal, mode: ProgressMode = "auto"): Progress {
	if (terminal.verbosity === "quiet" || mode === "none") return { report() {}, stop() {} };
	const canDraw = process.stderr.isTTY && process.env.TERM !== "dumb";
	return mode === "auto" && canDraw ? new Bars(terminal) : createLines(terminal);
}

/** One bar for each platform, in the order in which they appear. */
class Bars implements Progress {
	readonly #terminal: Terminal;
	readonly #region: LiveRegion = new LiveRegion(process.stderr);
	readonly #events: Map<string, ProgressEvent> = new Map();
	readonly #onExit = (): void => this.stop();
	#drawn = 0;

	constructor(terminal: Terminal) {
		this.#terminal = terminal;
		terminal.region = this.#region;
		// A signal ends the process without returning here.
		process.once("exit", this.#onExit);
	}

	report(event: ProgressEvent): void {
		const before = this.#events.get(event.platform);
		this.#events.set(event.platform, event);
		const isNews = before?.phase !== event.phase || event.done >= event.total;
		const now = Date.now();
		if (!isNews && now - this.#drawn < DRAWING_INTERVAL) return;
		this.#drawn = now;
		this.#region.draw([...this.#events.values()].map((each) => formatBar(each, this.#region.width)));
	}

	stop(): void {
		this.#region.clear();
		this.#terminal.region = undefined;
		process.removeListener("exit", this.#onExit);
	}
}

/**
 * Returns one line of at most `width` cells. Phase, percentage and size always fit; the bar takes the
 * remaining cells, and is left out if they are too few.
 */
export function formatBar({ platform, phase, done, total }: ProgressEvent, width: number): string {
	const share = total > 0 ? Math.min(1, done / total) : 1;
	const numbers = `${String(Math.floor(share * 100)).padStart(3)}% ${formatSize(done).padStart(7)}`;
	const words = `${platform.padEnd(14)} ${phase.padEnd(8)}`;
	const room = Math.min(WIDEST_BAR, width - words.length - numbers.length - 2);
	if (room >= NARROWEST_BAR) {
		const filled = Math.round(share * room);
		return `${words} ${"█".repeat(filled)}${"░".repeat(room - filled)} ${numbers}`;
	}
	const line = `${words} ${numbers}`;
	if (line.length <= width) return line;
	const short = `${phase} ${numbers.trim().replace(/ +/, " ")}`;
	return `${platform.slice(0, Math.max(0, width - short.length - 1))} ${short}`.trim().slice(0, width);
}

function createLines(terminal: Terminal): Progress {
	const finished = new Set<string>();
	return {
		report({ platform, phase, done, total }) {
			const key = `${platform} ${phase}`;
			if (done < total || finished.has(key)) return;
			finished.add(key);
			terminal.info(`${platform}: ${phase}: ${formatSize(total)}`);
		},
		stop() {},
	};
}
