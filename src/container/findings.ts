import type { Finding } from "../ground/findings/index.js";
import { found } from "./image-rules.js";
import type { RunSettings } from "./settings.js";

/**
 * Collects the findings of making a container. Each is reported at once, and once in a run however many
 * containers and platforms have it.
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

	/** Returns a function that turns the warnings of lower rooms, which are strings, into findings. */
	warner(rule: Parameters<typeof found>[0], subject: string): (message: string) => void {
		return (message) => this.add(found(rule, subject, withoutSubject(message, subject)));
	}
}

/** Returns a function that reports each finding once. */
export function reportOnce({ onWarning, onNote }: RunSettings): (finding: Finding) => void {
	const reported = new Set<string>();
	return ({ severity, subject, message }) => {
		const text = `${subject}: ${message}`;
		if (reported.has(text)) return;
		if (severity === "note") onNote?.(`note: ${text}`);
		else onWarning?.(text);
		reported.add(text);
	};
}

/** Some messages begin with the subject already. */
export function withoutSubject(message: string, subject: string): string {
	return message.startsWith(`${subject}: `) ? message.slice(subject.length + 2) : message;
}
