const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Returns a size for reading, `1.23 MB`: powers of 1000, three digits. */
export function formatSize(bytes: number): string {
	const magnitude = Math.abs(bytes);
	let power = magnitude < 1000 ? 0 : Math.min(4, Math.floor(Math.log10(magnitude) / 3));
	// 999,600 is 1.00 MB, and not 1000 kB.
	if (power > 0 && power < 4 && magnitude / 1000 ** power >= 999.5) power++;
	const value = bytes / 1000 ** power;
	return `${power === 0 ? value : value.toPrecision(3)} ${UNITS[power]}`;
}

/** Returns a change of size for reading, `+90.0 kB`, `−1.20 MB` or `0 B`. */
export function formatGrowth(bytes: number): string {
	if (bytes === 0) return "0 B";
	return `${bytes > 0 ? "+" : "−"}${formatSize(Math.abs(bytes))}`;
}

/** Returns how many there are of what `noun` names one of, for reading: `1 file` or `1,266 files`. */
export function formatCounted(count: number, noun: string): string {
	return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Returns a count for reading, with commas: `1,266`. */
export function formatCount(count: number): string {
	return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

const FACTORS: Readonly<Record<string, number>> = {
	"": 1,
	B: 1,
	K: 1024,
	M: 1024 ** 2,
	G: 1024 ** 3,
	KIB: 1024,
	MIB: 1024 ** 2,
	GIB: 1024 ** 3,
	KB: 1000,
	MB: 1000 ** 2,
	GB: 1000 ** 3,
};

/**
 * Returns the bytes that a size stands for: `8M` and `8MiB` are powers of 1024, `8MB` of 1000.
 * Undefined for what is not a size.
 */
export function parseSize(text: string): number | undefined {
	const [, number, unit] = /^(\d{1,15}(?:\.\d{1,9})?) ?([A-Za-z]{0,3})$/.exec(text.trim()) ?? [];
	const factor = unit === undefined ? undefined : FACTORS[unit.toUpperCase()];
	if (number === undefined || factor === undefined) return undefined;
	const bytes = Math.round(Number(number) * factor);
	return Number.isSafeInteger(bytes) ? bytes : undefined;
}
