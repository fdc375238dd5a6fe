import { UsageError } from "./errors.js";

/** Collects the values of an option that may be given several times. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
	return [...before, value];
}

const UNITS: Readonly<Record<string, number>> = { "": 1, K: 1 << 10, M: 1 << 20, G: 1 << 30 };

/** `200M` → bytes. */
export function parseSize(text: string): number {
	const [, digits, unit = ""] = text.match(/^(\d{1,12})([KMG]?)i?B?$/i) ?? [];
	if (digits !== undefined) return Number(digits) * UNITS[unit.toUpperCase()]!;
	throw new UsageError(`${text}: size: expected a number of bytes, maybe with K, M or G`);
}
