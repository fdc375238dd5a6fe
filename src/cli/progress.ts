import type { SingleBar } from "cli-progress";
import type { ProgressEvent } from "../index.js";
import { formatBytes, type Terminal } from "./terminal.js";

/** Shows how far each platform has come. */
export interface Progress {
	report(event: ProgressEvent): void;
	stop(): void;
}

/** Bars on a terminal, a line per finished phase elsewhere, nothing when quiet. */
export async function createProgress(terminal: Terminal): Promise<Progress> {
	if (terminal.verbosity === "quiet") return { report() {}, stop() {} };
	return process.stderr.isTTY ? await createBars() : createLines(terminal);
}

async function createBars(): Promise<Progress> {
	const { MultiBar } = await import("cli-progress");
	const options = {
		format: "{platform} {bar} {phase} {percentage}% {detail}",
		stream: process.stderr,
		hideCursor: true,
		clearOnComplete: false,
		barsize: 24,
		barCompleteChar: "█",
		barIncompleteChar: "░",
		autopadding: true,
	};
	const bars = new MultiBar(options);
	const byPlatform = new Map<string, SingleBar>();
	return {
		report({ platform, phase, done, total }) {
			const payload = { platform: platform.padEnd(14), phase: phase.padEnd(8), detail: formatBytes(done) };
			let bar = byPlatform.get(platform);
			if (bar === undefined) {
				bar = bars.create(Math.max(total, 1), 0, payload);
				byPlatform.set(platform, bar);
			}
			bar.setTotal(Math.max(total, 1));
			bar.update(total === 0 ? 1 : done, payload);
		},
		stop: () => bars.stop(),
	};
}

function createLines(terminal: Terminal): Progress {
	const finished = new Set<string>();
	return {
		report({ platform, phase, done, total }) {
			const key = `${platform} ${phase}`;
			if (done < total || finished.has(key)) return;
			finished.add(key);
			terminal.info(`${platform}: ${phase}: ${formatBytes(total)}`);
		},
		stop() {},
	};
}
