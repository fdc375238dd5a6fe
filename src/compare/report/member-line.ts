/**
 * Returns the line, from 1, of a member of a JSON document: of the last member of `path` that exists, or 1 if
 * none does.
 * @param text a JSON document that was parsed without an error.
 */
export function memberLine(text: string, path: readonly string[]): number {
	const levels: { name: string; matched: boolean }[] = [];
	let line = 1;
	let found = { depth: 0, line: 1 };
	for (let at = 0; at < text.length; at++) {
		const character = text[at]!;
		if (character === "\n") line++;
		else if (character === "{" || character === "[") {
			const matched = levels.every((level, i) => level.matched && level.name === path[i]);
			levels.push({ name: "", matched: character === "{" && matched });
		} else if (character === "}" || character === "]") levels.pop();
		else if (character === '"') {
			const end = stringEnd(text, at);
			const level = levels.at(-1);
			if (level?.matched && /^\s*:/.test(text.slice(end, end + 100))) {
				level.name = JSON.parse(text.slice(at, end)) as string;
				const depth = levels.length;
				if (level.name === path[depth - 1] && depth > found.depth) found = { depth, line };
			}
			at = end - 1;
		}
	}
	return found.line;
}

/** Returns the position after the string that begins at `start`. */
function stringEnd(text: string, start: number): number {
	for (let at = start + 1; at < text.length; at++) {
		if (text[at] === "\\") at++;
		else if (text[at] === '"') return at + 1;
	}
	return text.length;
}
