import { posix } from "node:path";

/**
 * Returns the absolute path in a line of RECORD or installed-files.txt
 * (https://packaging.python.org/en/latest/specifications/recording-installed-packages/); undefined if it has
 * none.
 * @param directory absolute path of the directory that the line is relative to.
 */
export function recordedPath(line: string, directory: string): string | undefined {
	const path = firstValue(line.endsWith("\r") ? line.slice(0, -1) : line);
	if (path === "") return undefined;
	return posix.resolve(directory, path);
}

/** Returns the first of the comma-separated values of a line. A quote inside quotes is doubled. */
function firstValue(line: string): string {
	if (!line.startsWith('"')) return line.split(",", 1)[0]!;
	let end = line.indexOf('"', 1);
	while (end >= 0 && line[end + 1] === '"') end = line.indexOf('"', end + 2);
	return line.slice(1, end < 0 ? undefined : end).replaceAll('""', '"');
}
