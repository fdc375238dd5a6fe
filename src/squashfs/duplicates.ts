import { type Content, contentSha256 } from "../bytes/index.js";

/**
 * For every content the first one (in the given order) of the same bytes, which may be itself.
 * Only contents that share their size with another one are read.
 */
export function findOriginals(contents: readonly Content[]): readonly Content[] {
	const sizes = new Map<number, number>();
	for (const { size } of new Set(contents)) sizes.set(size, (sizes.get(size) ?? 0) + 1);
	const digests = new Map<string, Content>();
	return contents.map((content) => {
		if (content.size === 0 || sizes.get(content.size) === 1) return content;
		const digest = contentSha256(content);
		const original = digests.get(digest) ?? content;
		digests.set(digest, original);
		return original;
	});
}
