import { DEVICE_SPLITTERS, decodeLxcValue } from "../lxc/index.js";
import { type Finding, warning } from "./finding.js";

/** Reports a command that the generations of liblxc on devices split into different words (docs/formats/devices.md#liblxc). */
export function lintCommand(value: string, subject: string): Finding[] {
	const command = decodeLxcValue(value);
	const byWords = new Map<string, string[]>();
	for (const { name, split } of DEVICE_SPLITTERS) {
		const words = JSON.stringify(split(command));
		byWords.set(words, [...(byWords.get(words) ?? []), name]);
	}
	if (byWords.size === 1) return [];
	const started = [...byWords].map(([words, names]) => `${names.join(" and ")}: ${words}`);
	return [warning("LXC_COMMAND", subject, `the device's LXC decides what is started: ${started.join("; ")}`)];
}
