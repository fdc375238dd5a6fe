import { type Finding, warning } from "../pantavisor/rules/index.js";
import type { BuildSettings } from "./settings.js";

/**
 * Collects what is found while a container is made. Whoever runs the program hears of each finding as
 * soon as it is there, and once in a run however many containers and platforms share it.
 */
export class Findings {
	readonly list: Finding[] = [];
	readonly #report: (finding: Finding) => void;

	constructor(report: (finding: Finding) => void) {
		this.#report = report;
	}

	add(...findings: readonly Finding[]): void {
		for (const finding of findings) {
			this.list.push(finding);
			this.#report(finding);
		}
	}

	/** Returns a function that takes warnings as plain strings, which the rooms below give. */
	warner(code: string, subject: string): (message: string) => void {
		return (message) => this.add(warning(code, subject, message));
	}
}

/** Returns a function that reports each finding once. */
export function reportOnce({ onWarning }: BuildSettings): (finding: Finding) => void {
	const reported = new Set<string>();
	return ({ subject, message }) => {
		const text = `${subject}: ${message}`;
		if (!reported.has(text)) onWarning?.(text);
		reported.add(text);
	};
}
