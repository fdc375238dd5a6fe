import { cpSync, lstatSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Copies a tree and changes files of about `share` of its bytes, chosen by chance (the same each
 * time): a line is put into the middle of each.
 * @returns how many files changed.
 */
export function copyChanged(source: string, target: string, share: number): number {
	cpSync(source, target, {
		recursive: true,
		verbatimSymlinks: true,
		preserveTimestamps: true,
		filter: isCopied,
	});
	const files = listFiles(target);
	const bytes = files.reduce((sum, { size }) => sum + size, 0) * share;
	let [state, left, changed] = [1, bytes, 0];
	while (left > 0 && files.length > 0) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		const [file] = files.splice(Math.floor((state / 2 ** 32) * files.length), 1);
		if (file === undefined || file.size === 0 || file.size > left * 1.2 + 2000) continue;
		insertLine(file.path, changed++);
		left -= file.size;
	}
	return changed;
}

/** Devices cannot be copied by everybody. */
function isCopied(path: string): boolean {
	const stats = lstatSync(path);
	return stats.isFile() || stats.isDirectory() || stats.isSymbolicLink();
}

function listFiles(directory: string): { readonly path: string; readonly size: number }[] {
	return readdirSync(directory, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name))
		.sort()
		.map((path) => ({ path, size: lstatSync(path).size }));
}

function insertLine(path: string, number: number): void {
	const bytes = readFileSync(path);
	const { atime, mtime } = lstatSync(path);
	const middle = bytes.length >> 1;
	writeFileSync(
		path,
		Buffer.concat([bytes.subarray(0, middle), Buffer.from(`change ${number}\n`), bytes.subarray(middle)]),
	);
	utimesSync(path, atime, mtime);
}
