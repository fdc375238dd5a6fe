import { posix } from "node:path";

/**
 * Returns the absolute path that a line of RECORD or installed-files.txt names
 * (https://packaging.python.org/en/latest/specifications/recording-installed-packages/); undefined for none.
 * @param directory absolute path of what the line is relative to.
 */
export function recordedPath(line: string, directory: string): string | undefined {
	const path = firstValue(line.endsWith("\r") ? line.slice(0, -1) : line);
	if (path === "") return undefined;
	return posix.resolve(directory, path);
}

/** The first value of a line of comma-separated ones; quotes stand twice in quotes. */
function firstValue(line: string): string {
	if (!line.startsWith('"')) return line.split(",", 1)[0]!;
	let end = line.indexOf('"', 1);
	while (end >= 0 && line[end + 1] === '"') end = line.indexOf('"', end + 2);
	return line.slice(1, end < 0 ? undefined : end).replaceAll('""', '"');
}
